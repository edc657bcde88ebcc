// Checks the numbers that organizations, places, things and accounts are identified by.

import type { Sentence } from '../domain/words.ts'
import { firstNonDigit, isProvince, ordinal, wrongLength } from './identity-numbers.ts'

const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
const ORGANIZATION_WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2]
const ALPHABET_36 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** GB 32100-2015 with both check digits: the 17th character is that of the organization code (GB 11714) inside it. */
export function usccFault(text: string): Sentence | null {
  if (text.length !== 18) return wrongLength(text, 18)
  for (let index = 0; index < 18; index += 1) {
    if (!USCC_ALPHABET.includes(text.charAt(index))) {
      const at = index + 1
      return /[a-z]/.test(text.charAt(index))
        ? { zh: `第 ${at} 位应为大写字母`, en: `the ${ordinal(at)} character should be a capital letter` }
        : {
            zh: `第 ${at} 位不是允许的字符（数字或除 I、O、S、V、Z 外的大写字母）`,
            en: `the ${ordinal(at)} character should be a digit or a capital letter other than I, O, S, V and Z`,
          }
    }
  }
  if (firstNonDigit(text.slice(2), 6) > 0) {
    return { zh: '第 3 至 8 位登记机关区划代码应为数字', en: 'characters 3 to 8 (division) should be digits' }
  }
  const organization = organizationCheck(text)
  if (text.charAt(16) !== organization) {
    return {
      zh: `第 17 位（主体标识码校验码）应为 ${organization}`,
      en: `the 17th character should be ${organization}`,
    }
  }
  const check = usccCheck(text)
  if (text.charAt(17) !== check) {
    return { zh: `第 18 位校验码应为 ${check}`, en: `the 18th character should be ${check}` }
  }
  return null
}

function organizationCheck(text: string): string {
  let sum = 0
  for (let index = 0; index < 8; index += 1) {
    sum += (ORGANIZATION_WEIGHTS[index] ?? 0) * ALPHABET_36.indexOf(text.charAt(index + 8))
  }
  return '0123456789X'.charAt((11 - (sum % 11)) % 11)
}

function usccCheck(text: string): string {
  let sum = 0
  for (let index = 0; index < 17; index += 1) {
    sum += (USCC_WEIGHTS[index] ?? 0) * USCC_ALPHABET.indexOf(text.charAt(index))
  }
  return USCC_ALPHABET.charAt((31 - (sum % 31)) % 31)
}

/** The 17th and 18th character, from the first 16. */
export function usccCheckCharacters(text: string): string {
  const organization = organizationCheck(text)
  return organization + usccCheck(text + organization)
}

/** 6 digits of a division (GB/T 2260), 9 of a town or 12 of a village. Whether a city has it is for routing to say. */
export function divisionFault(text: string): Sentence | null {
  const { length } = text
  if ((length !== 6 && length !== 9 && length !== 12) || firstNonDigit(text, length) > 0) {
    return { zh: '应为 6 位、9 位或 12 位数字', en: 'should be 6, 9 or 12 digits' }
  }
  return isProvince(text) ? null : { zh: '前 2 位不是省级行政区划代码', en: 'the first 2 digits are no province' }
}

export function mobileFault(text: string): Sentence | null {
  if (text.length !== 11) return wrongLength(text, 11)
  return /^1[3-9][0-9]{9}$/.test(text)
    ? null
    : { zh: '应为以 13 至 19 开头的 11 位数字', en: 'should be 11 digits that begin with 13 to 19' }
}

const PLATE_PROVINCES = '京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼'
const PLATE = new RegExp(`^[${PLATE_PROVINCES}][A-HJ-NP-Z][A-HJ-NP-Z0-9]{4}[A-HJ-NP-Z0-9学警挂港澳]$`)
const PLATE_NEW_ENERGY = new RegExp(`^[${PLATE_PROVINCES}][A-HJ-NP-Z]([A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK])$`)

/** GA 36: seven characters, or eight of a new-energy vehicle. */
export function plateFault(text: string): Sentence | null {
  const { length } = text
  if (length !== 7 && length !== 8) {
    return {
      zh: `应为 7 位（新能源汽车 8 位），现为 ${length} 位`,
      en: `should have 7 characters (8 for new-energy vehicles), has ${length}`,
    }
  }
  if (length === 7 ? PLATE.test(text) : PLATE_NEW_ENERGY.test(text)) return null
  return length === 7
    ? {
        zh: '应为省份简称、发证机关字母和 5 位序号（不含 I、O），例如 辽A12345',
        en: 'should be province, letter of the authority and 5 characters without I and O, e.g. 辽A12345',
      }
    : {
        zh: '新能源汽车号牌应如 辽AD12345 或 辽A12345D',
        en: 'plates of new-energy vehicles should look like 辽AD12345 or 辽A12345D',
      }
}

