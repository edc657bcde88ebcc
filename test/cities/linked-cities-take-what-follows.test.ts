// Shenfu and Benxi, each over its real protocol: files that the city fetches by itself, corrections and the withdrawal, taken once.

import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openCities } from '../../src/cities/table.ts'
import { projectConfig as config } from '../project-config.ts'
import type { CityMessage, CorrectionMessage, MaterialLink, WithdrawalMessage } from '../../src/domain/delivery.ts'
import { openCity } from '../../src/sandbox/city.ts'
import type { CaseStatus } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { received, receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { shipped } from '../catalogue/shipped.ts'
import { ending } from './support/city.ts'

const ITEM = shipped.find('mi-remote-care-filing')
const share = { share: 'caller' } as const
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(100_000)])

/** The gateway's address of files: what is not in `files` is 404, and `fetched` counts. */
async function serveFiles(t: Test) {
  const files = new Map<string, Buffer>()
  const fetched: string[] = []
  const server = createServer((request, response) => {
    fetched.push(request.url ?? '')
    const bytes = files.get(request.url ?? '')
    t.notOk(request.headers.authorization, 'the address is all that it takes')
    if (bytes === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': 'application/pdf' }).end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    fetched,
    /** An address under which these bytes lie; null = nothing does. */
    place(bytes: Buffer | null): string {
      const path = `/${randomBytes(16).toString('base64url')}`
      if (bytes !== null) files.set(path, bytes)
      return origin + path
    },
  }
}

function link(url: string, changes: Partial<MaterialLink> = {}): MaterialLink {
  return {
    materialId: '7Q2M9X4KTB0C5WNRZC1D',
    name: 'id-document.pdf',
    mediaType: 'application/pdf',
    digest: createHash('sha256').update(PDF).digest('hex'),
    sizeBytes: PDF.length,
    url,
    expiresAt: Date.now() + 3_600_000,
    ...changes,
  }
}

async function openBoth(t: Test, key: string) {
  const dataDir = t.testdir({ sandbox: {} })
  mkdirSync(join(dataDir, 'sandbox'), { recursive: true })
  const place = PLACES.find(({ city }) => city === key)
  const found = config.cities.find((city) => city.key === key)
  if (place === undefined || found === undefined) throw new Error(key)
  const sandbox = await openCity({ place, folder: join(dataDir, 'sandbox') })
  t.teardown(() => sandbox[Symbol.asyncDispose]())
  const [backendConfig] = found.backends
  // A busy machine takes its time; that is not what is looked at here.
  const limits = { ...backendConfig.limits, deadlineMs: 60_000, ownDeadlineMs: 60_000, connectTimeoutMs: 30_000 }
  const cities = await openCities({
    cities: [{ ...found, backends: [{ ...backendConfig, limits }] }],
    fields: config.fields,
    addressOf: () => sandbox.address,
    secretOf: (name) => readFileSync(join(dataDir, name)),
    clock: systemClock,
    bytes: systemIds.bytes,
    observe: () => undefined,
    onState: () => undefined,
  })
  t.teardown(() => cities[Symbol.asyncDispose]())
  const [backend] = cities.all
  if (backend === undefined) throw new Error('no backend')
  const advance = (reference: string, status: CaseStatus) =>
    sandbox.advance(reference, { status, remark: null, points: [], results: [] })
  return { dataDir, sandbox, backend, advance }
}

/** An application with an uploaded material. */
function application(key: string, links: readonly MaterialLink[]): CityMessage {
  const sample = shipped.sample(ITEM, key)
  const [leg] = ITEM.legs
  const [first, ...rest] = sample.materials ?? []
  if (first === undefined) throw new Error('the sample has no material')
  const uploaded = { code: first.code, held: 'uploaded', materialId: '7Q2M9X4KTB0C5WNRZC1D' } as const
  return {
    item: ITEM,
    leg,
    reference: `${systemIds.caseNo(Date.now())}.${leg.key}`,
    relatedCaseNo: null,
    takenAt: Date.now(),
    body: { ...sample, materials: [uploaded, ...rest] },
    links,
  }
}

const correction = (message: CityMessage, correctionNo: number, changes: Partial<CorrectionMessage> = {}) => ({
  ...message,
  backendCaseNo: null,
  correctionNo,
  takenAt: message.takenAt + 1000,
  ...changes,
})

const withdrawal = (message: CityMessage, changes: Partial<WithdrawalMessage> = {}): WithdrawalMessage => ({
  ...message,
  backendCaseNo: null,
  reason: '已在本地办理',
  ...changes,
})

for (const key of ['shenfu', 'benxi']) {
  t.test(`${key} fetches an uploaded file by its address before it takes the application`, async (t) => {
    const files = await serveFiles(t)
    const { dataDir, backend } = await openBoth(t, key)
    t.same(backend.accepts, { corrections: true, withdrawals: true, materials: 'linked' })
    const message = application(key, [link(files.place(PDF))])
    t.equal(ending(await backend.deliver(message, share)), 'answered')
    const kept = receivedMaterials(dataDir, key, message.reference)
    t.match(kept, [{ materialId: '7Q2M9X4KTB0C5WNRZC1D', name: 'id-document.pdf', size: PDF.length }])
    t.ok(kept[0]?.bytes.equals(PDF))
    t.equal(files.fetched.length, 1)

    const wrong: readonly (readonly [string, string, Partial<MaterialLink>])[] = [
      ['not there', files.place(null), {}],
      ['another file', files.place(Buffer.from(PDF).fill(0x20, 50, 60)), {}],
      ['longer', files.place(Buffer.concat([PDF, PDF])), {}],
      ['shorter than said', files.place(PDF), { sizeBytes: PDF.length + 1 }],
      ['of another type', files.place(PDF), { mediaType: 'image/png' }],
      ['over', files.place(PDF), { expiresAt: Date.now() - 1000 }],
      ['good for ever', files.place(PDF), { expiresAt: Date.now() + 25 * 3_600_000 }],
      ['elsewhere in plain text', 'http://192.0.2.1/file', {}],
    ]
    for (const [what, url, changes] of wrong) {
      const refused = application(key, [link(url, changes)])
      t.equal(ending(await backend.deliver(refused, share)), 'no CITY_MESSAGE_REFUSED', what)
      t.strictSame(received(dataDir, key, refused.reference.split('.')[0]), [], `${what}: nothing was taken`)
      const mended = { ...refused, links: [link(files.place(PDF))] }
      t.equal(ending(await backend.deliver(mended, share)), 'answered', `${what}: the reference is still good`)
    }
  })

  t.test(`${key} takes a correction once, whatever becomes of the answer`, async (t) => {
    const files = await serveFiles(t)
    const { dataDir, sandbox, backend, advance } = await openBoth(t, key)
    const message = application(key, [link(files.place(PDF))])
    const { reference } = message
    await backend.deliver(message, share)
    const early = await backend.correct(correction(message, 1), share)
    t.match(early, { sent: 'answered', answer: { kind: 'refused', reasons: [{ message: /补正/ }] } })
    await advance(reference, 'accepted')
    await advance(reference, 'correction')

    const second = { materialId: '8R3N0Y5MVC1D6XPSAD2E', digest: createHash('sha256').update(PDF).digest('hex') }
    const materials = [...(message.body.materials ?? []), { code: 'id-document', held: 'uploaded', ...second } as const]
    const body = {
      ...message.body,
      materials: materials.map(({ code, held, materialId }) => ({ code, held, ...(materialId && { materialId }) })),
    }
    const links = () => [link(files.place(PDF)), link(files.place(PDF), second)]
    await sandbox.setFault({ fault: 'error-500-after', rate: 1 })
    const unclear = await backend.correct(correction(message, 1, { body, links: links() }), share)
    t.equal(unclear.sent, 'maybe')
    await sandbox.setFault({ fault: 'off', rate: 1 })
    const before = files.fetched.length
    const again = await backend.correct(correction(message, 1, { body, links: links() }), share)
    t.match(again, { sent: 'answered', answer: { kind: 'taken', state: 'in-review' } })
    t.equal(files.fetched.length, before, 'what is there is not fetched again')
    t.equal(receivedMaterials(dataDir, key, reference).length, 2)
    t.equal(receivedSupplements(dataDir, key, reference).length, 1)

    const other = { ...body, purpose: '另一份内容' }
    t.equal(ending(await backend.correct(correction(message, 1, { body: other }), share)), 'maybe CITY_MESSAGE_REFUSED')
    await advance(reference, 'correction')
    t.equal(ending(await backend.correct(correction(message, 7), share)), 'no CITY_MESSAGE_REFUSED')
    const strange = correction(message, 2, { backendCaseNo: 'another-number' })
    t.equal(ending(await backend.correct(strange, share)), 'no CITY_MESSAGE_REFUSED')
    const incomplete = { ...body, form: {} }
    const refused = await backend.correct(correction(message, 2, { body: incomplete }), share)
    t.match(refused, { sent: 'answered', answer: { kind: 'refused' } })
    t.match(await backend.correct(correction(message, 3), share), { answer: { kind: 'taken', state: 'in-review' } })
    t.match(await backend.correct(correction(message, 1, { body }), share), { answer: { kind: 'taken' } }, 'for ever')
    t.equal(receivedSupplements(dataDir, key, reference).length, 3)
  })

  t.test(`${key} lets an application be taken back until it has decided`, async (t) => {
    const { dataDir, sandbox, backend, advance } = await openBoth(t, key)
    const [one, two] = [application(key, []), application(key, [])]
    for (const message of [one, two]) await backend.deliver(message, share)
    await sandbox.setFault({ fault: 'reset-after', rate: 1 })
    t.equal((await backend.withdraw(withdrawal(one), share)).sent, 'maybe')
    await sandbox.setFault({ fault: 'off', rate: 1 })
    for (const reason of ['已在本地办理', null]) {
      const again = await backend.withdraw(withdrawal(one, { reason }), share)
      t.match(again, { sent: 'answered', answer: { kind: 'withdrawn' } })
    }
    t.match(receivedSupplements(dataDir, key), [{ kind: 'withdrawal', reason: '已在本地办理' }])
    t.equal(receivedSupplements(dataDir, key).length, 1)

    await advance(two.reference, 'approved')
    const late = await backend.withdraw(withdrawal(two), share)
    t.match(late, { sent: 'answered', answer: { kind: 'refused', reasons: [{ message: /撤回/ }] } })
    const strange = withdrawal({ ...two, reference: `${systemIds.caseNo(Date.now())}.decide` })
    t.equal(ending(await backend.withdraw(strange, share)), 'no CITY_MESSAGE_REFUSED')
    await sandbox.setFault({ fault: 'lie', rate: 1 })
    t.match(await backend.withdraw(withdrawal(two), share), { answer: { kind: 'withdrawn' } })
    await sandbox.setFault({ fault: 'maintenance', rate: 1 })
    t.equal(ending(await backend.withdraw(withdrawal(two), share)), 'no CITY_IN_MAINTENANCE')
    t.equal(receivedSupplements(dataDir, key).length, 1)
  })
}
