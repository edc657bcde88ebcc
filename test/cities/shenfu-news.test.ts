// What Shenfu calls us with: whatever comes is news, or named as unsigned or malformed; only what is signed is looked into.

import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import { shenfuNews } from '../../src/cities/protocols/shenfu-news.ts'
import { Fault } from '../../src/domain/fault.ts'
import type { CityCall } from '../../src/domain/news.ts'

const KEY = Buffer.from('@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_')
const NOW = Date.UTC(2026, 10, 22, 11)
const stamp = { now: NOW, secret: Buffer.from(`whsec_${KEY.toString('base64')}`) }
const news = shenfuNews({ statuses: { correction: 'correction-required', completed: 'completed' } })

const EVENT = {
  specversion: '1.0',
  id: 'sf_1',
  source: '/shenfu/applications',
  type: 'cn.shenfu.case.status.v1',
  subject: '20261122-7Q2M9X4KTB0C.decide',
  time: '2026-11-22T11:00:00.000Z',
  datacontenttype: 'application/json',
  data: {
    caseNo: '211500-2026-000001',
    sequence: 3,
    status: 'correction',
    remark: '请补正',
    points: [{ code: 'photo', message: '不清晰' }, { message: '缺少盖章页' }],
  },
}

function signed(body: Buffer, id = 'sf_1', seconds: number | string = NOW / 1000): CityCall {
  const signature = createHmac('sha256', KEY)
    .update(Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]))
    .digest('base64')
  return {
    headers: {
      'content-type': 'application/cloudevents+json',
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': `v1,${signature}`,
    },
    body,
  }
}

/** The code of the fault, or the id that was read. */
function madeOf(call: CityCall, secret = stamp.secret): string {
  try {
    return news.read(call, { ...stamp, secret }).id
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}

const changed = (changes: object): CityCall => signed(Buffer.from(JSON.stringify({ ...EVENT, ...changes })))

t.test('one member at a time, an event that is not as the document has it is malformed', (t) => {
  t.equal(madeOf(changed({})), 'sf_1')
  const { data } = EVENT
  const wrong: readonly (readonly [string, object])[] = [
    ['specversion', { specversion: '0.3' }],
    ['source', { source: '/elsewhere' }],
    ['datacontenttype', { datacontenttype: 'text/plain' }],
    ['subject', { subject: 'none-of-ours' }],
    ['time without a zone', { time: '2026-11-22T11:00:00.000' }],
    ['no such day', { time: '2026-02-30T25:00:00.000Z' }],
    ['data', { data: [] }],
    ['case number', { data: { ...data, caseNo: undefined } }],
    ['sequence', { data: { ...data, sequence: '3' } }],
    ['sequence below 0', { data: { ...data, sequence: -1 } }],
    ['status', { data: { ...data, status: '' } }],
    ['remark', { data: { ...data, remark: 1 } }],
    ['points', { data: { ...data, points: {} } }],
    ['a point without a message', { data: { ...data, points: [{ code: 'photo' }] } }],
    ['too many points', { data: { ...data, points: Array.from({ length: 51 }, () => ({ message: 'a' })) } }],
    ['a result without a number', { data: { ...data, results: [{ code: 'a', name: 'b' }] } }],
  ]
  for (const [what, changes] of wrong) t.equal(madeOf(changed(changes)), 'CITY_EVENT_MALFORMED', what)
  t.end()
})

t.test('whatever is sent without the key is unsigned, and nothing of it is read', (t) => {
  const body = Buffer.from(JSON.stringify(EVENT))
  const good = signed(body)
  const header = fc.option(fc.string({ maxLength: 80 }), { nil: undefined })
  const headers = fc.record({
    'content-type': header,
    'webhook-id': fc.oneof(header, fc.constant('sf_1')),
    'webhook-timestamp': fc.oneof(header, fc.constant(String(NOW / 1000))),
    'webhook-signature': fc.oneof(
      header,
      fc.base64String({ minLength: 44, maxLength: 44 }).map((text) => `v1,${text}`),
    ),
  })
  const bodies = fc.oneof(
    fc.constant(body),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  )
  const holds = (given: CityCall['headers'], bytes: Buffer): boolean =>
    madeOf({ headers: given, body: bytes }) === 'CITY_EVENT_UNSIGNED'
  t.doesNotThrow(() => fc.assert(fc.property(headers, bodies, holds), { numRuns: 5000 }))
  for (const secret of ['', 'whsec_', 'whsec_AAAA', KEY.toString('base64'), `whsec_${'A'.repeat(43)}!`]) {
    t.equal(madeOf(good, Buffer.from(secret)), 'CITY_EVENT_UNSIGNED', secret)
  }
  for (const seconds of ['', '0x6a00', '-1', '1e9', `0${NOW / 1000}`, ` ${NOW / 1000}`]) {
    t.equal(madeOf(signed(body, 'sf_1', seconds)), 'CITY_EVENT_UNSIGNED', `timestamp ${seconds}`)
  }
  t.end()
})

t.test('whatever is signed is news or malformed', (t) => {
  const whole = Buffer.from(JSON.stringify(EVENT))
  const spoiled = fc
    .tuple(fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }), fc.nat())
    .map(([places, cut]) => {
      const bytes = Buffer.from(whole)
      for (const [place, byte] of places) bytes[place % bytes.length] = byte
      return cut % 5 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes
    })
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc.json().map((text) => Buffer.from(text)),
    fc.jsonValue().map((data) => Buffer.from(JSON.stringify({ ...EVENT, data }))),
    spoiled,
  )
  const holds = (body: Buffer): boolean =>
    ['sf_1', 'CITY_EVENT_MALFORMED', 'CITY_EVENT_UNSIGNED'].includes(madeOf(signed(body)))
  t.doesNotThrow(() => fc.assert(fc.property(anything, holds), { numRuns: 5000 }))
  t.end()
})
