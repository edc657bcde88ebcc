// What Liaoyang reads in a form and tells in its news, and how its faults look, as docs/wire/liaoyang.md says.

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { openCity } from '../../src/sandbox/city.ts'
import { CASE_STATUSES, type Step } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { digestOf } from '../../src/sandbox/submission.ts'
import { application, call, type Envelope, keysIn, seal, TAKEN_TIME, unseal } from './liaoyang-calls.ts'
import { openOpenssl } from './liaoyang-openssl.ts'
import { type Heard, openListener } from './news-listener.ts'
import { newCaseNo, retirement, zhangWei } from './submissions.ts'

const dataDir = t.testdir()
const folder = join(dataDir, 'sandbox')
mkdirSync(folder)
const place = { ...PLACES.find((place) => place.city === 'liaoyang')!, protocol: 'liaoyang' as const }
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const keys = keysIn(folder)
const say = (service: 'health' | 'apply' | 'enquire', body: object) => call(keys, city.address, service, body)

const envelopeOf = ({ body }: Heard) => JSON.parse(body) as Envelope
const acknowledge = (heard: Heard, body: object = { code: 0, message: '成功' }, changes: object = {}) => ({
  status: 200,
  body: JSON.stringify(seal(keys, 'notify', JSON.stringify(body), { nonce: envelopeOf(heard).nonce, ...changes })),
})
const listener = await openListener(dataDir, acknowledge)
t.teardown(() => listener[Symbol.asyncDispose]())

const step = (status: Step['status'], changes: Partial<Step> = {}): Step => ({
  status,
  remark: null,
  points: [],
  results: [],
  ...changes,
})

t.test('each kind of value is read as the document says', async (t) => {
  const read: readonly (readonly [string, unknown, string, unknown])[] = [
    ['birthDate', 644169600000, 'birthDate', '1990-06-01'],
    ['retiredOn', -467712000000, 'retiredOn', '1955-03-08'],
    ['startMonth', 202511, 'startMonth', '2025-11'],
    ['issuedAt', 1795341600000, 'issuedAt', '2026-11-22T18:00:00+08:00'],
    ['issuedAt', 1795341600120, 'issuedAt', '2026-11-22T18:00:00.120+08:00'],
    ['amountYuan', 1250050, 'amountYuan', '12500.50'],
    ['amountYuan', 7, 'amountYuan', '0.07'],
    ['amountYuan', -120, 'amountYuan', '-1.20'],
    ['ownershipSharePercent', 33.5, 'ownershipSharePercent', 33.5],
    ['contents', [], 'contents', []],
    ['gender', 'F', 'sex', '2'],
    ['maritalStatus', '20', 'maritalState', 'married'],
    ['idType', '05', 'certType', '511'],
    ['property', { areaCode: '211002' }, 'property', { division: '211002' }],
    ['coBuyers', [{ phone: '13800000000' }], 'coBuyers', [{ mobile: '13800000000' }]],
    ['onlyInLiaoyang', '文字', 'onlyInLiaoyang', '文字'],
  ]
  for (const [theirs, value, ours, expected] of read) {
    const reference = `${newCaseNo()}.decide`
    const body = application(reference.slice(0, -7))
    const form = { ...(body['form'] as object), [theirs]: value }
    t.match(await say('apply', { ...body, form }), { code: 0 }, theirs)
    const filed: SubmissionBody = {
      applicant: zhangWei as SubmissionBody['applicant'],
      form: { ...retirement('211000'), [ours]: expected },
      materials: [{ code: 'id-document', held: 'sharedData' }],
    }
    const sent = { reference, relatedCaseNo: null, item: 'hf-retirement-withdrawal', leg: 'decide' }
    const digest = digestOf({ ...sent, takenAt: TAKEN_TIME, body: filed })
    t.equal(city.taken().find((entry) => entry.reference === reference)?.digest, digest, `${theirs} ${String(value)}`)
  }
})

