// Shenyang takes corrections, withdrawals and files in the words of docs/wire/shenyang.md, each once, and tells of them.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { BOUNDARY, fileForm } from './multipart-form.ts'
import { keyOf } from './shenfu-calls.ts'
import { type Answer, application, call, fetchSecret, send, sign } from './shenyang-calls.ts'
import { newCaseNo } from './submissions.ts'

const dataDir = t.testdir({ sandbox: {} })
const folder = join(dataDir, 'sandbox')
const place = PLACES.find(({ city }) => city === 'shenyang')!
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const secret = await fetchSecret(city.address, keyOf(folder, 'shenyang'))
const ask = (service: 'apply' | 'correct' | 'withdraw', body: object) => call(city.address, service, secret, body)
const told = ({ code, data }: Answer) => [code, data] as const
const step = (status: 'correction' | 'accepted' | 'approved') => ({ status, remark: null, points: [], results: [] })

async function filed() {
  const caseNo = newCaseNo()
  const { code, data } = await ask('apply', application(caseNo))
  t.equal(code, '0000')
  return { caseNo, reference: `${caseNo}.decide`, number: String(data?.['accept_no']) }
}

const correction = (caseNo: string, no: unknown, changes: object = {}) =>
  application(caseNo, { correct_no: no, apply_date: '2026-11-23 09:00:00', ...changes })

t.test('a correction is taken while the case stands at 3, once for each number', async (t) => {
  const { caseNo, reference, number } = await filed()
  t.strictSame(told(await ask('correct', correction(caseNo, 1))), ['2003', { status: '1' }])
  await city.advance(reference, step('accepted'))
  await city.advance(reference, step('correction'))
  t.strictSame(told(await ask('correct', correction(caseNo, 2))), ['2004', { correct_no: 1 }])
  const first = correction(caseNo, 1, { accept_no: number })
  const taken = ['0000', { project_no: reference, correct_no: 1, status: '4' }]
  t.strictSame(told(await ask('correct', first)), taken)
  t.strictSame(told(await ask('correct', first)), taken, 'the same again is answered alike')
  t.strictSame(told(await ask('correct', correction(caseNo, 1, { apply_purpose: '另一内容' }))), ['2005', null])
  t.strictSame(told(await ask('correct', correction(caseNo, 2))), ['2003', { status: '4' }])
  t.match(receivedSupplements(dataDir, 'shenyang', reference), [{ kind: 'correction', correctionNo: 1 }])
})

t.test('of what is wrong with a correction the city names the member', async (t) => {
  const { caseNo, reference, number } = await filed()
  await city.advance(reference, step('correction'))
  for (const [changes, field] of [
    [{ correct_no: 0 }, 'correct_no'],
    [{ correct_no: 100 }, 'correct_no'],
    [{ correct_no: '1' }, 'correct_no'],
    [{ related_project_no: 'A' }, 'related_project_no'],
    [{ accept_no: '1' }, 'accept_no'],
    [{ task_handle_item: 'origin' }, 'project_no'],
    [{ apply_date: '2126-11-23 09:00:00' }, 'apply_date'],
  ] as const) {
    t.strictSame(told(await ask('correct', correction(caseNo, 1, changes))), ['1002', { field }], field)
  }
  const another = number.replace(/\d{6}$/, '999999')
  t.strictSame(told(await ask('correct', correction(caseNo, 1, { accept_no: another }))), ['2002', null])
  t.strictSame(told(await ask('correct', correction(newCaseNo(), 1))), ['2002', null])
  const refused = await ask('correct', correction(caseNo, 1, { task_code: 'no-such-item' }))
  t.match(refused, { code: '3001', data: { reasons: [{ reason_code: 'B01' }] } })
  t.match(await ask('correct', correction(caseNo, 2)), { code: '0000', data: { status: '2' } }, 'the next is awaited')
})

t.test('a withdrawal ends a case that is not decided', async (t) => {
  const { reference, number } = await filed()
  const body = { project_no: reference, withdraw_date: '2026-11-23 17:59:58' }
  const taken = ['0000', { project_no: reference, status: '11' }]
  t.strictSame(told(await ask('withdraw', { ...body, accept_no: number, withdraw_reason: '改由单位代办' })), taken)
  t.strictSame(told(await ask('withdraw', body)), taken, 'a second one is answered alike')
  t.match(receivedSupplements(dataDir, 'shenyang', reference), [{ kind: 'withdrawal', reason: '改由单位代办' }])
  const late = await filed()
  await city.advance(late.reference, step('approved'))
  t.strictSame(told(await ask('withdraw', { ...body, project_no: late.reference })), ['2006', { status: '6' }])
  t.strictSame(told(await ask('withdraw', { ...body, project_no: `${newCaseNo()}.decide` })), ['2002', null])
  for (const [changes, field] of [
    [{ project_no: 'A1' }, 'project_no'],
    [{ withdraw_reason: '长'.repeat(201) }, 'withdraw_reason'],
    [{ withdraw_date: '2126-11-23 17:59:58' }, 'withdraw_date'],
    [{ why: 'x' }, 'why'],
  ] as const) {
    t.strictSame(told(await ask('withdraw', { ...body, ...changes })), ['1002', { field }], field)
  }
})

