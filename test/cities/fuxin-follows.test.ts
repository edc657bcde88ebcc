// What follows an application reaches a Fuxin that was written from the wire document alone: corrections, withdrawals and files, each once.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { openCities } from '../../src/cities/table.ts'
import { projectConfig as config } from '../project-config.ts'
import type { CallOptions, CityMessage, CorrectionMessage, MaterialMessage } from '../../src/domain/delivery.ts'
import { openCity } from '../../src/sandbox/city.ts'
import type { FaultKind } from '../../src/sandbox/faults.ts'
import type { CaseStatus } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { shipped } from '../catalogue/shipped.ts'
import { newCaseNo } from '../sandbox/submissions.ts'
import { ending, KEY } from './support/city.ts'

const dataDir = t.testdir({ sandbox: { secrets: { fuxin: `${KEY}\n` } } })
const folder = join(dataDir, 'sandbox')
const sandbox = await openCity({ place: PLACES.find(({ city }) => city === 'fuxin')!, folder })
t.teardown(() => sandbox[Symbol.asyncDispose]())

const shippedCity = config.cities.find(({ key }) => key === 'fuxin')!
const [backend] = shippedCity.backends
// The breaker has tests of its own; here each call shall reach its city.
const patient = { ...backend, breaker: { ...backend.breaker, volumeThreshold: 1000 } }

const cities = await openCities({
  cities: [{ ...shippedCity, backends: [patient] }],
  fields: config.fields,
  addressOf: () => sandbox.address,
  secretOf: () => Buffer.from(KEY),
  clock: systemClock,
  bytes: systemIds.bytes,
  observe: () => undefined,
  onState: () => undefined,
})
t.teardown(() => cities[Symbol.asyncDispose]())
const [fuxin] = cities.all
if (fuxin === undefined) throw new Error('no city')

const item = shipped.find('hf-retirement-withdrawal')
const [leg] = item.legs
const how: CallOptions = { share: 'courier' }
const body = shipped.sample(item, 'fuxin')

const applicationOf = (caseNo: string): CityMessage => ({
  item,
  leg,
  reference: `${caseNo}.${leg.key}`,
  relatedCaseNo: null,
  takenAt: Date.now(),
  body,
})

async function filed(status: CaseStatus | null): Promise<CorrectionMessage> {
  const message = applicationOf(newCaseNo())
  const outcome = await fuxin!.deliver(message, how)
  if (outcome.sent !== 'answered' || outcome.answer.kind !== 'taken') throw new Error(ending(outcome))
  const { reference, takenAt } = message
  if (status !== null) await advance(reference, status)
  const { backendCaseNo } = outcome.answer
  return { item, leg, reference, backendCaseNo, correctionNo: 1, takenAt, body }
}

async function advance(reference: string, status: CaseStatus): Promise<void> {
  await sandbox.advance(reference, { status, remark: null, points: [], results: [] })
}

const sick = (fault: FaultKind | 'off') => sandbox.setFault({ fault, rate: 1 })

t.test('a correction brings the whole new version, and the case goes on', async (t) => {
  const message = await filed('correction')
  const form = { ...body.form, scope: 'part', amountYuan: '1200.5' }
  const materials = [{ code: 'id-document', held: 'uploaded', materialId: 'mt-1' } as const]
  const correction = { ...message, body: { ...body, form, materials } }
  const taken = { kind: 'taken', cityStatus: '02', state: 'accepted' }
  t.match(await fuxin.correct(correction, how), { sent: 'answered', answer: taken })
  t.match(await fuxin.correct(correction, how), { sent: 'answered', answer: taken }, 'the same again')
  const [kept] = receivedSupplements(dataDir, 'fuxin', message.reference)
  t.match(kept, { kind: 'correction', correctionNo: 1, body: { applicant: body.applicant, materials } })
  t.match(kept, { body: { form: { ...form, amountYuan: '1200.50' } } }, 'every field in the city’s own reading')
  t.equal(receivedSupplements(dataDir, 'fuxin', message.reference).length, 1)

  t.equal(ending(await fuxin.correct(message, how)), 'maybe CITY_MESSAGE_REFUSED', 'another content')
  t.equal(ending(await fuxin.correct({ ...message, correctionNo: 3 }, how)), 'answered')
  t.match(await fuxin.correct({ ...message, correctionNo: 2 }, how), {
    answer: { kind: 'refused', reasons: [{ code: '20003', message: '办件不在补正状态' }] },
  })
  await advance(message.reference, 'correction')
  t.equal(ending(await fuxin.correct({ ...message, correctionNo: 3 }, how)), 'no CITY_MESSAGE_REFUSED', 'not its turn')
  const elsewhere = { ...message, correctionNo: 2, body: { ...body, form: { ...body.form, fundCentre: '2101' } } }
  t.match(await fuxin.correct(elsewhere, how), { answer: { kind: 'refused', reasons: [{ code: 'GX02' }] } })
  const stranger = { ...message, correctionNo: 3, backendCaseNo: '210900-2026-999999' }
  t.equal(ending(await fuxin.correct(stranger, how)), 'no CITY_MESSAGE_REFUSED', 'another’s number')
})