const CERTIFICATE_ROOT = '1.2.156.3005.2.'

/** GB/T 36904: root, type, issuer, serial, version and a check character by ISO/IEC 7064 MOD 37,36 over the four before it. */
export function electronicCertificateFault(text: string): Sentence | null {
  if (!text.startsWith(CERTIFICATE_ROOT)) {
    return { zh: `应以 ${CERTIFICATE_ROOT} 开头`, en: `should begin with ${CERTIFICATE_ROOT}` }
  }
  const parts = text.slice(CERTIFICATE_ROOT.length).split('.')
  const [type = '', issuer = '', serial = '', version = '', check = ''] = parts
  const wellFormed =
    parts.length === 5 &&
    /^[0-9A-Z]{18}[0-9]{3}$/.test(type) &&
    /^[0-9A-Z]{1,40}$/.test(issuer) &&
    /^[0-9A-Z]{1,40}$/.test(serial) &&
    /^[0-9]{3}$/.test(version) &&
    /^[0-9A-Z]$/.test(check)
  if (!wellFormed) {
    return {
      zh: '应由类型代码、颁发机构代码、流水号、3 位版本号和校验码组成，以“.”分隔',
      en: 'should be type, issuer, serial, 3 digits of version and a check character, separated by points',
    }
  }
  const right = certificateCheck(type + issuer + serial + version)
  return check === right ? null : { zh: `末位校验码应为 ${right}`, en: `the last character should be ${right}` }
}

/** ISO/IEC 7064 MOD 37,36. */
export function certificateCheck(characters: string): string {
  let product = 36
  for (let index = 0; index < characters.length; index += 1) {
    const sum = (product + ALPHABET_36.indexOf(characters.charAt(index))) % 36
    product = ((sum === 0 ? 36 : sum) * 2) % 37
  }
  return ALPHABET_36.charAt((37 - product) % 36)
}

/** 28 characters: 12 digits of the cadastral place, 2 letters and 5 digits of the parcel, 1 letter and 8 digits of the fixture. */
export function realEstateUnitFault(text: string): Sentence | null {
  if (text.length !== 28) return wrongLength(text, 28)
  if (!/^[0-9]{12}[A-Z]{2}[0-9]{5}$/.test(text.slice(0, 19))) {
    return {
      zh: '前 19 位宗地代码应为 12 位数字、2 位大写字母和 5 位数字',
      en: 'the first 19 characters (parcel) should be 12 digits, 2 capital letters and 5 digits',
    }
  }
  if (!/^[A-Z][0-9]{8}$/.test(text.slice(19))) {
    return {
      zh: '后 9 位定着物代码应为 1 位大写字母和 8 位数字',
      en: 'the last 9 characters (fixture) should be a capital letter and 8 digits',
    }
  }
  return isProvince(text) ? null : { zh: '前 2 位不是省级行政区划代码', en: 'the first 2 digits are no province' }
}

/** 8 to 32 digits. Cards (16 to 19 digits that begin with 62) carry a Luhn check digit; other accounts have none in common. */
export function bankAccountFault(text: string): Sentence | null {
  const { length } = text
  if (length < 8 || length > 32 || firstNonDigit(text, length) > 0) {
    return { zh: '应为 8 至 32 位数字，不含空格', en: 'should be 8 to 32 digits without spaces' }
  }
  if (length < 16 || length > 19 || !text.startsWith('62')) return null
  if (luhnDigit(text.slice(0, -1)) === text.at(-1)) return null
  return { zh: '银行卡号校验不通过，请核对是否有误', en: 'is no valid card number: please compare it with the card' }
}

/** The last digit of a card number, from those before it (ISO/IEC 7812-1, Luhn). */
export function luhnDigit(head: string): string {
  let sum = 0
  for (let index = 0; index < head.length; index += 1) {
    const digit = head.charCodeAt(head.length - 1 - index) - 48
    const doubled = index % 2 === 0 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return String((10 - (sum % 10)) % 10)
}

/** One line of text: not blank, no control characters. */
export function lineFault(text: string): Sentence | null {
  return textFault(text, false)
}

/** Text of several lines: not blank, no control characters but line breaks and tabs. */
export function linesFault(text: string): Sentence | null {
  return textFault(text, true)
}

function textFault(text: string, severalLines: boolean): Sentence | null {
  let blank = true
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (isControl(unit) && !(severalLines && (unit === 9 || unit === 10 || unit === 13))) {
      return { zh: '含有不可见的控制字符', en: 'contains control characters' }
    }
    if (blank && unit !== 0x20 && unit !== 0x3000 && unit !== 0xa0 && !isControl(unit)) blank = false
  }
  return blank ? { zh: '不能为空', en: 'should not be blank' } : null
}

function isControl(unit: number): boolean {
  return unit < 0x20 || (unit >= 0x7f && unit < 0xa0) || unit === 0x2028 || unit === 0x2029
}