const PDF = Buffer.from('%PDF-1.7\n')
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const type = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

function handOver(
  reference: string,
  changes: Readonly<Record<string, string | null>> = {},
  { bytes = PDF, name = 'retirement-document.pdf', mediaType = 'application/pdf' } = {},
) {
  const texts = {
    project_no: reference,
    attach_id: 'm-1',
    material_code: 'retirement-document',
    attach_digest: digest(bytes),
    ...changes,
  }
  const body = fileForm(texts, { part: 'attach', name, mediaType, bytes })
  return send(city.address, 'attach', secret, body, type)
}

t.test('a file before its application, once, and kept whole', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const taken = ['0000', { project_no: reference, attach_id: 'm-1' }]
  t.strictSame(told(await handOver(reference)), taken)
  t.strictSame(told(await handOver(reference)), taken, 'the same file again')
  t.strictSame(told(await handOver(reference, {}, { bytes: Buffer.from('%PDF-1.4\n') })), ['2007', null])
  const largest = Buffer.alloc(20 * 1024 * 1024, 7)
  PDF.copy(largest)
  t.equal((await handOver(reference, { attach_id: 'm-2' }, { bytes: largest })).code, '0000')
  const [first, second] = receivedMaterials(dataDir, 'shenyang', reference)
  t.ok(first?.bytes.equals(PDF))
  t.equal(digest(second?.bytes ?? PDF), digest(largest))
  const larger = await handOver(reference, { attach_id: 'm-3' }, { bytes: Buffer.concat([largest, PDF]) })
  t.match(larger, { code: '3001', data: { reasons: [{ reason_code: 'B06' }] } })
})

t.test('of what is wrong with a file the city says what', async (t) => {
  const reference = `${newCaseNo()}.decide`
  for (const [changes, field] of [
    [{ attach_digest: digest(Buffer.from('another')) }, 'attach_digest'],
    [{ attach_id: 'a b' }, 'attach_id'],
    [{ material_code: null }, 'material_code'],
    [{ note: 'x' }, 'note'],
  ] as const) {
    t.strictSame(told(await handOver(reference, changes)), ['1002', { field }], field)
  }
  t.strictSame(told(await handOver(reference, {}, { name: '../passwd' })), ['1002', { field: 'attach' }])
  const notThat = await handOver(reference, {}, { mediaType: 'image/png' })
  t.match(notThat, { code: '3001', data: { reasons: [{ reason_code: 'B07' }] } })
  const whole = fileForm({ project_no: reference }, null)
  for (const body of [whole.subarray(0, -20), Buffer.from('')]) {
    t.equal((await send(city.address, 'attach', secret, Buffer.from(body), type)).code, '1001')
  }
  const json = { 'content-type': 'application/json' }
  t.equal((await send(city.address, 'attach', secret, Buffer.from(whole), json)).code, '1001')
  const unsigned = { ...type, gjgxjhpt_sign: 'x' }
  t.equal((await send(city.address, 'attach', secret, Buffer.from(whole), unsigned)).code, '4010')
  t.strictSame(receivedMaterials(dataDir, 'shenyang', reference), [])
})

t.test('the worked examples of the document are signed as it says', async (t) => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/wire/shenyang.md'), 'utf8')
  const example = 'f3Kp9sWzQ1vN7yTb2LmR8xHcD4jU6gEaV0oIiP5kYtZ'
  const withdrawal = /^\{"project_no".*"withdraw_reason":"[^"]*"\}$/m.exec(document)?.[0] ?? ''
  t.equal(Buffer.byteLength(withdrawal), 155)
  t.match(document, sign(example, 'SY-WITHDRAW-0001', '1795428000000', withdrawal))
  const texts = {
    project_no: '20261122-7Q2M9X4KTB0C.decide',
    attach_id: 'm-7Q2M9X4KTB0C-1',
    material_code: 'retirement-document',
    attach_digest: digest(PDF),
  }
  const file = { part: 'attach', name: 'retirement-document.pdf', mediaType: 'application/pdf', bytes: PDF }
  const body = fileForm(texts, file)
  t.match(document, body.toString().replaceAll('\r\n', '\n').trimEnd())
  t.match(document, sign(example, 'SY-ATTACH-0001', '1795341600000', body))
})
