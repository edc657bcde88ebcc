// Liaoyang's protocol: what is sent openssl opens and verifies; what comes is believed only where the city has signed it for us.

import { createHash, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import t from 'tap'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { message, REFERENCE, TAKEN_AT } from './support/city.ts'
import {
  answerTo,
  city,
  CITY_KEY,
  liaoyang,
  ours,
  seal,
  SM4_KEY,
  stamp,
  unseal,
  type Envelope,
} from './support/liaoyang.ts'
import { seal as sealQuickly } from '../sandbox/liaoyang-calls.ts'
import { full, readingOf } from './support/protocols.ts'
import { encrypt } from './support/sm-openssl.ts'

t.teardown(() => [ours, city].forEach((key) => key[Symbol.dispose]()))

const applied = liaoyang.deliver(message, stamp)
const TAKEN = { bizNo: REFERENCE, acceptNo: '211000-2026-000123', status: 'A1' }
const DONE = { code: 0, message: '成功', data: TAKEN }
const REASONS = [{ code: 'R02', text: '不属于本市管辖' }]
const refusal = { kind: 'refused', reasons: [{ code: 'R02', message: '不属于本市管辖' }] }
const taken = { kind: 'taken', backendCaseNo: '211000-2026-000123', cityStatus: 'A1', state: 'pre-accepted' }

const nonce = applied.nonce ?? ''
/** What we make of an envelope as the answer to the application. */
const reading = (envelope: unknown, how: Parameters<typeof answerTo>[2] = {}) =>
  readingOf(() => liaoyang.readDeliver(message, answerTo(applied, envelope, how)))
const said = (code: number, data?: unknown): Envelope => seal('apply', { code, message: '', data }, { nonce })

t.test('each call is an envelope that openssl verifies with our key and decrypts', async (t) => {
  const calls = [
    ['health', liaoyang.health(stamp), {}],
    ['enquire', liaoyang.enquire(message, stamp), { bizNo: REFERENCE }],
    [
      'apply',
      applied,
      {
        bizNo: REFERENCE,
        itemCode: 'hf-retirement-withdrawal',
        stepCode: 'decide',
        takenTime: TAKEN_AT,
        handleMode: 'Q',
        applicant: { kind: 'P', name: '张伟', idType: '01', idNo: '210102199003070011', phone: '13800000000' },
        form: { fundCenterCode: '2115' },
        materials: [{ code: 'id-card', source: 'S' }],
      },
    ],
    [
      'query',
      liaoyang.query({ ...full, body: { ...full.body, purpose: '' } }, stamp),
      {
        bizNo: REFERENCE,
        linkedBizNo: '210400-2026-000001',
        itemCode: 'hf-retirement-withdrawal',
        stepCode: 'decide',
        takenTime: TAKEN_AT,
        handleMode: 'D',
        collectArea: '210400',
        applicant: {
          kind: 'E',
          name: '沈阳<清&泉>商贸有限公司',
          creditCode: '91210102MA0XY2K725',
          address: '沈阳市和平区南京北街1号',
          legalPerson: { name: '张伟', idType: '01', idNo: '210102199003070011' },
          contact: { name: '李丽', phone: '13800000001' },
        },
        agent: {
          name: '王芳',
          idType: '01',
          idNo: '210303198511290021',
          phone: '13800000002',
          basis: 'power-of-attorney',
          basisNo: '委2026-1',
          basisUntil: 1798646400000,
        },
        identityCheck: { how: 'id-card-reader', time: 1795341540000 },
        form: { fundCenterCode: '2101', amountYuan: 1250050 },
        materials: [{ code: 'id-card', source: 'U', fileNo: 'm-1' }],
      },
    ],
  ] as const
  for (const [service, { method, path, headers, body, nonce: own }, plain] of calls) {
    t.equal(`${method} ${path}`, `POST /kytb/api/${service}`)
    t.equal(headers['content-type'], 'application/json')
    t.strictSame(unseal(service, body), plain, service)
    t.match(JSON.parse(String(body)), { appId: 'kytb-gateway', version: '1.0', timestamp: TAKEN_AT, nonce: own })
    t.strictSame(Object.keys(JSON.parse(String(body)) as object).length, 8)
  }
  const again = JSON.parse(String(liaoyang.deliver(message, stamp).body)) as Envelope
  const before = JSON.parse(String(applied.body)) as Envelope
  t.not(again.nonce, before.nonce)
  t.not(again.encData.slice(0, 20), before.encData.slice(0, 20), 'a vector of its own')
})

t.test('an answer counts only where the city has signed it, now, for this very request', async (t) => {
  const good = said(0, TAKEN)
  t.strictSame(reading(good), taken)
  t.strictSame(reading(good, { type: 'Application/JSON;charset=UTF-8' }), taken)

  const flipped = (text: string, at: number): string =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
  const unsigned: readonly (readonly [string, unknown])[] = [
    ['another signature', { ...good, signData: said(0, TAKEN).signData }],
    ['r and s exchanged', { ...good, signData: swapped(good.signData) }],
    ['a changed body', { ...good, encData: flipped(good.encData, 30) }],
    ['the answer to another service', seal('enquire', DONE, { nonce })],
    ['the answer to another request', seal('apply', DONE)],
    ['another time under the same signature', { ...good, timestamp: good.timestamp + 1 }],
    ['301 s ago', seal('apply', DONE, { nonce, timestamp: TAKEN_AT - 300_001 })],
    ['301 s ahead', seal('apply', DONE, { nonce, timestamp: TAKEN_AT + 300_001 })],
    ['our own envelope sent back', String(applied.body)],
  ]
  for (const [name, envelope] of unsigned) t.equal(reading(envelope), 'CITY_ANSWER_UNSIGNED', name)
  t.strictSame(reading(seal('apply', DONE, { nonce, timestamp: TAKEN_AT - 300_000 })), taken, 'as old as may be')
  t.equal(reading(good, { at: TAKEN_AT + 300_001 }), 'CITY_ANSWER_UNSIGNED', 'as we look at it')
  const unknown: WireAnswer = { ...answerTo(applied, good), receipt: { at: TAKEN_AT, nonce: undefined } }
  t.equal(
    readingOf(() => liaoyang.readDeliver(message, unknown)),
    'CITY_ANSWER_UNSIGNED',
  )

  const wrongKey = encrypt(`f${SM4_KEY.slice(1)}`, Buffer.alloc(16), Buffer.from('{"code":0}')).toString('base64')
  const garbled: readonly (readonly [string, unknown])[] = [
    ['encrypted with another key', seal('apply', DONE, { nonce, encData: wrongKey })],
    ['a vector and nothing else', seal('apply', DONE, { nonce, encData: Buffer.alloc(16).toString('base64') })],
    ['half a block', seal('apply', DONE, { nonce, encData: Buffer.alloc(24).toString('base64') })],
    ['less than a vector', seal('apply', DONE, { nonce, encData: 'AAAA' })],
    ['for another application', seal('apply', DONE, { nonce, appId: 'another' })],
    ['of another version', seal('apply', DONE, { nonce, version: '2.0' })],
    ['another cipher', seal('apply', DONE, { nonce, encType: 'AES' })],
    ['a member more', { ...good, extra: 1 }],
    ['a member less', { ...good, signType: undefined }],
    ['a number as text', { ...good, timestamp: String(good.timestamp) }],
    ['a signature that is DER', { ...good, signData: Buffer.alloc(70, 0x30).toString('base64') }],
    ['Base64 without padding', { ...good, signData: good.signData.replace('==', '') }],
    ['a nonce in capitals', { ...good, nonce: good.nonce.toUpperCase().replace(/[0-9]/, 'A') }],
    ['a member twice', JSON.stringify(good).replace('{', '{"version":"1.0",')],
    ['bare words', { code: 40100, message: '应用未登记' }],
    ['no JSON within', seal('apply', '成功', { nonce })],
    ['a member twice within', seal('apply', '{"code":0,"code":0}', { nonce })],
    ['a list within', seal('apply', [], { nonce })],
  ]
  for (const [name, envelope] of garbled) t.equal(reading(envelope), 'CITY_GARBLED', name)
  t.equal(reading(good, { status: 201 }), 'CITY_GARBLED')
  t.equal(reading(good, { status: 502 }), 'CITY_ERROR')
  t.equal(reading('<html>', { type: 'text/html' }), 'CITY_GARBLED')
})

function swapped(signData: string): string {
  const bytes = Buffer.from(signData, 'base64')
  return Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString('base64')
}

t.test('each code says what it proves', async (t) => {
  const rows: readonly (readonly [number, unknown])[] = [
    [40001, 'no CITY_MESSAGE_REFUSED'],
    [40002, 'no CITY_MESSAGE_REFUSED'],
    [40101, 'no CITY_SIGNATURE_REFUSED'],
    [40102, 'no CITY_SIGNATURE_REFUSED'],
    [40103, 'maybe CITY_MESSAGE_REFUSED'],
    [40104, 'no CITY_MESSAGE_REFUSED'],
    [40901, 'maybe CITY_MESSAGE_REFUSED'],
    [50301, 'no CITY_IN_MAINTENANCE'],
    [50001, 'CITY_ERROR'],
    [40401, 'CITY_GARBLED'],
    [77777, 'CITY_GARBLED'],
  ]
  for (const [code, end] of rows) t.equal(reading(said(code)), end, String(code))
  t.strictSame(reading(said(42201, { reasons: REASONS })), refusal)
  t.equal(reading(said(42201)), 'CITY_GARBLED', 'a refusal without a reason')
  t.equal(reading(said(0, { ...TAKEN, bizNo: 'another' })), 'CITY_GARBLED')
  t.equal(reading(said(0)), 'CITY_GARBLED')
  t.strictSame(reading(said(0, { ...TAKEN, status: 'Z9' })), { ...taken, cityStatus: 'Z9' }, 'a status of its own')
})

t.test('an enquiry, a query and a health call say what they say', async (t) => {
  const enquired = liaoyang.enquire(message, stamp)
  const enquiry = (code: number, data?: unknown) => {
    const envelope = seal('enquire', { code, message: '', data }, { nonce: enquired.nonce ?? '' })
    return readingOf(() => liaoyang.readEnquiry(message, answerTo(enquired, envelope)))
  }
  t.strictSame(enquiry(0, TAKEN), taken)
  t.strictSame(enquiry(0, { bizNo: REFERENCE, status: 'A9', reasons: REASONS }), refusal)
  t.strictSame(enquiry(40401), { kind: 'not-known' })
  t.equal(enquiry(42201, { reasons: REASONS }), 'CITY_GARBLED')

  const queried = liaoyang.query(message, stamp)
  const query = (code: number, data?: unknown) => {
    const envelope = seal('query', { code, message: '', data }, { nonce: queried.nonce ?? '' })
    return readingOf(() => liaoyang.readQuery(message, answerTo(queried, envelope)))
  }
  t.strictSame(query(0, { found: 'N' }), { kind: 'nothing-found' })
  t.strictSame(query(0, { found: 'Y', result: { fundCenterCode: '2110', amountYuan: 1250050 } }), {
    kind: 'found',
    result: { fundCentre: '2110', amountYuan: '12500.50' },
  })
  t.strictSame(query(42201, { reasons: REASONS }), refusal)
  t.equal(query(0, { found: 'true' }), 'CITY_GARBLED')

  const asked = liaoyang.health(stamp)
  const health = (data: unknown) => {
    const envelope = seal('health', { code: 0, message: '', data }, { nonce: asked.nonce ?? '' })
    return readingOf(() => liaoyang.readHealth(answerTo(asked, envelope)))
  }
  t.equal(health({ status: 'UP', time: TAKEN_AT }), true)
  t.equal(health({ status: 'DOWN' }), 'CITY_GARBLED')
})

const follows = {
  item: message.item,
  leg: message.leg,
  reference: REFERENCE,
  backendCaseNo: '211000-2026-000123',
  takenAt: TAKEN_AT,
}

t.test('a correction is the whole new version with its number; the city says what the case became', async (t) => {
  const { correct, readCorrection } = liaoyang
  if (correct === null) return t.fail('Liaoyang takes corrections')
  const correction = { ...follows, correctionNo: 2, body: message.body }
  const request = correct(correction, stamp)
  t.equal(request.path, '/kytb/api/supplement')
  t.strictSame(unseal('supplement', request.body), {
    ...(unseal('apply', applied.body) as object),
    acceptNo: '211000-2026-000123',
    suppNo: 2,
  })
  const ending = (code: number, data?: unknown) => {
    const envelope = seal('supplement', { code, message: '', data }, { nonce: request.nonce ?? '' })
    return readingOf(() => readCorrection(correction, answerTo(request, envelope)))
  }
  const data = { bizNo: REFERENCE, acceptNo: '211000-2026-000123', suppNo: 2, status: 'A2' }
  t.strictSame(ending(0, data), { kind: 'taken', cityStatus: 'A2', state: 'accepted' })
  t.equal(ending(0, { ...data, suppNo: 1 }), 'CITY_GARBLED')
  t.equal(ending(0, { ...data, bizNo: 'another' }), 'CITY_GARBLED')
  t.strictSame(ending(42201, { reasons: REASONS }), refusal)
  for (const code of [40401, 40902]) t.equal(ending(code), 'no CITY_MESSAGE_REFUSED', String(code))
  t.equal(ending(40903), 'maybe CITY_MESSAGE_REFUSED')
  const without = correct({ ...correction, backendCaseNo: null }, stamp)
  t.notOk(Object.hasOwn(unseal('supplement', without.body) as object, 'acceptNo'))
})

t.test('a withdrawal says when and why; the city says how the case ended, or that it is too late', async (t) => {
  const { withdraw, readWithdrawal } = liaoyang
  if (withdraw === null) return t.fail('Liaoyang takes withdrawals')
  const withdrawal = { ...follows, reason: '改日再办' }
  const request = withdraw(withdrawal, stamp)
  t.equal(request.path, '/kytb/api/withdraw')
  const plain = { bizNo: REFERENCE, acceptNo: '211000-2026-000123', time: TAKEN_AT }
  t.strictSame(unseal('withdraw', request.body), { ...plain, reason: '改日再办' })
  t.strictSame(unseal('withdraw', withdraw({ ...withdrawal, reason: null }, stamp).body), plain)
  const ending = (code: number, data?: unknown) => {
    const envelope = seal('withdraw', { code, message: '', data }, { nonce: request.nonce ?? '' })
    return readingOf(() => readWithdrawal(withdrawal, answerTo(request, envelope)))
  }
  t.strictSame(ending(0, { bizNo: REFERENCE, acceptNo: '1', status: 'E1' }), { kind: 'withdrawn', cityStatus: 'E1' })
  t.strictSame(ending(42201, { reasons: REASONS }), refusal)
  t.equal(ending(40401), 'no CITY_MESSAGE_REFUSED')
  t.equal(ending(0, { bizNo: 'another', status: 'E1' }), 'CITY_GARBLED')
})

t.test('a file is sealed in slices, byte for byte as it would be at once', async (t) => {
  const { handOver, readHandOver } = liaoyang
  if (handOver === null) return t.fail('Liaoyang takes files')
  for (const size of [1, 98_303, 98_304, 98_305, 196_607, 700_001]) {
    const bytes = randomBytes(size)
    const material = {
      code: 'id-card',
      materialId: 'm-1',
      name: 'id-card.pdf',
      mediaType: 'application/pdf',
      digest: createHash('sha256').update(bytes).digest('hex'),
      bytes,
    } as const
    const request = handOver({ ...follows, material }, stamp)
    const body = (await request.makeBody?.()) ?? null
    t.equal(request.path, '/kytb/api/material')
    t.strictSame(
      unseal('material', body),
      {
        bizNo: REFERENCE,
        itemCode: 'hf-retirement-withdrawal',
        stepCode: 'decide',
        code: 'id-card',
        fileNo: 'm-1',
        fileName: 'id-card.pdf',
        fileType: 'application/pdf',
        sha256: material.digest,
        content: bytes.toString('base64'),
      },
      `${size} bytes`,
    )
    if (size > 1) continue
    const ending = (code: number, data?: unknown) => {
      const envelope = seal('material', { code, message: '', data }, { nonce: request.nonce ?? '' })
      return readingOf(() => readHandOver({ ...follows, material }, answerTo(request, envelope)))
    }
    t.strictSame(ending(0, { bizNo: REFERENCE, fileNo: 'm-1' }), { kind: 'taken' })
    t.equal(ending(0, { bizNo: REFERENCE, fileNo: 'm-2' }), 'CITY_GARBLED')
    t.strictSame(ending(42201, { reasons: REASONS }), refusal)
    t.equal(ending(40903), 'maybe CITY_MESSAGE_REFUSED')
  }
})

t.test('whatever stands in a good envelope, reading it gives an answer or a Fault of the city', async (t) => {
  const keys = { sm4Key: SM4_KEY, ourPrivateKey: CITY_KEY, cityPublicKey: '' }
  const endings = new Set<unknown>()
  const member = fc.constantFrom('code', 'message', 'data', 'bizNo', 'acceptNo', 'status', 'reasons', 'text')
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(0, 42201, 40401, REFERENCE, 'A1', null, true),
      fc.string({ maxLength: 20 }),
      fc.double(),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(member, tie('value'), { maxKeys: 5 }),
    ),
  })).value
  const plain = fc.oneof(
    fc.dictionary(member, value, { maxKeys: 4 }).map((body) => JSON.stringify({ code: 0, ...body })),
    fc.json(),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  )
  const holds = (body: string | Buffer): boolean => {
    const envelope = sealQuickly(keys, 'apply', body, { nonce, timestamp: TAKEN_AT })
    const end = reading(envelope)
    endings.add(typeof end === 'string' ? end : (end as { kind?: string }).kind)
    return !(end instanceof Error)
  }
  t.doesNotThrow(() => fc.assert(fc.property(plain, holds), { numRuns: 500 }))
  t.ok(endings.has('CITY_GARBLED'))
})
