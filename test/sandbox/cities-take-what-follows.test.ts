// What a city takes after the application, whatever its protocol: corrections, a withdrawal, and files before either; once each, kept whole.

import { createHash } from 'node:crypto'
import { appendFileSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { openCases } from '../../src/sandbox/cases.ts'
import { type Desk, lyingDesk, openDesk } from '../../src/sandbox/desk.ts'
import { openHeard } from '../../src/sandbox/heard.ts'
import { openLedger } from '../../src/sandbox/ledger.ts'
import { type CaseStatus, type NewsEvent, openLife, type Step } from '../../src/sandbox/life.ts'
import { type CityMaterial, MATERIAL_BYTES_MAX, openMaterials } from '../../src/sandbox/materials.ts'
import { type Place, PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import type { CitySubmission } from '../../src/sandbox/submission.ts'
import { openSupplements, type Supplement } from '../../src/sandbox/supplements.ts'
import { alwaysRefused, newCaseNo, retirement, zhangWei } from './submissions.ts'

const BENXI = PLACES.find(({ city }) => city === 'benxi')!
const ASYNCHRONOUS: Place = { ...BENXI, isAsynchronous: true }

const step = (status: CaseStatus): Step => ({ status, remark: null, points: [], results: [] })

/** A city without a protocol, as it lies in `<dataDir>/sandbox`. */
async function open(dataDir: string, place = BENXI) {
  await using opened = new AsyncDisposableStack()
  const pathOf = (ending: string): string => join(dataDir, 'sandbox', `benxi${ending}`)
  const heard: NewsEvent[] = []
  const cases = opened.use(await openCases({ path: pathOf('.ndjson'), areaCode: place.areaCode }))
  const onEvent = (event: NewsEvent): void => void heard.push(event)
  const life = opened.use(await openLife({ place, cases, path: pathOf('-news.ndjson'), onEvent, flaw: () => null }))
  const supplements = opened.use(await openSupplements({ place, cases, life, path: pathOf('-supplements.ndjson') }))
  const materials = opened.use(await openMaterials({ path: pathOf('-materials.ndjson'), folder: pathOf('-materials') }))
  const ledger = openLedger({ place, cases, life, flaw: () => null })
  const desk = openDesk(place, { cases, life, supplements, materials, heard: openHeard(), ledger })
  const closing = opened.move()
  return {
    ...desk,
    desk,
    heard,
    statusOf: (reference: string) => life.last(reference)?.status ?? null,
    advance: (reference: string, status: CaseStatus) => life.advance(reference, step(status)),
    liar: (): Desk => lyingDesk(desk, place, cases),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

const dataDirOf = (t: Tap): string => t.testdir({ sandbox: {} })
type Tap = Pick<typeof t, 'testdir'>

const submission = (form: object = {}, reference = `${newCaseNo()}.decide`): CitySubmission => ({
  reference,
  relatedCaseNo: null,
  item: 'hf-retirement-withdrawal',
  leg: 'decide',
  takenAt: Date.UTC(2026, 10, 22),
  body: { applicant: zhangWei, form: { ...retirement('210500'), ...form } } as unknown as SubmissionBody,
})

const correction = (reference: string, correctionNo: number, form: object = {}) => ({
  submission: submission(form, reference),
  correctionNo,
  backendCaseNo: null,
})

async function filed(city: Pick<Desk, 'apply'>): Promise<string> {
  const { entry } = await city.apply(submission())
  return entry.reference
}

t.test('a correction is taken where the city has asked for it, and the case goes on', async (t) => {
  const dataDir = dataDirOf(t)
  await using city = await open(dataDir)
  const reference = await filed(city)
  t.strictSame(await city.correct(correction(reference, 1)), { kind: 'not-asked-for', status: 'received' })
  await city.advance(reference, 'correction')
  t.strictSame(await city.correct(correction(reference, 2)), { kind: 'out-of-order', expected: 1 })
  const first = await city.correct(correction(reference, 1, { retiredOn: '2026-04-01' }))
  t.strictSame(
    first,
    { kind: 'taken', status: 'accepted', isRepeat: false },
    'what was complete only now is accepted only now',
  )
  t.equal(city.statusOf(reference), 'accepted')
  t.match(city.heard.at(-1), { reference, status: 'accepted', seq: 2 })

  await city.advance(reference, 'correction')
  t.strictSame(await city.correct(correction(reference, 2)), { kind: 'taken', status: 'reviewing', isRepeat: false })
  t.equal(city.heard.length, 4)
  t.strictSame(await city.correct(correction('20261122-000000000000.decide', 1)), { kind: 'unknown' })
  const kept = receivedSupplements(dataDir, 'benxi', reference)
  t.match(kept, [
    { kind: 'correction', correctionNo: 1, body: { form: { retiredOn: '2026-04-01' } }, refusals: [] },
    { kind: 'correction', correctionNo: 2, body: { form: { retiredOn: '2026-03-01' } } },
  ])
})

t.test('the same correction again has the same answer, other content under its number has none', async (t) => {
  const dataDir = dataDirOf(t)
  let city = await open(dataDir)
  const reference = await filed(city)
  await city.advance(reference, 'correction')
  const answers = await Promise.all(Array.from({ length: 5 }, () => city.correct(correction(reference, 1))))
  t.match(answers, [{ isRepeat: false }, { isRepeat: true }, { isRepeat: true }])
  for (const answer of answers) t.match(answer, { kind: 'taken', status: 'accepted' })
  await city.advance(reference, 'reviewing')
  await city[Symbol.asyncDispose]()

  city = await open(dataDir)
  t.match(await city.correct(correction(reference, 1)), { kind: 'taken', status: 'accepted', isRepeat: true })
  const other = await city.correct(correction(reference, 1, { retiredOn: '2026-05-01' }))
  t.strictSame(other, { kind: 'other-content' })
  t.equal(city.statusOf(reference), 'reviewing')
  t.equal(receivedSupplements(dataDir, 'benxi').length, 1)
  t.equal(city.heard.length, 0)
  await city[Symbol.asyncDispose]()
})

t.test('a correction that does not mend is refused under its number, and the case still waits', async (t) => {
  const dataDir = dataDirOf(t)
  await using city = await open(dataDir)
  const reference = await filed(city)
  await city.advance(reference, 'correction')
  const incomplete = correction(reference, 1, { accountNo: undefined })
  const refused = await city.correct(incomplete)
  t.match(refused, { kind: 'refused', refusals: [{ kind: 'incomplete' }] })
  t.strictSame(await city.correct(incomplete), refused)
  t.equal(city.statusOf(reference), 'correction')
  const otherItem = correction(reference, 2)
  t.match(await city.correct({ ...otherItem, submission: { ...otherItem.submission, item: 'hf-account-transfer' } }), {
    kind: 'refused',
    refusals: [{ kind: 'item' }],
  })
  t.match(await city.correct(correction(reference, 3)), { kind: 'taken' })
  t.equal(receivedSupplements(dataDir, 'benxi').length, 3)
})

t.test('a withdrawal ends the case before the decision, and does nothing after it', async (t) => {
  const dataDir = dataDirOf(t)
  await using city = await open(dataDir)
  const withdraw = (reference: string, backendCaseNo: string | null = null) =>
    city.withdraw({ reference, backendCaseNo, reason: '已在本地办理' })
  for (const status of ['received', 'accepted', 'correction', 'reviewing', 'suspended'] as const) {
    const reference = await filed(city)
    await city.advance(reference, status)
    const answers = await Promise.all([withdraw(reference), withdraw(reference)])
    t.strictSame(answers, [{ kind: 'withdrawn' }, { kind: 'withdrawn' }], status)
    t.equal(city.statusOf(reference), 'withdrawn')
    t.match(receivedSupplements(dataDir, 'benxi', reference), [{ kind: 'withdrawal', reason: '已在本地办理' }])
    t.equal(city.heard.filter((event) => event.reference === reference).length, 2, 'told once')
    t.strictSame(await city.correct(correction(reference, 1)), { kind: 'not-asked-for', status: 'withdrawn' })
  }
  for (const status of ['refused', 'approved', 'rejected', 'completed', 'delivered', 'returned'] as const) {
    const reference = await filed(city)
    await city.advance(reference, status)
    t.strictSame(await withdraw(reference), { kind: 'too-late', status })
    t.equal(city.statusOf(reference), status)
  }
  t.strictSame(await withdraw('20261122-000000000000.decide'), { kind: 'unknown' })
  t.strictSame(await withdraw(await filed(city), '210500-2026-999999'), { kind: 'unknown' }, 'another number')
})

t.test('what was refused has nothing to correct and nothing to take back', async (t) => {
  await using city = await open(dataDirOf(t), ASYNCHRONOUS)
  const refused = submission()
  const { entry } = await city.apply({ ...refused, body: { ...refused.body, applicant: alwaysRefused as never } })
  t.equal(entry.outcome, 'refused')
  const { reference } = entry
  t.strictSame(await city.correct(correction(reference, 1)), { kind: 'not-asked-for', status: 'refused' })
  const withdrawn = await city.withdraw({ reference, backendCaseNo: null, reason: null })
  t.strictSame(withdrawn, { kind: 'too-late', status: 'refused' })
})

t.test('a withdrawal that overtakes the number of an asynchronous city is told after it', async (t) => {
  await using city = await open(dataDirOf(t), ASYNCHRONOUS)
  const reference = await filed(city)
  await city.withdraw({ reference, backendCaseNo: null, reason: null })
  t.match(city.heard, [
    { reference, status: 'received', seq: 1 },
    { reference, status: 'withdrawn', seq: 2 },
  ])
})

t.test('a crash between a correction or a withdrawal and its news does not lose the news', async (t) => {
  const dataDir = dataDirOf(t)
  let city = await open(dataDir)
  const [mended, taken] = [await filed(city), await filed(city)]
  for (const reference of [mended, taken]) await city.advance(reference, 'correction')
  await city.correct(correction(mended, 1))
  await city.withdraw({ reference: taken, backendCaseNo: null, reason: null })
  await city[Symbol.asyncDispose]()
  // As if the news had not come to disk any more, and a third correction only in part.
  const news = join(dataDir, 'sandbox', 'benxi-news.ndjson')
  const before = readFileSync(news, 'utf8').split('\n').slice(0, 2)
  rmSync(news)
  appendFileSync(news, `${before.join('\n')}\n`)
  appendFileSync(join(dataDir, 'sandbox', 'benxi-supplements.ndjson'), '{"kind":"correction","refer')

  city = await open(dataDir)
  t.equal(city.statusOf(mended), 'accepted')
  t.equal(city.statusOf(taken), 'withdrawn')
  const made = receivedSupplements(dataDir, 'benxi').map((supplement: Supplement) => supplement.made?.eventId)
  t.strictSame(
    city.heard.map(({ id }) => id),
    made,
  )
  await city[Symbol.asyncDispose]()
  city = await open(dataDir)
  t.strictSame(city.heard, [], 'and makes them once')
  await city[Symbol.asyncDispose]()
})

const PDF = Buffer.from('%PDF-1.7\n身份证')
const file = (reference: string, bytes = PDF): CityMaterial => ({
  reference,
  materialId: 'M1',
  code: 'id-card',
  name: 'id-card.pdf',
  mediaType: 'application/pdf',
  digest: createHash('sha256').update(bytes).digest('hex'),
  bytes,
})

t.test('a file is taken once, kept by its digest, and found after a restart', async (t) => {
  const dataDir = dataDirOf(t)
  let city = await open(dataDir)
  const reference = `${newCaseNo()}.decide`
  t.equal(city.findMaterial(reference, 'M1'), null)
  const answers = await Promise.all([1, 2, 3].map(() => city.takeMaterial(file(reference))))
  for (const answer of answers) t.strictSame(answer, { kind: 'taken' })
  t.strictSame(await city.takeMaterial(file(reference, Buffer.from('%PDF-1.7 another'))), { kind: 'other-content' })
  t.strictSame(await city.takeMaterial({ ...file(reference), materialId: 'M2' }), { kind: 'taken' })
  await city[Symbol.asyncDispose]()
  appendFileSync(join(dataDir, 'sandbox', 'benxi-materials.ndjson'), '{"reference":"2026')

  city = await open(dataDir)
  t.match(city.findMaterial(reference, 'M1'), { code: 'id-card', size: PDF.length, digest: file(reference).digest })
  t.strictSame(await city.takeMaterial(file(reference)), { kind: 'taken' })
  const kept = receivedMaterials(dataDir, 'benxi', reference)
  t.match(kept, [{ materialId: 'M1', name: 'id-card.pdf', mediaType: 'application/pdf' }, { materialId: 'M2' }])
  for (const { bytes } of kept) t.ok(bytes.equals(PDF))
  const path = join(dataDir, 'sandbox', 'benxi-materials', file(reference).digest)
  t.equal(statSync(path).mode & 0o777, 0o600)
  await city[Symbol.asyncDispose]()
})

t.test('a file that is not what it is said to be is not taken', async (t) => {
  const dataDir = dataDirOf(t)
  await using city = await open(dataDir)
  const good = file(`${newCaseNo()}.decide`)
  const png = Buffer.concat([Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), PDF])
  const wrong: readonly (readonly [string, Partial<CityMaterial>])[] = [
    ['size', { bytes: Buffer.alloc(0) }],
    ['size', { bytes: Buffer.alloc(MATERIAL_BYTES_MAX + 1, '%PDF-') }],
    ['digest', { bytes: Buffer.concat([PDF, PDF]) }],
    ['digest', { digest: good.digest.toUpperCase() }],
    ['media-type', { mediaType: 'image/jpeg' }],
    ['media-type', { mediaType: 'constructor' }],
    ['media-type', { ...file(good.reference, png), mediaType: 'application/pdf' }],
    ['name', { name: '../id-card.pdf' }],
  ]
  for (const [what, change] of wrong) {
    t.strictSame(await city.takeMaterial({ ...good, ...change }), { kind: 'misfit', what }, what)
  }
  t.strictSame(receivedMaterials(dataDir, 'benxi'), [])
  const whole = Buffer.alloc(MATERIAL_BYTES_MAX, '%PDF-')
  t.strictSame(await city.takeMaterial(file(good.reference, whole)), { kind: 'taken' })
  t.ok(receivedMaterials(dataDir, 'benxi')[0]!.bytes.equals(whole))
})

t.test('a lying city says yes to all of it and keeps nothing', async (t) => {
  const dataDir = dataDirOf(t)
  await using city = await open(dataDir)
  const reference = await filed(city)
  await city.advance(reference, 'correction')
  t.match(await city.liar().correct(correction(reference, 1)), { kind: 'taken' })
  t.match(await city.liar().withdraw({ reference, backendCaseNo: null, reason: null }), { kind: 'withdrawn' })
  t.match(await city.liar().takeMaterial(file(reference)), { kind: 'taken' })
  t.equal(city.statusOf(reference), 'correction')
  t.strictSame(receivedSupplements(dataDir, 'benxi'), [])
  t.strictSame(receivedMaterials(dataDir, 'benxi'), [])
})
