// Anshan takes corrections, withdrawals and files in the words of docs/wire/anshan.md, each once, and tells of them.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { type Answer, application, canonical, get, type Pairs, post, send, sign } from './anshan-calls.ts'
import { BOUNDARY, fileForm } from './multipart-form.ts'
import { keyOf } from './shenfu-calls.ts'
import { newCaseNo } from './submissions.ts'

const dataDir = t.testdir({ sandbox: {} })
const folder = join(dataDir, 'sandbox')
const city = await openCity({ place: PLACES.find((place) => place.city === 'anshan')!, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const target = { address: city.address, appKey: keyOf(folder, 'anshan') }
const told = ({ retcode, data }: Answer) => [retcode, data] as const
const step = (status: 'correction' | 'accepted' | 'approved') => ({ status, remark: null, points: [], results: [] })

async function filed() {
  const caseNo = newCaseNo()
  const { retcode, data } = await post(target, 'applications', application(caseNo))
  t.equal(retcode, 0)
  return { caseNo, reference: `${caseNo}.decide`, number: String(data?.['case_no']) }
}

const corrected = async (caseNo: string, changes: Pairs) =>
  told(await post(target, 'corrections', { ...application(caseNo), taken_at: '2026-11-23 09:00:00', ...changes }))

t.test('a correction is taken while the case stands at 21, once for each number', async (t) => {
  const { caseNo, reference: outer_no, number } = await filed()
  t.strictSame(await corrected(caseNo, { correct_no: '1' }), [2011, { outer_no, status: '10' }])
  await city.advance(outer_no, step('accepted'))
  await city.advance(outer_no, step('correction'))
  t.strictSame(await corrected(caseNo, { correct_no: '2' }), [2012, { correct_no: '1' }])
  const first = { correct_no: '1', case_no: number }
  const taken = [0, { outer_no, correct_no: '1', status: '30' }]
  t.strictSame(await corrected(caseNo, first), taken)
  t.strictSame(await corrected(caseNo, first), taken, 'the same again is answered alike')
  t.strictSame(await corrected(caseNo, { correct_no: '1', yt: '另一内容' }), [2013, undefined])
  t.strictSame(await corrected(caseNo, { correct_no: '2' }), [2011, { outer_no, status: '30' }])
  await city.advance(outer_no, step('approved'))
  t.strictSame(await corrected(caseNo, { correct_no: '2' }), [2011, { outer_no, status: '40', result_type: '1' }])
  t.match(receivedSupplements(dataDir, 'anshan', outer_no), [{ kind: 'correction', correctionNo: 1 }])
  const { data } = await get(target, 'news', { limit: '100' })
  const events = data?.['events'] as readonly Pairs[] | undefined
  t.strictSame(
    events?.filter((event) => event['outer_no'] === outer_no).map(({ status }) => status),
    ['20', '21', '30', '40'],
    'and told as news',
  )
})

t.test('of what is wrong with a correction the city names the key', async (t) => {
  const { caseNo, reference, number } = await filed()
  await city.advance(reference, step('correction'))
  for (const [changes, key] of [
    [{}, 'correct_no'],
    [{ correct_no: '0' }, 'correct_no'],
    [{ correct_no: '100' }, 'correct_no'],
    [{ correct_no: '01' }, 'correct_no'],
    [{ correct_no: '1', related_no: 'A' }, 'related_no'],
    [{ correct_no: '1', case_no: '' }, 'case_no'],
    [{ correct_no: '1', leg_key: 'origin' }, 'outer_no'],
    [{ correct_no: '1', taken_at: '2126-11-23 09:00:00' }, 'taken_at'],
    [{ correct_no: '1', 'form.mobile': '13800000000' }, 'form.mobile'],
  ] as const) {
    t.strictSame(await corrected(caseNo, changes), [1002, { key }], key)
  }
  t.strictSame(await corrected(caseNo, { correct_no: '1', 'form.x[1]': '1' }), [1001, undefined], 'a gap')
  const ofApplication = await post(target, 'applications', { ...application(newCaseNo()), correct_no: '1' })
  t.strictSame(told(ofApplication), [1002, { key: 'correct_no' }], 'an application has no such key')
  const another = number.replace(/\d{6}$/, '999999')
  t.strictSame(await corrected(caseNo, { correct_no: '1', case_no: another }), [2004, undefined])
  t.strictSame(await corrected(newCaseNo(), { correct_no: '1' }), [2004, undefined])
  const refused = await corrected(caseNo, { correct_no: '1', item_code: 'no-such-item' })
  t.match(refused, [2001, { reasons: [{ reason_code: '6101' }] }])
  t.strictSame(
    await corrected(caseNo, { correct_no: '1', item_code: 'no-such-item' }),
    refused,
    'kept under its number',
  )
  t.match(await corrected(caseNo, { correct_no: '2' }), [0, { status: '20' }], 'the next is awaited')
})

t.test('a withdrawal ends a case that is not decided', async (t) => {
  const { reference: outer_no, number } = await filed()
  const body = { outer_no, taken_at: '2026-11-23 17:59:58' }
  const withdrawn = async (pairs: Pairs) => told(await post(target, 'withdrawals', pairs))
  const taken = [0, { outer_no, status: '90', result_type: '1' }]
  t.strictSame(await withdrawn({ ...body, case_no: number, chyy: '改由单位代办' }), taken)
  t.strictSame(await withdrawn(body), taken, 'a second one is answered alike')
  t.match(receivedSupplements(dataDir, 'anshan', outer_no), [{ kind: 'withdrawal', reason: '改由单位代办' }])
  const late = await filed()
  await city.advance(late.reference, step('approved'))
  t.strictSame(await withdrawn({ ...body, outer_no: late.reference }), [
    2021,
    { outer_no: late.reference, status: '40', result_type: '1' },
  ])
  t.strictSame(await withdrawn({ ...body, outer_no: `${newCaseNo()}.decide` }), [2004, undefined])
  t.strictSame(await withdrawn({ ...body, case_no: '1' }), [2004, undefined])
  for (const [changes, key] of [
    [{ outer_no: 'A1' }, 'outer_no'],
    [{ chyy: '长'.repeat(201) }, 'chyy'],
    [{ chyy: '' }, 'chyy'],
    [{ taken_at: '2126-11-23 17:59:58' }, 'taken_at'],
    [{ taken_at: '2026-02-30 09:00:00' }, 'taken_at'],
    [{ why: 'x' }, 'why'],
  ] as const) {
    t.strictSame(await withdrawn({ ...body, ...changes }), [1002, { key }], key)
  }
})

const FILES = '/kytb/v1/files'
const PDF = Buffer.from('%PDF-1.7\n')
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`
const signedOf = (texts: Pairs, name: string, mediaType: string, sha256: string): string =>
  canonical({ ...texts, 'file.name': name, 'file.type': mediaType, 'file.sha256': sha256 })

interface Changes {
  readonly texts?: Pairs
  readonly without?: string
  readonly bytes?: Buffer
  readonly name?: string
  readonly mediaType?: string
  /** What is done to the body once it is signed. */
  readonly spoil?: (body: Buffer) => Buffer
  readonly contentType?: string
  readonly query?: string
}

async function handedOver(reference: string, changes: Changes = {}) {
  const { bytes = PDF, name = 'retirement-document.pdf', mediaType = 'application/pdf', query = '' } = changes
  const { spoil = (body: Buffer) => body, contentType = TYPE } = changes
  const all: Pairs = { outer_no: reference, material_id: 'm-1', material_code: 'retirement-document', ...changes.texts }
  const texts = Object.fromEntries(Object.entries(all).filter(([part]) => part !== changes.without))
  const answer = await send(target, 'POST', query === '' ? FILES : `${FILES}?${query}`, {
    signedQuery: query,
    body: Buffer.from(spoil(fileForm(texts, { part: 'file', name, mediaType, bytes }))),
    signed: signedOf(texts, name, mediaType, digest(bytes)),
    changes: { 'content-type': contentType },
  })
  return [answer.retcode, answer.data] as const
}

t.test('a file before its application, once, and kept whole', async (t) => {
  const outer_no = `${newCaseNo()}.decide`
  const taken = [0, { outer_no, material_id: 'm-1', sha256: digest(PDF), size: '9' }]
  t.strictSame(await handedOver(outer_no), taken)
  t.strictSame(await handedOver(outer_no), taken, 'the same file again')
  t.strictSame(await handedOver(outer_no, { bytes: Buffer.from('%PDF-1.4\n') }), [2032, undefined])
  const largest = Buffer.alloc(20 * 1024 * 1024, 7)
  PDF.copy(largest)
  t.match(await handedOver(outer_no, { texts: { material_id: 'm-2' }, bytes: largest }), [0, { size: '20971520' }])
  const [first, second] = receivedMaterials(dataDir, 'anshan', outer_no)
  t.ok(first?.bytes.equals(PDF))
  t.match(first, { materialId: 'm-1', code: 'retirement-document', mediaType: 'application/pdf' })
  t.equal(digest(second?.bytes ?? PDF), digest(largest))
  const more = (bytes: number) => ({
    texts: { material_id: 'm-3' },
    bytes: Buffer.concat([largest, Buffer.alloc(bytes)]),
  })
  t.match(await handedOver(outer_no, more(1)), [2031, { reasons: [{ reason_code: '6106' }] }])
  t.strictSame(await handedOver(outer_no, more(9000)), [41300, undefined])
  t.equal(receivedMaterials(dataDir, 'anshan', outer_no).length, 2)
})

t.test('of what is wrong with a file the city says what', async (t) => {
  const reference = `${newCaseNo()}.decide`
  for (const [changes, key] of [
    [{ texts: { outer_no: 'q-1' } }, 'outer_no'],
    [{ texts: { material_id: 'a b' } }, 'material_id'],
    [{ without: 'material_code' }, 'material_code'],
    [{ texts: { note: 'x' } }, 'note'],
    [{ name: '../passwd' }, 'file'],
    [{ query: 'a=1' }, 'a'],
  ] as const) {
    t.strictSame(await handedOver(reference, changes), [1002, { key }], key)
  }
  const notThat = [2031, { reasons: [{ reason_code: '6107' }] }]
  t.match(await handedOver(reference, { mediaType: 'image/png' }), notThat)
  t.match(await handedOver(reference, { mediaType: 'text/plain' }), notThat)
  t.match(await handedOver(reference, { bytes: Buffer.alloc(0) }), [2031, { reasons: [{ reason_code: '6106' }] }])
  for (const contentType of ['application/pdf', `${TYPE}; a=b`, `multipart/form-data; boundary="${BOUNDARY}"`]) {
    t.equal((await handedOver(reference, { contentType }))[0], 41500, contentType)
  }
  t.strictSame(receivedMaterials(dataDir, 'anshan', reference), [])
})

t.test('not a byte of what is sent can be changed: it is signed, or prescribed', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const replaced = (from: string, to: string) => ({
    spoil: (body: Buffer) => Buffer.from(body.toString('latin1').replace(from, to), 'latin1'),
  })
  for (const [from, to] of [
    ['m-1', 'm-9'],
    ['\r\nretirement-document\r\n', '\r\nid-document\r\n'],
    [reference, `${newCaseNo()}.decide`],
    ['%PDF-1.7', '%PDF-1.4'],
    ['filename="retirement', 'filename="other'],
    ['application/pdf', 'image/jpeg'],
    ['name="material_id"', 'name="material_code2"'],
  ] as const) {
    t.strictSame(await handedOver(reference, replaced(from, to)), [40101, undefined], to)
  }
  for (const [from, to] of [
    ['', 'x\r\n'],
    ['', '\r\n'],
    ['filename=', 'x=1; filename='],
    ['Content-Type: application/pdf', 'content-type: application/pdf'],
    ['Content-Type: application/pdf', 'Content-Type: application/pdf; a=b'],
    ['Content-Type: application/pdf', 'Content-Type: application/pdf\r\nX-More: 1'],
    ['name="material_id"\r\n', 'name="material_id"\r\nContent-Type: text/plain\r\n'],
    [`${BOUNDARY}--\r\n`, `${BOUNDARY}--`],
    [`${BOUNDARY}--\r\n`, `${BOUNDARY}--\r\nx`],
    [`${BOUNDARY}--\r\n`, ''],
    ['name="file"', 'name="other"'],
    ['name="material_code"', 'name="material_id"'],
    ['m-1', 'm-\xff'],
  ] as const) {
    t.strictSame(await handedOver(reference, replaced(from, to)), [1001, undefined], JSON.stringify(to))
  }
  t.strictSame(receivedMaterials(dataDir, 'anshan', reference), [])
  const other = 'another-boundary-0123456789'
  const again = { spoil: (body: Buffer) => Buffer.from(body.toString('latin1').replaceAll(BOUNDARY, other), 'latin1') }
  const contentType = `multipart/form-data; boundary=${other}`
  t.match(await handedOver(reference, { ...again, contentType }), [0, {}], 'the boundary alone says nothing')
})

t.test('the worked examples of the document are signed as it says', async (t) => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/wire/anshan.md'), 'utf8')
  const key = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
  const withdrawal = /printf %s '(case_no=[^']*chyy=[^']*)'/.exec(document)?.[1] ?? ''
  t.equal(withdrawal.length, 159)
  t.match(document, digest(Buffer.from(withdrawal)))
  const monday = 'Mon, 23 Nov 2026 10:00:00 GMT'
  t.match(document, sign(key, 'POST', '/kytb/v1/withdrawals', '', monday, withdrawal))
  const texts = {
    outer_no: '20261122-7Q2M9X4KTB0C.decide',
    material_id: 'm-7Q2M9X4KTB0C-1',
    material_code: 'retirement-document',
  }
  const file = { part: 'file', name: 'retirement-document.pdf', mediaType: 'application/pdf', bytes: PDF }
  t.match(document, fileForm(texts, file).toString().replaceAll('\r\n', '\n').trimEnd())
  const signed = signedOf(texts, file.name, file.mediaType, digest(PDF))
  t.match(document, signed)
  t.match(document, sign(key, 'POST', FILES, '', 'Sun, 22 Nov 2026 10:00:00 GMT', signed))
})
