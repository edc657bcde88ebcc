// Checks the list of materials against what the item asks for in this case.

import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { FieldError } from '../domain/fault.ts'
import type { Item, MaterialRule } from '../domain/item.ts'
import type { Sentence } from '../domain/words.ts'
import { compileCondition } from './compile.ts'
import { isObject } from './schemas.ts'

/** Every mistake in `body.materials` that its schema cannot know of: missing, unknown, repeated, held in a way not allowed. */
export type MaterialCheck = (body: unknown) => FieldError[]

/** Compiles the item's conditions. Throws an Error where one of them is no schema. */
export function openMaterialCheck(item: Item): MaterialCheck {
  const rules = new Map(item.materials.map((rule) => [rule.code, rule]))
  const needed = requiredMaterials(item)

  return (body) => {
    const errors: FieldError[] = []
    const listed = isObject(body) && Array.isArray(body['materials']) ? (body['materials'] as unknown[]) : []
    const given = new Set<string>()
    for (const [index, entry] of listed.entries()) {
      if (!isObject(entry) || typeof entry['code'] !== 'string') continue // the schema has said so
      const { code } = entry
      const rule = rules.get(code)
      if (rule === undefined) errors.push(unknown(index, item))
      else if (given.has(code)) errors.push(repeated(index, rule))
      else if (!mayBeHeld(rule, entry['held'])) errors.push(heldWrongly(index, rule))
      given.add(code)
    }
    for (const rule of needed(body)) if (!given.has(rule.code)) errors.push(missing(rule))
    return errors
  }
}

/** Which materials a body must list. Compiles the item's conditions; throws an Error where one of them is no schema. */
export function requiredMaterials(item: Item): (body: unknown) => MaterialRule[] {
  const conditions = item.materials.map((rule): readonly [MaterialRule, ValidateFunction | null] => [
    rule,
    rule.requiredWhen === undefined ? null : compileCondition(rule.requiredWhen),
  ])
  return (body) => conditions.filter(([, condition]) => condition === null || condition(body)).map(([rule]) => rule)
}

function mayBeHeld(rule: MaterialRule, held: unknown): boolean {
  switch (held) {
    case 'commitment':
      return rule.commitment
    case 'sharedData':
      return rule.sharedData
    case 'seenAtWindow':
      return rule.forms.includes('original') || rule.forms.includes('copy')
    case 'uploaded':
      return rule.forms.includes('copy') || rule.forms.includes('electronic')
    default:
      return true // other values are for the schema to refuse
  }
}

function missing(rule: MaterialRule): FieldError {
  const ways = waysOf(rule)
  return {
    pointer: '/materials',
    rule: 'material-missing',
    message: {
      zh: `缺少材料“${rule.name.zh}”（代码 ${rule.code}），可用方式：${ways.zh}`,
      en: `the material “${rule.name.en}” (code ${rule.code}) is missing; it may be held as ${ways.en}`,
    },
  }
}

function unknown(index: number, item: Item): FieldError {
  const codes = item.materials.map((rule) => rule.code).join(', ')
  return {
    pointer: `/materials/${index}/code`,
    rule: 'material-unknown',
    message: {
      zh: `本事项的材料清单中没有第 ${index + 1} 项的代码，可用代码：${codes}`,
      en: `the item does not list the code of material ${index + 1}; it lists ${codes}`,
    },
  }
}

function repeated(index: number, rule: MaterialRule): FieldError {
  return {
    pointer: `/materials/${index}/code`,
    rule: 'material-repeated',
    message: { zh: `材料“${rule.name.zh}”重复`, en: `the material “${rule.name.en}” is listed twice` },
  }
}

function heldWrongly(index: number, rule: MaterialRule): FieldError {
  const ways = waysOf(rule)
  return {
    pointer: `/materials/${index}/held`,
    rule: 'material-held',
    message: {
      zh: `材料“${rule.name.zh}”不能以此方式提供，可用方式：${ways.zh}`,
      en: `the material “${rule.name.en}” cannot be held in this way; it may be held as ${ways.en}`,
    },
  }
}

function waysOf(rule: MaterialRule): Sentence {
  const ways: Sentence[] = []
  if (mayBeHeld(rule, 'uploaded')) ways.push({ zh: 'uploaded（上传）', en: 'uploaded' })
  if (mayBeHeld(rule, 'seenAtWindow')) ways.push({ zh: 'seenAtWindow（窗口核验）', en: 'seenAtWindow' })
  if (rule.commitment) ways.push({ zh: 'commitment（告知承诺）', en: 'commitment' })
  if (rule.sharedData) ways.push({ zh: 'sharedData（数据共享）', en: 'sharedData' })
  return { zh: ways.map((way) => way.zh).join('、'), en: ways.map((way) => way.en).join(' or ') }
}
