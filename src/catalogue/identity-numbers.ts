// Checks the numbers that persons are identified by: citizens (GB 11643), foreigners with permanent residence, disability certificates.

import type { Sentence } from '../domain/words.ts'
import { compactDayFault } from './dates.ts'

/** Null if the text is right, else what is wrong with it, said so that it can stand after the name of the field. */
export type Check = (text: string) => Sentence | null

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const CHECK_CHARACTERS = '10X98765432'
// GB/T 2260: provinces as two digits; 81 to 83 stand on residence permits of Hong Kong, Macao and Taiwan residents.
const PROVINCES = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
)
const PERMIT_PREFIXES = new Set(['810000', '820000', '830000'])

export function isProvince(code: string): boolean {
  return PROVINCES.has(code.slice(0, 2))
}

/** Position (from 1) of the first character among the first `length` that is no digit; 0 if all are digits. */
export function firstNonDigit(text: string, length: number): number {
  for (let index = 0; index < length; index += 1) {
    const unit = text.charCodeAt(index)
    if (!(unit >= 48 && unit <= 57)) return index + 1
  }
  return 0
}

export function wrongLength(text: string, wanted: number): Sentence {
  return {
    zh: `应为 ${wanted} 位，现为 ${text.length} 位`,
    en: `should have ${wanted} characters, has ${text.length}`,
  }
}

/** The 18th character, from the first 17. */
export function identityCheckCharacter(text: string): string {
  let sum = 0
  for (let index = 0; index < 17; index += 1) sum += (WEIGHTS[index] ?? 0) * (text.charCodeAt(index) - 48)
  return CHECK_CHARACTERS.charAt(sum % 11)
}

/** What is wrong with 18 characters of which 17 must be digits, 7 to 14 a day of birth and the last a check character. */
function eighteenFault(text: string, today: () => string): Sentence | null {
  const at = firstNonDigit(text, 17)
  if (at > 0) return { zh: `第 ${at} 位应为数字`, en: `the ${ordinal(at)} character should be a digit` }
  if (compactDayFault(text, 6) !== null) {
    return { zh: '第 7 至 14 位的出生日期不存在', en: 'characters 7 to 14 are no date that exists' }
  }
  const year = Number(text.slice(6, 10))
  // Only this year's births can lie ahead: for all others the year says enough.
  if (year >= Number(today().slice(0, 4)) && `${year}-${text.slice(10, 12)}-${text.slice(12, 14)}` > today()) {
    return { zh: '第 7 至 14 位的出生日期晚于今天', en: 'the date of birth lies in the future' }
  }
  const check = identityCheckCharacter(text)
  if (text.charAt(17).toUpperCase() !== check) {
    return { zh: `第 18 位校验码应为 ${check}`, en: `the 18th character should be ${check}` }
  }
  return null
}

/**
 * GB 11643, residence permits of Hong Kong, Macao and Taiwan residents included. A small x is taken as X.
 * Whether the six digits of the place exist is not checked: abolished codes stay on people's cards for life.
 */
export function residentId(today: () => string): Check {
  return (text) => {
    if (text.length === 15 && firstNonDigit(text, 15) === 0) {
      return {
        zh: '15 位旧证号已停用，应为 18 位',
        en: 'numbers of 15 digits are out of use; should have 18 characters',
      }
    }
    if (text.length !== 18) return wrongLength(text, 18)
    if (text.startsWith('9')) {
      return {
        zh: '以 9 开头的是外国人永久居留身份证号，请选相应的证件类型',
        en: 'numbers that begin with 9 are those of foreign permanent residents: choose that type of document',
      }
    }
    const province = text.slice(0, 2)
    if (firstNonDigit(text, 2) === 0 && !PROVINCES.has(province)) {
      return { zh: '前 2 位不是省级行政区划代码', en: 'the first 2 digits are no province' }
    }
    if (/^8[123]/.test(text) && !PERMIT_PREFIXES.has(text.slice(0, 6))) {
      return {
        zh: '港澳台居民居住证的前 6 位应为 810000、820000 或 830000',
        en: 'the first 6 digits of a residence permit should be 810000, 820000 or 830000',
      }
    }
    return eighteenFault(text, today)
  }
}

/** The new card: 9, two digits of the place, three of the nationality, then as GB 11643. The old one: three letters, twelve digits. */
export function foreignerId(today: () => string): Check {
  return (text) => {
    if (text.length === 15) {
      if (/^[A-Z]{3}[0-9]{12}$/.test(text)) return null
      return {
        zh: '旧版证号应为 3 位大写字母加 12 位数字',
        en: 'an old number should be 3 capital letters and 12 digits',
      }
    }
    if (text.length !== 18) {
      return {
        zh: `应为 18 位（旧版 15 位），现为 ${text.length} 位`,
        en: `should have 18 characters (15 on old cards), has ${text.length}`,
      }
    }
    if (!text.startsWith('9')) return { zh: '第 1 位应为 9', en: 'the 1st character should be 9' }
    return eighteenFault(text, today)
  }
}

/** Identity number, one digit of category (1 to 7), one of grade (1 to 4); reissued certificates add B and a digit. */
export function disabilityCertificate(today: () => string): Check {
  const identity = residentId(today)
  return (text) => {
    if (text.length !== 20 && text.length !== 22) {
      return {
        zh: `应为 20 位（补发的 22 位），现为 ${text.length} 位`,
        en: `should have 20 characters (22 if reissued), has ${text.length}`,
      }
    }
    const fault = identity(text.slice(0, 18))
    if (fault !== null) return { zh: `前 18 位公民身份号码${fault.zh}`, en: `in the identity number ${fault.en}` }
    if (!/[1-7]/.test(text.charAt(18))) {
      return { zh: '第 19 位残疾类别应为 1 至 7', en: 'the 19th character (category) should be 1 to 7' }
    }
    if (!/[1-4]/.test(text.charAt(19))) {
      return { zh: '第 20 位残疾等级应为 1 至 4', en: 'the 20th character (grade) should be 1 to 4' }
    }
    if (text.length === 22 && !/^B[0-9]$/.test(text.slice(20))) {
      return { zh: '第 21、22 位应为 B 加 1 位数字', en: 'characters 21 and 22 should be B and a digit' }
    }
    return null
  }
}

export function ordinal(position: number): string {
  const teens = position % 100 >= 11 && position % 100 <= 13
  const ending = teens ? 'th' : (['th', 'st', 'nd', 'rd'][position % 10] ?? 'th')
  return `${position}${ending}`
}
