// What Fushun gets of each form, read field by field with the wire document’s own table and a reader that the adapter does not use.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { fushunProtocol } from '../../src/cities/protocols/fushun.ts'
import type { Item } from '../../src/domain/item.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import { systemClock } from '../../src/system.ts'
import { KEY, message, REFERENCE, TAKEN_AT } from './support/city.ts'

const config = loadConfig(configOptions({}))
const catalogue = openCatalogue(config, systemClock)
const backend = config.cities.find(({ key }) => key === 'fushun')?.backends[0]
if (backend?.protocol !== 'fushun') throw new Error('Fushun speaks another protocol')
const { kinds, dictionaries } = config.fields
const protocol = fushunProtocol({
  ...backend.protocolOptions,
  statuses: backend.statuses,
  mapping: openMapping(backend.mapping, config.fields),
})

/** The dictionary as the wire document lists it: name → tag and letter. */
const table = new Map<string, { readonly tag: string; readonly letter: string }>()
for (const row of readFileSync(new URL('../../docs/wire/fushun.md', import.meta.url), 'utf8').split('\n')) {
  const [, name, tag, letter] = /^\| `(\w+)` +\| `([A-Z0-9_]+)` +\| ([A-Z]) +\|/.exec(row) ?? []
  if (name !== undefined && tag !== undefined && letter !== undefined) table.set(name, { tag, letter })
}

const LETTERS: Readonly<Record<Kind, string>> = {
  text: 'S',
  date: 'D',
  month: 'M',
  time: 'T',
  flag: 'B',
  number: 'N',
  amount: 'A',
  object: 'O',
  texts: 'L',
  list: 'L',
}

/** How many forms of each item are made up. */
const SEEDS = 3

interface Read {
  readonly tag: string
  text: string
  readonly children: Read[]
}

