// Makes the table of issuers from config/gateway.yaml, and refuses rows that would trust more than they say.

import { resolve } from 'node:path'
import type { CityKey } from '../domain/words.ts'
import type { IssuerRule } from '../identity/issuers.ts'
import { readJwks } from '../identity/keys.ts'
import { isLoopback } from './environment.ts'
import type { FileReader } from './files.ts'
import type { GatewayFile, IssuerEntry } from './gateway-file.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

export interface IssuerContext {
  readonly source: Source
  readonly configDir: string
  readonly files: FileReader
  /** Where the gateway will listen. */
  readonly host: string
  readonly cities: readonly CityKey[]
}

const EVERY_CITY = 'every-city'

/** Reads each issuer's keys too. The table is whole only if there are no problems. */
export function readIssuers(
  gateway: GatewayFile,
  context: IssuerContext,
): { readonly issuers: readonly IssuerRule[]; readonly problems: readonly ConfigProblem[] } {
  const { source, cities } = context
  const issuers: IssuerRule[] = []
  const problems: ConfigProblem[] = []
  for (const [index, entry] of gateway.identity.issuers.entries()) {
    const at = (member: keyof IssuerEntry, zh: string, en: string) => {
      problems.push(source.problemAt(['identity', 'issuers', index, member], { zh, en }))
    }
    const before = gateway.identity.issuers.slice(0, index)
    if (before.some(({ issuer }) => issuer === entry.issuer)) {
      at('issuer', `签发方 ${entry.issuer} 重复`, `the issuer ${entry.issuer} stands twice`)
    }
    if (entry.speaksFor !== EVERY_CITY) {
      if (!cities.includes(entry.speaksFor)) {
        at('speaksFor', `没有城市 ${entry.speaksFor}`, `there is no city ${entry.speaksFor}`)
      }
      const beyond = entry.roles.filter((role) => role !== 'clerk' && role !== 'city')
      if (beyond.length > 0) {
        const list = beyond.join(', ')
        at('roles', `城市的签发方不能授予：${list}`, `a city’s issuer may not claim: ${list}`)
      }
    }
    const rule = {
      issuer: entry.issuer,
      algorithms: entry.algorithms,
      audience: entry.audience,
      roles: entry.roles,
      speaksFor: entry.speaksFor === EVERY_CITY ? null : entry.speaksFor,
      maxTtlMs: entry.maxTtlSeconds * 1000,
    }
    if (entry.keys === 'local') {
      if (before.some(({ keys }) => keys === 'local')) {
        at('keys', '本机签发方只能有一个', 'there can be one local issuer only')
      }
      if (entry.algorithms.join() !== 'ES256') {
        at('algorithms', '本机签发方只用 ES256', 'the local issuer uses ES256 only')
      }
      if (!isLoopback(context.host)) {
        at(
          'keys',
          `监听地址 ${context.host} 不是本机回环地址，不能启用本机签发方；请监听 127.0.0.1，或改用真实的签发方`,
          `listening on ${context.host}, which is not loopback, the local issuer is refused: listen on 127.0.0.1 or configure real issuers`,
        )
      }
      issuers.push({ ...rule, keys: 'local' })
    } else {
      const jwks = context.files.read(resolve(context.configDir, entry.keys))
      if (jwks?.value === undefined) {
        at('keys', `密钥文件 ${entry.keys} 无法使用`, `the key file ${entry.keys} cannot be used`)
        continue
      }
      const read = readJwks(jwks.value, entry.algorithms)
      for (const { index: key, message } of read.problems) {
        problems.push(jwks.problemAt(key === null ? ['keys'] : ['keys', key], message))
      }
      issuers.push({ ...rule, keys: read.keys })
    }
  }
  return { issuers, problems }
}
