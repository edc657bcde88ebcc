// Writes texts of each format for samples: right to the last check digit, and belonging to nobody.

import { identityCheckCharacter } from './identity-numbers.ts'
import { certificateCheck, luhnDigit, usccCheckCharacters } from './registry-numbers.ts'
import type { Choices } from './seeded.ts'

/** No district has this code (GB/T 2260), so numbers that hold it are nobody's. */
const NOWHERE = '210199'
// All that is dated lies around this day: a sample with its seed is the same whenever it is made.
const ANCHOR_MS = Date.parse('2026-10-01T00:00:00Z')
const DAY_MS = 86_400_000

// GA 36: the letters of the seven cities.
const CITY_LETTERS = ['A', 'C', 'D', 'E', 'J', 'K', 'M']

const NAMES = ['张三', '李四', '王五', '赵六', '孙小七', '周示范', '吴示例', '欧阳示范', '阿依古丽·示例']

/** `name` is the property that the text is for, `title` what people call it. Throws an Error for an unknown format. */
export function textOf(format: string, choices: Choices, name: string, title: string): string {
  const { pick, digits, oneOf, chance } = choices
  const day = (from: number, to: number): string => dayOf(from + pick(to - from + 1))
  const born = (): string => day(-27_000, -400)
  switch (format) {
    case 'resident-id': {
      const place = chance(10) ? oneOf(['810000', '820000', '830000']) : NOWHERE
      return withCheck(place + born().replaceAll('-', '') + digits(3))
    }
    case 'foreigner-id':
      return chance(20)
        ? `${oneOf(['USA', 'KOR', 'JPN'])}${NOWHERE}${digits(6)}`
        : withCheck(`921${oneOf(['840', '410', '392'])}${born().replaceAll('-', '')}${digits(3)}`)
    case 'disability-certificate': {
      const identity = withCheck(NOWHERE + born().replaceAll('-', '') + digits(3))
      return `${identity}${1 + pick(7)}${1 + pick(4)}${chance(20) ? `B${pick(10)}` : ''}`
    }
    case 'uscc': {
      const head = `${oneOf(['91', '92', '93', '52', '12', '11'])}${NOWHERE}MA${digits(6)}`
      return head + usccCheckCharacters(head)
    }
    case 'division-code':
      return oneOf(['210102', '210303', '210402', '210502', '210902', '211002', '211202', '211500', '210112014'])
    case 'mobile':
      return `1380000${digits(4)}`
    case 'vehicle-plate':
      return chance(30) ? `辽${oneOf(CITY_LETTERS)}D${digits(5)}` : `辽${oneOf(CITY_LETTERS)}${digits(5)}`
    case 'e-certificate-id': {
      const [type, issuer, serial, version] = [`111000000000133${digits(6)}`, NOWHERE, digits(9), '001']
      const check = certificateCheck(type + issuer + serial + version)
      return `1.2.156.3005.2.${type}.${issuer}.${serial}.${version}.${check}`
    }
    case 'real-estate-unit':
      return `${NOWHERE}${digits(6)}GB${digits(5)}F${digits(8)}`
    case 'bank-account': {
      if (chance(30)) return `0700000${digits(8)}`
      const head = `621700000000${digits(6)}`
      return head + luhnDigit(head)
    }
    case 'past-date':
      return /birth/i.test(name) ? born() : day(-3000, 0)
    case 'date':
      // An authority that has ended would be refused at the counter.
      return name === 'until' ? '2099-12-31' : /until|end/i.test(name) ? day(400, 1500) : day(-1500, 300)
    case 'month':
      return day(-2500, 0).slice(0, 7)
    case 'date-time':
      return `${day(-10, 0)}T09:${10 + pick(50)}:00+08:00`
    case 'yuan':
      return chance(15) ? '0' : amount(choices)
    case 'positive-yuan':
      return amount(choices)
    case 'line':
      return title.endsWith('姓名') ? oneOf(NAMES) : `示例${title}${chance(50) ? pick(100) : ''}`
    case 'text':
      return `示例${title}，仅供演示。`
    default:
      throw new Error(`there are no samples of the format ${format}`)
  }
}

export function dayOf(daysFromAnchor: number): string {
  return new Date(ANCHOR_MS + daysFromAnchor * DAY_MS).toISOString().slice(0, 10)
}

function withCheck(seventeen: string): string {
  return seventeen + identityCheckCharacter(seventeen)
}

function amount({ pick, chance }: Choices): string {
  const yuan = String(1 + pick(chance(50) ? 5000 : 300_000))
  return chance(40) ? `${yuan}.${String(pick(100)).padStart(2, '0')}` : yuan
}
