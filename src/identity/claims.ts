// Turns the claims of a verified token into a Principal, if its issuer may claim that much.

import { Fault } from '../domain/fault.ts'
import { ROLES } from '../domain/words.ts'
import type { CityFacts, Principal, Role, Sentence } from '../domain/words.ts'
import type { Issuer } from './issuers.ts'

const RESIDENT_IDENTITY_CARD = '111'
const IDENTITY_NUMBER = /^\d{17}[\dX]$/
const ACCOUNT = /^[\p{L}\p{N}][\p{L}\p{N}._@:-]{0,63}$/u
// An account's name goes into the audit log, where nothing personal may stand.
const PERSONAL = /^(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})$/

/** Throws Fault TOKEN_INVALID where a claim is missing, mistyped, unknown here, or beyond what the issuer may claim. */
export function principalOf(
  claims: Readonly<Record<string, unknown>>,
  issuer: Issuer,
  cities: ReadonlyMap<string, CityFacts>,
): Principal {
  const role = roleOf(claims['role'], issuer)
  const subject = claims['sub']
  if (typeof subject !== 'string') throw invalid('sub 应为字符串', 'sub must be a string')
  switch (role) {
    case 'resident': {
      const number = subject.toUpperCase()
      if (!IDENTITY_NUMBER.test(number)) {
        throw invalid('居民令牌的 sub 应为 18 位身份证号', 'a resident’s sub must be an identity number')
      }
      const person = { certType: RESIDENT_IDENTITY_CARD, certNo: number }
      return { role, issuer: issuer.issuer, subject: number, person }
    }
    case 'clerk': {
      const city = cityOf(claims['city'], issuer, cities)
      const hall = claims['hall']
      if (typeof hall !== 'string' || !city.halls.some(({ key }) => key === hall)) {
        throw invalid('hall 应为该城市的办事大厅', 'hall must be a service hall of the city')
      }
      return { role, issuer: issuer.issuer, subject: account(subject), city: city.key, hall }
    }
    case 'city': {
      const city = cityOf(claims['city'], issuer, cities)
      return { role, issuer: issuer.issuer, subject: account(subject), city: city.key }
    }
    case 'auditor':
    case 'operator':
      break
  }
  return { role, issuer: issuer.issuer, subject: account(subject) }
}

/** Fault TOKEN_INVALID with the reason in both languages; never with a value out of the token. */
export function invalid(zh: string, en: string): Fault {
  const detail: Sentence = { zh: `${zh}。`, en: `${en[0]?.toUpperCase() ?? ''}${en.slice(1)}.` }
  return new Fault('TOKEN_INVALID', { detail })
}

function roleOf(claim: unknown, issuer: Issuer): Role {
  const role = ROLES.find((known) => known === claim)
  if (role === undefined) throw invalid('role 缺失或不是已知角色', 'role is missing or unknown')
  if (!issuer.roles.includes(role)) throw invalid('签发方无权授予该角色', 'the issuer may not claim this role')
  return role
}

function cityOf(claim: unknown, issuer: Issuer, cities: ReadonlyMap<string, CityFacts>): CityFacts {
  const city = typeof claim === 'string' ? cities.get(claim) : undefined
  if (city === undefined) throw invalid('city 缺失或不是已知城市', 'city is missing or unknown')
  if (issuer.speaksFor !== null && issuer.speaksFor !== city.key) {
    throw invalid('签发方不能代表该城市', 'the issuer does not speak for this city')
  }
  return city
}

function account(subject: string): string {
  if (!ACCOUNT.test(subject))
    throw invalid('sub 应为 1 至 64 个字符的账号', 'sub must be an account of 1 to 64 characters')
  if (PERSONAL.test(subject)) {
    throw invalid('工作人员账号不能用身份证号或手机号', 'an account must be neither an identity nor a mobile number')
  }
  return subject
}
