// Every item of the catalogue, sent as its golden sample to Fuxin, is kept value for value; and its answers are as they should be.

import t from 'tap'
import { readFuxinSubmission } from '../../src/sandbox/protocols/fuxin-body.ts'
import { readForm } from '../../src/sandbox/protocols/fuxin-form.ts'
import { readXml } from '../../src/sandbox/protocols/fuxin-xml.ts'
import { type CitySubmission, digestOf } from '../../src/sandbox/submission.ts'
import { answerFault } from './answer-schemas.ts'
import { isSentOn, ITEMS, sampleFor } from './catalogue-samples.ts'
import { call, elements, keyOf, membersOf, openFuxin, submission } from './fuxin-calls.ts'
import { newCaseNo } from './submissions.ts'

const folder = t.testdir()
const city = await openFuxin(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const key = keyOf(folder)
const xml = (content: string) => readXml(`<?xml version="1.0" encoding="UTF-8"?>${content}`)!

/** Amounts with two decimals: Fuxin cannot tell how they were written. */
const withCents = (value: unknown, name = ''): unknown => {
  if (Array.isArray(value)) return value.map((entry) => withCents(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([member, inside]) => [member, withCents(inside, member)]))
  }
  return name.endsWith('Yuan') ? Number(value).toFixed(2) : value
}

t.test('each leg of each application is taken as it was sent', async (t) => {
  const sent = ITEMS.filter((item) => item.interaction === 'application' && isSentOn(item)).flatMap((item) =>
    item.legs.map(({ key }) => ({ item, leg: key })),
  )
  t.ok(sent.length > 90)
  for (const { item, leg } of sent) {
    const reference = `${newCaseNo()}.${leg}`
    const content = submission({ reference, item: item.code, leg }, sampleFor(item, 'fuxin'))
    const { code, text } = await call(address, key, '1002', content)
    t.equal(code, '00000', `${item.code}/${leg} ${text}`)
    const read = readFuxinSubmission(xml(`<shuju>${content}</shuju>`), Date.now())
    const filed: CitySubmission = {
      reference,
      relatedCaseNo: null,
      item: item.code,
      leg,
      takenAt: Date.parse('2026-11-22T09:00:00+08:00'),
      body: withCents(sampleFor(item, 'fuxin')) as CitySubmission['body'],
    }
    if (read.kind === 'misfit') t.fail(`${item.code}: ${read.path}`)
    else t.equal(digestOf(read.submission), digestOf(filed), item.code)
  }
  t.equal(city.state().taken, sent.length)
})

t.test('each query is answered, by the form of its answer', async (t) => {
  const queries = ITEMS.filter(({ interaction }) => interaction === 'query')
  t.equal(queries.length, 13)
  for (const item of queries) {
    const content = submission({ reference: 'q-1', item: item.code, leg: 'answer' }, sampleFor(item, 'fuxin'))
    const { code, data, text } = await call(address, key, '1001', content)
    t.equal(code, '00000', `${item.code} ${text}`)
    const result = membersOf(data!['jieguo'] as Readonly<Record<string, unknown>>)
    t.equal(answerFault(item.code, result), null, item.code)
  }
})

t.test('amounts are whole fen, and none is lost', (t) => {
  for (const [amountYuan, fen] of [
    ['35000', '3500000'],
    ['1200.5', '120050'],
    ['0.07', '7'],
    ['0', '0'],
    ['4.35', '435'],
    ['9999999999.99', '999999999999'],
  ] as const) {
    t.equal(elements({ amountYuan }), `<jine>${fen}</jine>`)
    const read = readForm(xml(`<biaodan><jine>${fen}</jine></biaodan>`))
    t.strictSame(read, { kind: 'read', form: { amountYuan: Number(amountYuan).toFixed(2) } })
  }
  t.end()
})