/** Reads elements and text and nothing else; throws where an element is not closed by its own name. */
function readXml(xml: string): Read {
  const root: Read = { tag: '', text: '', children: [] }
  const open = [root]
  for (const [, closing, tag, , empty, text] of xml.matchAll(/<(\/?)([\w:]+)( [^<>]*)?(\/?)>|([^<]+)/g)) {
    const parent = open.at(-1)
    if (parent === undefined) throw new Error('closed too often')
    if (tag === undefined) parent.text += unescaped(text ?? '')
    else if (closing === '/') {
      if (open.pop()?.tag !== tag) throw new Error(`${tag} is closed, but not open`)
    } else {
      const element: Read = { tag, text: '', children: [] }
      parent.children.push(element)
      if (empty !== '/') open.push(element)
    }
  }
  if (open.length !== 1) throw new Error('not closed')
  return root
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#13;': '\r', '&amp;': '&' }
  return text.replace(/&(?:lt|gt|quot|#13|amp);/g, (entity) => characters[entity] ?? entity)
}

function inside(element: Read, ...tags: readonly string[]): Read {
  return tags.reduce((parent, tag) => {
    const found = parent.children.filter((child) => child.tag === tag)
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} elements ${tag}`)
    return found[0]
  }, element)
}

/** What stands in the elements, as the document’s table says that `value` must be written; empty where all is as it should be. */
function differences(value: unknown, name: string, element: Read, path: string): string[] {
  const letter = table.get(name)?.letter
  if (letter === 'O' || name === 'ROW') return objectDifferences(value as object, element, path)
  if (letter === 'L') {
    const entries = value as unknown[]
    if (element.children.length !== entries.length) return [`${path}: ${element.children.length} ROWs`]
    return entries.flatMap((entry, index) => {
      const row = element.children[index]
      if (row?.tag !== 'ROW') return [`${path}/${index}: no ROW`]
      const at = `${path}/${index}`
      return typeof entry === 'string' ? textDifferences(entry, row, at) : differences(entry, 'ROW', row, at)
    })
  }
  return textDifferences(written(value, letter), element, path)
}

function objectDifferences(value: object, element: Read, path: string): string[] {
  const members = Object.entries(value)
  const found = members.flatMap(([name, member]) => {
    const tag = table.get(name)?.tag
    const children = element.children.filter((child) => child.tag === tag)
    const at = `${path}/${name}`
    if (children.length !== 1 || children[0] === undefined) return [`${at}: ${children.length} elements ${tag}`]
    return differences(member, name, children[0], at)
  })
  if (element.children.length !== members.length) found.push(`${path}: ${element.children.length} elements`)
  return found
}

function textDifferences(expected: string, { text, children }: Read, path: string): string[] {
  return text === expected && children.length === 0 ? [] : [`${path}: ${text} instead of ${expected}`]
}

function written(value: unknown, letter: string | undefined): string {
  const text = String(value)
  if (letter === 'D' || letter === 'M') return text.split('-').join('')
  if (letter === 'T') return new Date(Date.parse(text) + 8 * 3600_000).toISOString().replace(/\D/g, '').slice(0, 14)
  if (letter === 'B') return value === true ? '1' : '0'
  if (letter !== 'A') return text
  const [yuan = '', fraction = ''] = text.split('.')
  return String(BigInt(yuan) * 100n + BigInt(fraction.padEnd(2, '0')))
}

t.test('the dictionary is the one of the wire document, tag by tag and kind by kind', (t) => {
  t.ok(table.size > 1000)
  const configured = Object.entries(dictionaries.get('fushun') ?? {}).map(([name, [tag]]) => {
    const letter = LETTERS[kinds.get(name) ?? 'text']
    return [name, { tag, letter }] as const
  })
  t.same(new Map(configured), table)
  t.end()
})

const items = catalogue.items.filter((item) => catalogue.citiesOffering(item).includes('fushun'))

/** The RECORD that Fushun gets of a submission. */
function recordOf(item: Item, body: SubmissionBody): Read {
  const call = item.interaction === 'query' ? protocol.query : protocol.deliver
  const stamp = { now: TAKEN_AT, secret: Buffer.from(KEY) }
  const sent = call({ ...message, item, leg: item.legs[0], reference: REFERENCE, body }, stamp).body?.toString() ?? ''
  const envelope = readXml(sent.replace(/^<\?xml[^>]*\?>\s*/, ''))
  const { text } = inside(envelope, 'soapenv:Envelope', 'soapenv:Body', 'kytb:process', 'information')
  return inside(readXml(text), 'PACKAGE', 'DATA', 'RECORD')
}

t.test('each item’s sample arrives whole: every value under its tag, and nothing besides', (t) => {
  t.ok(items.length > 100)
  for (const item of items) {
    const body = catalogue.sample(item, 'fushun')
    const record = recordOf(item, body)
    t.equal(inside(record, 'SXBM').text, item.code)
    t.same(objectDifferences(body.form, inside(record, 'BD'), ''), [], item.code)
    const rows = body.materials?.length ? inside(record, 'CLLB').children : []
    t.same(
      rows.map((row) => inside(row, 'CLBM').text),
      (body.materials ?? []).map(({ code }) => code),
    )
  }
  t.end()
})

t.test('so do forms that are filled in otherwise, and between them use most of the dictionary', (t) => {
  const used = new Set<string>()
  for (const item of items) {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { form } = catalogue.generated(item, 'fushun', `fushun-${seed}`)
      const content = inside(recordOf(item, { ...catalogue.sample(item, 'fushun'), form }), 'BD')
      t.same(objectDifferences(form, content, ''), [], `${item.code} ${seed}`)
      collectTags(content, used)
    }
  }
  t.ok(used.size > 0.7 * table.size, `${used.size} of ${table.size} tags`)
  t.end()
})

function collectTags({ children }: Read, used: Set<string>): void {
  for (const child of children) {
    used.add(child.tag)
    collectTags(child, used)
  }
}

t.test('the comparison notices a value that is lost, changed, added or under another’s tag', (t) => {
  const form = { fundCentre: '2104', amountYuan: '12500.5', contents: ['account', 'loan'] }
  const right = '<ZXBM>2104</ZXBM><JE>1250050</JE><CXNR><ROW>account</ROW><ROW>loan</ROW></CXNR>'
  const compare = (xml: string): string[] => objectDifferences(form, inside(readXml(`<BD>${xml}</BD>`), 'BD'), '')
  t.same(compare(right), [])
  for (const [from, to] of [
    ['<ZXBM>2104</ZXBM>', ''],
    ['2104', '2105'],
    ['1250050', '12500.5'],
    ['<ROW>loan</ROW>', ''],
    ['account', 'loan'],
    ['<JE>1250050</JE>', '<YE>1250050</YE>'],
    ['<ZXBM>', '<YE>1</YE><ZXBM>'],
  ] as const) {
    t.not(compare(right.replace(from, to)).length, 0, `${from} → ${to}`)
  }
  t.end()
})
