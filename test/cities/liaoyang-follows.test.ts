// What follows an application reaches a Liaoyang that was written from the wire document alone: corrections, withdrawals and files, each once.

import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openCities } from '../../src/cities/table.ts'
import { projectConfig as config } from '../project-config.ts'
import type { CallOptions, CorrectionMessage, MaterialMessage } from '../../src/domain/delivery.ts'
import { openCity } from '../../src/sandbox/city.ts'
import type { FaultKind } from '../../src/sandbox/faults.ts'
import type { CaseStatus } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { shipped } from '../catalogue/shipped.ts'
import { newCaseNo } from '../sandbox/submissions.ts'
import { ending } from './support/city.ts'

const dataDir = t.testdir({ sandbox: {} })
const folder = join(dataDir, 'sandbox')
const sandbox = await openCity({ place: PLACES.find(({ city }) => city === 'liaoyang')!, folder })
t.teardown(() => sandbox[Symbol.asyncDispose]())

const shippedCity = config.cities.find(({ key }) => key === 'liaoyang')!
const [backend] = shippedCity.backends
// The breaker has tests of its own, and a busy machine takes its time: here each call shall reach its city and be answered.
const patient = {
  ...backend,
  breaker: { ...backend.breaker, volumeThreshold: 1000 },
  limits: { ...backend.limits, deadlineMs: 60_000 },
}
const cities = await openCities({
  cities: [{ ...shippedCity, backends: [patient] }],
  fields: config.fields,
  addressOf: () => sandbox.address,
  secretOf: () => readFileSync(join(folder, 'secrets/liaoyang')),
  clock: systemClock,
  bytes: systemIds.bytes,
  observe: () => undefined,
  onState: () => undefined,
})
t.teardown(() => cities[Symbol.asyncDispose]())
const [liaoyang] = cities.all
if (liaoyang === undefined) throw new Error('no city')

const item = shipped.find('hf-retirement-withdrawal')
const [leg] = item.legs
const how: CallOptions = { share: 'courier' }
const body = shipped.sample(item, 'liaoyang')
const sick = (fault: FaultKind | 'off') => sandbox.setFault({ fault, rate: 1 })

async function filed(status: CaseStatus | null): Promise<CorrectionMessage> {
  const reference = `${newCaseNo()}.${leg.key}`
  const takenAt = Date.now()
  const outcome = await liaoyang!.deliver({ item, leg, reference, relatedCaseNo: null, takenAt, body }, how)
  if (outcome.sent !== 'answered' || outcome.answer.kind !== 'taken') throw new Error(ending(outcome))
  if (status !== null) await sandbox.advance(reference, { status, remark: null, points: [], results: [] })
  return { item, leg, reference, backendCaseNo: outcome.answer.backendCaseNo, correctionNo: 1, takenAt, body }
}

t.test('a correction brings the whole new version, once, though its first answer was lost', async (t) => {
  t.strictSame(liaoyang.accepts, { corrections: true, withdrawals: true, materials: 'handed-over' })
  const message = await filed('correction')
  const form = { ...body.form, scope: 'part', amountYuan: '1200.5' }
  const correction = { ...message, body: { ...body, form } }
  await sick('reset-after')
  t.equal(ending(await liaoyang.correct(correction, how)), 'maybe CITY_RESET')
  await sick('off')
  const taken = { kind: 'taken', cityStatus: 'A2', state: 'accepted' }
  t.match(await liaoyang.correct(correction, how), { sent: 'answered', answer: taken })
  const kept = receivedSupplements(dataDir, 'liaoyang', message.reference)
  t.equal(kept.length, 1)
  t.match(kept, [{ correctionNo: 1, body: { applicant: body.applicant, form: { ...form, amountYuan: '1200.50' } } }])
  t.equal(ending(await liaoyang.correct(message, how)), 'maybe CITY_MESSAGE_REFUSED', 'another content')
  t.match(await liaoyang.correct({ ...message, correctionNo: 2 }, how), {
    answer: { kind: 'refused', reasons: [{ code: 'R07' }] },
  })
  const stranger = { ...correction, backendCaseNo: '211000-2020-000001' }
  t.equal(ending(await liaoyang.correct(stranger, how)), 'no CITY_MESSAGE_REFUSED', 'another’s number')
})

t.test('a withdrawal ends the case; after the decision it comes too late', async (t) => {
  const { correctionNo: _, body: __, ...message } = await filed('reviewing')
  for (const reason of ['改日“再办”', null]) {
    const outcome = await liaoyang.withdraw({ ...message, reason }, how)
    t.match(outcome, { sent: 'answered', answer: { kind: 'withdrawn', cityStatus: 'E1' } })
  }
  t.match(receivedSupplements(dataDir, 'liaoyang', message.reference), [{ kind: 'withdrawal', reason: '改日“再办”' }])
  const { correctionNo: ___, body: ____, ...decided } = await filed('approved')
  t.match(await liaoyang.withdraw({ ...decided, reason: null }, how), {
    answer: { kind: 'refused', reasons: [{ code: 'R06', message: '办件已作出决定，不能撤回' }] },
  })
})

t.test('a file comes through whole while others have their turn, and once though it is sent again', async (t) => {
  const reference = `${newCaseNo()}.${leg.key}`
  const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(3_000_000)])
  const digest = createHash('sha256').update(bytes).digest('hex')
  const material = { code: 'id-document', materialId: 'mt-1', name: 'id-document.pdf', digest, bytes } as const
  const message: MaterialMessage = { item, leg, reference, material: { ...material, mediaType: 'application/pdf' } }
  let turns = 0
  const counting = setInterval(() => (turns += 1), 1)
  await sick('reset-after')
  t.equal(ending(await liaoyang.handOver(message, how)), 'maybe CITY_RESET')
  await sick('off')
  clearInterval(counting)
  t.ok(turns > 10, `${turns} turns of others`)
  t.match(await liaoyang.handOver(message, how), { sent: 'answered', answer: { kind: 'taken' } })
  const kept = receivedMaterials(dataDir, 'liaoyang', reference)
  t.match(kept, [{ materialId: 'mt-1', code: 'id-document', name: 'id-document.pdf', digest }])
  t.ok(kept[0]?.bytes.equals(bytes))
  const liar: MaterialMessage = {
    ...message,
    material: { ...message.material, materialId: 'mt-2', mediaType: 'image/png' },
  }
  t.match(await liaoyang.handOver(liar, how), { answer: { kind: 'refused', reasons: [{ code: 'R08' }] } })
})

t.test('a city that signs wrongly is not believed, and one whose clock is off is named', async (t) => {
  const reference = `${newCaseNo()}.${leg.key}`
  const message = { item, leg, reference, relatedCaseNo: null, takenAt: Date.now(), body }
  for (const [fault, why] of [
    ['wrong-signature', /^the signature is not the city’s$/],
    ['clock-skew', /^the city’s clock is (599|600|601) s ahead of ours$/],
  ] as const) {
    await sick(fault)
    const outcome = await liaoyang.deliver(message, how)
    t.equal(ending(outcome), 'maybe CITY_ANSWER_UNSIGNED', fault)
    if (outcome.sent !== 'answered') t.match(outcome.fault.details.cause, { message: why })
  }
  await sick('off')
  t.match(
    await liaoyang.enquire(message, how),
    { answer: { kind: 'taken' } },
    'it had taken what it signed wrongly for',
  )
})
