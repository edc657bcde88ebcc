// The synthetic people and firms that sandbox cities know. None of them exists; docs/wire/sandbox.md lists them.

import type { CityKey } from '../../domain/words.ts'

export interface KnownPerson {
  readonly name: string
  readonly certNo: string
  /** The city whose registers hold this person; null = every city. */
  readonly city: CityKey | null
  /** Five digits that tell this person's numbers from others'. */
  readonly serial: string
  /** Month since which this person draws a pension (`YYYY-MM`), null = still at work. */
  readonly pensionSince: string | null
}

export interface KnownFirm {
  readonly name: string
  readonly uscc: string
  readonly city: CityKey | null
  /** Five digits that tell this firm's numbers from other firms'. */
  readonly serial: string
}

const PEOPLE: readonly KnownPerson[] = [
  { name: '张伟', certNo: '210102199003070011', city: null, serial: '12345', pensionSince: null },
  { name: '李秀英', certNo: '210102195503080023', city: null, serial: '20000', pensionSince: '2005-04' },
  { name: '王芳', certNo: '210303198511290021', city: 'anshan', serial: '20001', pensionSince: null },
  { name: '刘洋', certNo: '21040219990630003X', city: 'fushun', serial: '20002', pensionSince: null },
  { name: '赵静', certNo: '210502197001010042', city: 'benxi', serial: '20003', pensionSince: null },
  { name: '陈强', certNo: '210902198812120057', city: 'fuxin', serial: '20004', pensionSince: null },
  { name: '杨丽', certNo: '211002199505050067', city: 'liaoyang', serial: '20005', pensionSince: null },
  { name: '孙磊', certNo: '211202198002290073', city: 'tieling', serial: '20006', pensionSince: null },
  { name: '黄美玲', certNo: '810000199408230021', city: 'shenfu', serial: '20007', pensionSince: null },
]

const FIRMS: readonly KnownFirm[] = [
  { name: '沈阳示例科技有限公司', uscc: '91210102MA0XY2K725', city: null, serial: '12345' },
  { name: '鞍山示例冶金有限公司', uscc: '91210300MA10AB3C08', city: 'anshan', serial: '30001' },
  { name: '阜新示例农业专业合作社', uscc: '93210902MA0C000160', city: 'fuxin', serial: '30002' },
  { name: '辽阳示例小吃店', uscc: '92211002MA0D12341E', city: 'liaoyang', serial: '30003' },
]

/** Every query and application in this person's name is refused, with two reasons. The number is well formed. */
export const ALWAYS_REFUSED = { name: '李不予', certNo: '21010219750505002X' }

const isIn = (city: CityKey) => (known: { readonly city: CityKey | null }) => known.city === null || known.city === city

export function findPerson(city: CityKey, certNo: string): KnownPerson | null {
  return PEOPLE.filter(isIn(city)).find((person) => person.certNo === certNo.toUpperCase()) ?? null
}

export function findFirm(city: CityKey, uscc: string): KnownFirm | null {
  return firmsOf(city).find((firm) => firm.uscc === uscc) ?? null
}

export function firmsOf(city: CityKey): readonly KnownFirm[] {
  return FIRMS.filter(isIn(city))
}

export function peopleOf(city: CityKey): readonly KnownPerson[] {
  return PEOPLE.filter(isIn(city))
}
