// Every item of the catalogue, sent as its golden sample to Tieling, is kept value for value; and its answers are as they should be.

import t from 'tap'
import { PLAIN_LISTS, readForm, writeMembers } from '../../src/sandbox/protocols/tieling-form.ts'
import { readTielingSubmission } from '../../src/sandbox/protocols/tieling-body.ts'
import { type CitySubmission, digestOf } from '../../src/sandbox/submission.ts'
import { answerFault } from './answer-schemas.ts'
import { isSentOn, ITEMS, sampleFor } from './catalogue-samples.ts'
import { newCaseNo } from './submissions.ts'
import { call, fetchToken, KINDS, message, openTieling, secretOf, toOurs, toTheirs } from './tieling-calls.ts'

const folder = t.testdir()
const city = await openTieling(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const token = String((await fetchToken(address, secretOf(folder))).body['access_token'])

t.test('each leg of each application is taken as it was sent', async (t) => {
  const sent = ITEMS.filter((item) => item.interaction === 'application' && isSentOn(item)).flatMap((item) =>
    item.legs.map(({ key }) => ({ item, leg: key })),
  )
  t.ok(sent.length > 90)
  for (const { item, leg } of sent) {
    const reference = `${newCaseNo()}.${leg}`
    const body = message({ reference, item: item.code, leg }, sampleFor(item, 'tieling'))
    const answer = await call(address, token, '/api/v1/applications', body)
    t.match(answer, { status: 202, body: { reference, state: 'queued' } }, `${item.code}/${leg}`)
    const read = readTielingSubmission(JSON.parse(JSON.stringify(body)) as Record<string, unknown>, Date.now())
    const filed: CitySubmission = {
      reference,
      relatedCaseNo: null,
      item: item.code,
      leg,
      takenAt: Date.parse('2026-11-22T09:00:00+08:00'),
      body: sampleFor(item, 'tieling') as unknown as CitySubmission['body'],
    }
    if (read.kind === 'misfit') t.fail(`${item.code}: ${read.field}`)
    else t.equal(digestOf(read.submission), digestOf(filed), item.code)
  }
  t.equal(city.state().taken, sent.length)
})

t.test('each query is answered, by the form of its answer', async (t) => {
  const queries = ITEMS.filter(({ interaction }) => interaction === 'query')
  t.equal(queries.length, 13)
  for (const item of queries) {
    const body = message({ reference: 'q-1', item: item.code, leg: 'answer' }, sampleFor(item, 'tieling'))
    const answer = await call(address, token, '/api/v1/queries', body)
    t.match(answer, { status: 200, body: { found: true } }, item.code)
    t.equal(answerFault(item.code, toOurs(answer.body['result'] as object)), null, item.code)
  }
})

t.test('the lists of plain texts are those of the schemas', (t) => {
  const plain = [...KINDS].filter(([, kind]) => kind === 'list of string').map(([name]) => name)
  t.strictSame([...PLAIN_LISTS].sort(), plain.sort())
  t.end()
})

t.test('no two names are written the same, and what stands in the way of a separator comes back', (t) => {
  const names = [...KINDS.keys()]
  t.ok(names.length > 1000)
  t.equal(new Set(Object.keys(toTheirs(Object.fromEntries(names.map((name) => [name, 'x']))))).size, names.length)
  const owners = ['沈阳甲公司', '乙;丙', '\\', ';\\;', 'a\\;']
  t.equal(writeMembers({ owners })['owners'], '沈阳甲公司;乙\\;丙;\\\\;\\;\\\\\\;;a\\\\\\;')
  for (const entries of [owners, [], ['one']]) {
    const form = { owners: entries }
    t.strictSame(readForm(writeMembers(form), '/form'), { kind: 'read', form })
    t.strictSame(readForm(toTheirs(form), '/form'), { kind: 'read', form })
  }
  t.end()
})
