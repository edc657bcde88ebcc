// What Fushun gets of each form, read field by field with the wire document’s own table.

import { readFileSync } from 'node:fs'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { fushunProtocol } from '../../src/cities/protocols/fushun.ts'
import type { Item } from '../../src/domain/item.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { projectConfig as config } from '../project-config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import { systemClock } from '../../src/system.ts'
import { KEY, message, REFERENCE, TAKEN_AT } from './support/city.ts'
import { collectTags, compact, comparison, fen, inside, readXml, type Read } from './support/read-form.ts'

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
const table = new Map<string, { readonly tag: string; readonly kind: string }>()
for (const row of readFileSync(new URL('../../docs/wire/fushun.md', import.meta.url), 'utf8').split('\n')) {
  const [, name, tag, letter] = /^\| `(\w+)` +\| `([A-Z0-9_]+)` +\| ([A-Z]) +\|/.exec(row) ?? []
  if (name !== undefined && tag !== undefined && letter !== undefined) table.set(name, { tag, kind: letter })
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

const differences = comparison({ table, object: 'O', list: 'L', row: 'ROW', written })

function written(value: unknown, letter: string | undefined): string {
  const text = String(value)
  if (letter === 'D' || letter === 'M') return text.split('-').join('')
  if (letter === 'T') return compact(text)
  if (letter === 'B') return value === true ? '1' : '0'
  return letter === 'A' ? fen(text) : text
}

t.test('the dictionary is the one of the wire document, tag by tag and kind by kind', (t) => {
  t.ok(table.size > 1000)
  const configured = Object.entries(dictionaries.get('fushun') ?? {}).map(([name, [tag]]) => {
    return [name, { tag, kind: LETTERS[kinds.get(name) ?? 'text'] }] as const
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
    t.same(differences(body.form, inside(record, 'BD')), [], item.code)
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
      t.same(differences(form, content), [], `${item.code} ${seed}`)
      collectTags(content, used)
    }
  }
  t.ok(used.size > 0.7 * table.size, `${used.size} of ${table.size} tags`)
  t.end()
})

t.test('the comparison notices a value that is lost, changed, added or under another’s tag', (t) => {
  const form = { fundCentre: '2104', amountYuan: '12500.5', contents: ['account', 'loan'] }
  const right = '<ZXBM>2104</ZXBM><JE>1250050</JE><CXNR><ROW>account</ROW><ROW>loan</ROW></CXNR>'
  const compare = (xml: string): readonly string[] => differences(form, inside(readXml(`<BD>${xml}</BD>`), 'BD'))
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
