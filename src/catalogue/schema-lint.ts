// Says what a schema file lacks beyond being a schema: words in both languages, labels, bounds, closed objects.

import type { Sentence } from '../domain/words.ts'
import { isCodeTable } from './compile.ts'
import { pointerOf } from './fields.ts'
import { patternFault } from './patterns.ts'
import { isObject } from './schemas.ts'

/** What stands in a new item's files wherever only people know the words. */
export const UNFILLED: Sentence = { zh: '待填写', en: 'to be filled in' }

export interface SchemaFinding {
  readonly pointer: string
  readonly message: Sentence
}

/** Every place of `document` where the house rules are broken. References are not followed: parts are files of their own. */
export function lintSchema(document: Readonly<Record<string, unknown>>): SchemaFinding[] {
  const findings: SchemaFinding[] = []
  const find = (path: readonly string[], zh: string, en: string) =>
    findings.push({ pointer: pointerOf(path), message: { zh, en } })

  /** `field`: this schema describes a value of its own, and is no condition or branch upon one. */
  function visit(schema: unknown, path: readonly string[], field: boolean): void {
    if (!isObject(schema)) return
    if (field) visitField(schema, path)
    if (typeof schema['pattern'] === 'string' && !(said(schema, 'x-hint') && said(schema, 'x-hint-en'))) {
      find(path, 'pattern 须配 x-hint 和 x-hint-en', 'a pattern needs x-hint and x-hint-en')
    }
    if (typeof schema['pattern'] === 'string') {
      const fault = patternFault(schema['pattern'])
      if (fault !== null) find([...path, 'pattern'], fault.zh, fault.en)
    }
    visitWords(schema, path)
    for (const branch of ['if', 'then', 'else', 'not']) visit(schema[branch], [...path, branch], false)
    const parts = schema['allOf']
    if (Array.isArray(parts))
      for (const [index, part] of parts.entries()) visit(part, [...path, 'allOf', String(index)], false)
    if (isObject(schema['properties'])) {
      for (const [name, property] of Object.entries(schema['properties'])) {
        visit(property, [...path, 'properties', name], field)
      }
    }
    visit(schema['items'], [...path, 'items'], field)
  }

  function visitWords(schema: Record<string, unknown>, path: readonly string[]): void {
    for (const [keyword, word] of Object.entries(schema)) {
      if (typeof word !== 'string' || !WORDS.has(keyword)) continue
      if (isUnfilled(word)) find([...path, keyword], '尚待填写', 'is still to be filled in')
      else if (keyword.endsWith('-en') && /[一-鿿]{3}/.test(word))
        find([...path, keyword], '尚未译成英文', 'is not translated into English')
    }
  }

  function visitField(schema: Record<string, unknown>, path: readonly string[]): void {
    const reference = typeof schema['$ref'] === 'string'
    if (said(schema, 'title') !== said(schema, 'x-title-en') || !(said(schema, 'title') || reference)) {
      find(path, '须有中文 title 和英文 x-title-en', 'needs a title in Chinese and x-title-en in English')
    }
    if (said(schema, 'description') !== said(schema, 'x-description-en')) {
      find(path, 'description 与 x-description-en 须成对出现', 'description and x-description-en belong together')
    }
    if (reference) return
    const type = schema['type']
    if (typeof type !== 'string') find(path, '须写明 type', 'needs a type')
    const table = schema['oneOf']
    if (table !== undefined) visitTable(table, path)
    if (Object.hasOwn(schema, 'enum')) {
      find([...path, 'enum'], '代码须写成带名称的 oneOf', 'codes need labels: write them as oneOf')
    }
    const choice = table !== undefined || Object.hasOwn(schema, 'const') || Object.hasOwn(schema, 'enum')
    if (type === 'string' && !choice && typeof schema['maxLength'] !== 'number') {
      find(path, '文本须有 maxLength', 'a text needs maxLength')
    }
    if (type === 'string' && !choice && schema['format'] === undefined && schema['pattern'] === undefined) {
      find(path, '文本须有 format 或 pattern', 'a text needs a format or a pattern')
    }
    if (type === 'array' && (typeof schema['maxItems'] !== 'number' || schema['items'] === undefined)) {
      find(path, '列表须有 items 和 maxItems', 'a list needs items and maxItems')
    }
    // Objects would be compared each with each: ten thousand of them are fifty million comparisons.
    if (schema['uniqueItems'] === true && !isTextList(schema['items'])) {
      find(path, 'uniqueItems 只用于文本列表', 'uniqueItems is for lists of texts only')
    }
    const bounded = ['minimum', 'exclusiveMinimum'].some((word) => typeof schema[word] === 'number')
    if ((type === 'number' || type === 'integer') && !(bounded && typeof schema['maximum'] === 'number')) {
      find(path, '数字须有上下界', 'a number needs bounds')
    }
    if (type === 'object' && isObject(schema['properties']) && schema['additionalProperties'] !== false) {
      if (!delegates(schema)) find(path, '对象须拒绝未知字段', 'an object must refuse unknown fields')
    }
    visitOrder(schema, path)
  }

  function visitTable(table: unknown, path: readonly string[]): void {
    const rows = isCodeTable(table) ? table : []
    if (rows.length === 0 || !rows.every((row) => said(row, 'title') && said(row, 'x-title-en'))) {
      find(
        [...path, 'oneOf'],
        '代码表每项须有 const、title 和 x-title-en',
        'each code needs const, title and x-title-en',
      )
    }
    if (new Set(rows.map((row) => row['const'])).size !== rows.length) {
      find([...path, 'oneOf'], '代码重复', 'a code stands twice')
    }
  }

  function visitOrder(schema: Record<string, unknown>, path: readonly string[]): void {
    const order = schema['x-order']
    const names = isObject(schema['properties']) ? Object.keys(schema['properties']) : []
    if (order === undefined) {
      if (schema['additionalProperties'] === false)
        find(path, '对象须有 x-order，否则字段无处可填', 'an object needs x-order: without it no form shows its fields')
      return
    }
    if (!Array.isArray(order) || order.map(String).toSorted().join() !== names.toSorted().join()) {
      find([...path, 'x-order'], 'x-order 须列出每个字段一次', 'x-order must list each field once')
    }
  }

  visit(document, [], true)
  return findings
}

const WORDS = new Set(['title', 'description', 'x-title-en', 'x-description-en', 'x-hint', 'x-hint-en'])

export function isUnfilled(word: string): boolean {
  return word.includes(UNFILLED.zh) || word.includes(UNFILLED.en)
}

function said(schema: Record<string, unknown>, keyword: string): boolean {
  const word = schema[keyword]
  return typeof word === 'string' && word.trim() !== ''
}

function isTextList(items: unknown): boolean {
  return isObject(items) && items['type'] === 'string'
}

/** An object that leaves its fields to the branch that its `if` chooses. */
function delegates(schema: Record<string, unknown>): boolean {
  return isObject(schema['then']) && typeof schema['then']['$ref'] === 'string'
}