t.test('every status of a case is told by its code, in order, in an envelope that openssl verifies', async (t) => {
  const openssl = await openOpenssl(dataDir, keys)
  const body = application(newCaseNo())
  const { data } = await say('apply', body)
  const codes = ['A1', 'A2', 'B1', 'A9', 'B2', 'B3', 'C1', 'C2', 'D1', 'D2', 'E1', 'E2']
  for (const [place, status] of CASE_STATUSES.entries()) {
    const event = await city.advance(body['bizNo'] as string, step(status))
    const heard = await listener.next()
    t.equal(heard.path, '/v1/cities/liaoyang/events')
    const envelope = envelopeOf(heard)
    if (place === 0) t.equal(await openssl.verify('notify', envelope), 'Signature Verified Successfully')
    t.strictSame(unseal(keys, 'notify', envelope), {
      eventId: event!.id,
      bizNo: body['bizNo'],
      acceptNo: data!['acceptNo'],
      seq: place + 1,
      time: Date.parse(event!.at),
      status: codes[place],
    })
  }
  t.match(await say('enquire', { bizNo: body['bizNo'] }), { code: 0, data: { status: 'A1' } })
})

t.test('points come with a correction, results with what yields them, and names are Liaoyang’s', async (t) => {
  const body = application(newCaseNo())
  await say('apply', body)
  const points = [
    { code: 'certNo', message: '号码有误' },
    { code: null, message: '缺少盖章页' },
  ]
  const results = [{ code: 'permit', name: '许可证', number: '2026-1' }]
  const told = async (status: Step['status']) => {
    await city.advance(body['bizNo'] as string, step(status, { remark: '备注', points, results }))
    return unseal(keys, 'notify', envelopeOf(await listener.next()))
  }
  const correction = { points: [{ code: 'idNo', text: '号码有误' }, { text: '缺少盖章页' }], results: undefined }
  t.match(await told('correction'), { remark: '备注', ...correction })
  t.match(await told('completed'), { points: undefined, results })
  t.match(await told('reviewing'), { points: undefined, results: undefined })
})

t.test('news are sent again, sealed anew, until an envelope of the gateway acknowledges them', async (t) => {
  const body = application(newCaseNo())
  await say('apply', body)
  const failures = [
    () => ({ status: 200, body: '{"code":0,"message":"成功"}' }),
    (heard: Heard) => ({ ...acknowledge(heard), status: 503 }),
    (heard: Heard) => acknowledge(heard, undefined, { nonce: '0'.repeat(32) }),
    (heard: Heard) => acknowledge(heard, { code: 50001, message: '系统异常' }),
    (heard: Heard) => acknowledge(heard, undefined, { timestamp: Date.now() - 301_000 }),
    (heard: Heard) => ({ status: 200, body: JSON.stringify({ ...envelopeOf(heard) }) }),
  ]
  // Each of its own event, so that no test waits for doubled pauses.
  const seen = new Map<string, Envelope>()
  for (const failure of failures) {
    listener.answer(failure)
    await city.advance(body['bizNo'] as string, step('reviewing'))
    const envelope = envelopeOf(await listener.next())
    seen.set(String(unseal(keys, 'notify', envelope)['eventId']), envelope)
  }
  listener.answer(acknowledge)
  for (const _ of failures) {
    const envelope = envelopeOf(await listener.next())
    const event = unseal(keys, 'notify', envelope)
    const first = seen.get(event['eventId'] as string)!
    t.same(event, unseal(keys, 'notify', first))
    t.not(envelope.nonce, first.nonce)
    t.not(envelope.encData, first.encData, 'another vector')
  }
})

t.test(
  'what the city signs while it is sick does not verify, and a clock that is wrong refuses everybody',
  async (t) => {
    await city.setFault({ fault: 'wrong-signature', rate: 1 })
    await t.rejects(say('health', {}), { message: 'signature wrong' })
    await city.setFault({ fault: 'clock-skew', rate: 1 })
    await t.rejects(say('health', {}), { message: 'time wrong' })
    const body = application(newCaseNo())
    await city.setFault({ fault: 'error-500-after', rate: 1 })
    await t.rejects(say('apply', body))
    await city.setFault({ fault: 'off', rate: 1 })
    t.match(await say('enquire', { bizNo: body['bizNo'] }), { code: 0 }, 'taken all the same')
  },
)