t.test('a withdrawal ends the case; after the decision it comes too late', async (t) => {
  const { backendCaseNo, reference, takenAt } = await filed('reviewing')
  const withdrawal = { item, leg, reference, backendCaseNo, takenAt, reason: ' 改由单位 <代办> & 其他 ' }
  for (const reason of [withdrawal.reason, withdrawal.reason, null]) {
    const outcome = await fuxin.withdraw({ ...withdrawal, reason }, how)
    t.match(outcome, { sent: 'answered', answer: { kind: 'withdrawn', cityStatus: '10.1' } })
  }
  t.match(receivedSupplements(dataDir, 'fuxin', reference), [{ kind: 'withdrawal', reason: '改由单位 <代办> & 其他' }])
  t.match(await fuxin.enquire({ ...applicationOf(newCaseNo()), reference }, how), {
    answer: { cityStatus: '10.1', state: 'withdrawn' },
  })
  const late = await filed('approved')
  t.match(await fuxin.withdraw({ ...withdrawal, ...late }, how), {
    answer: { kind: 'refused', reasons: [{ code: '20006', message: '办件已不能撤回' }] },
  })
  const unknown = { ...withdrawal, reference: `${newCaseNo()}.${leg.key}`, backendCaseNo: null }
  t.equal(ending(await fuxin.withdraw(unknown, how)), 'no CITY_MESSAGE_REFUSED')
})

function fileOf(
  reference: string,
  bytes: Buffer,
  mediaType: MaterialMessage['material']['mediaType'],
): MaterialMessage {
  const digest = createHash('sha256').update(bytes).digest('hex')
  const material = { code: 'id-document', materialId: 'mt-1', name: 'id-document.jpg', mediaType, digest, bytes }
  return { item, leg, reference, material }
}

t.test('a file arrives byte for byte before its application, once', async (t) => {
  const { reference } = applicationOf(newCaseNo())
  const bytes = Buffer.concat([
    Buffer.of(0xff, 0xd8, 0xff),
    Buffer.from(Array.from({ length: 4099 }, (_, at) => at % 256)),
  ])
  const message = fileOf(reference, bytes, 'image/jpeg')
  for (const _ of [1, 2]) t.match(await fuxin.handOver(message, how), { sent: 'answered', answer: { kind: 'taken' } })
  const kept = receivedMaterials(dataDir, 'fuxin', reference)
  t.match(kept, [{ materialId: 'mt-1', code: 'id-document', name: 'id-document.jpg', mediaType: 'image/jpeg' }])
  t.ok(kept[0]?.bytes.equals(bytes))
  const other = fileOf(reference, Buffer.of(0xff, 0xd8, 0xff, 0), 'image/jpeg')
  t.equal(ending(await fuxin.handOver(other, how)), 'maybe CITY_MESSAGE_REFUSED')
  const notThat = fileOf(`${newCaseNo()}.${leg.key}`, bytes, 'application/pdf')
  t.match(await fuxin.handOver(notThat, how), { answer: { kind: 'refused', reasons: [{ code: 'CL07' }] } })
})

t.test('what was sent to a sick city has its end, and is sent again without doing anything twice', async (t) => {
  const rows = [
    ['html', 'maybe CITY_GARBLED', 0],
    ['error-500-after', 'maybe CITY_GARBLED', 1],
    ['truncated', 'maybe CITY_GARBLED', 1],
    ['reset', 'maybe CITY_RESET', 0],
    ['reset-after', 'maybe CITY_RESET', 1],
    ['maintenance', 'no CITY_IN_MAINTENANCE', 0],
    ['lie', 'answered', 0],
  ] as const
  for (const [fault, end, takes] of rows) {
    const correction = await filed('correction')
    const withdrawn = await filed(null)
    const withdrawal = { ...withdrawn, reason: null }
    const file = fileOf(correction.reference, Buffer.from('%PDF-1.4\n'), 'application/pdf')
    const send = async (): Promise<readonly string[]> => {
      const outcomes = [
        await fuxin.handOver(file, how),
        await fuxin.correct(correction, how),
        await fuxin.withdraw(withdrawal, how),
      ]
      return outcomes.map(ending)
    }
    await sick(fault)
    t.strictSame(await send(), [end, end, end], fault)
    await sick('off')
    const counts = () => [
      receivedMaterials(dataDir, 'fuxin', correction.reference).length,
      receivedSupplements(dataDir, 'fuxin', correction.reference).length,
      receivedSupplements(dataDir, 'fuxin', withdrawn.reference).length,
    ]
    t.strictSame(counts(), [takes, takes, takes], fault)
    t.strictSame(await send(), ['answered', 'answered', 'answered'], fault)
    t.strictSame(counts(), [1, 1, 1], `${fault}: once`)
  }
})
