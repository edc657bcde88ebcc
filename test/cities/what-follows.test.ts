// Each city's adapter and its sandbox, written apart from one document, agree about what follows an application and the files before it.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { openCities } from '../../src/cities/table.ts'
import { projectConfig as config } from '../project-config.ts'
import type { CityMessage, CorrectionMessage, MaterialMessage } from '../../src/domain/delivery.ts'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { shipped } from '../catalogue/shipped.ts'

const item = shipped.find('hf-retirement-withdrawal')
const [leg] = item.legs
if (leg === undefined) throw new Error('an item has legs')
const caller = { share: 'caller' } as const
const step = (status: 'correction' | 'approved') => ({ status, remark: null, points: [], results: [] })

/** A sandbox city and the gateway's line to it, as the configuration has it. */
async function open(t: Test, key: string) {
  const dataDir = t.testdir({ sandbox: {} })
  const folder = join(dataDir, 'sandbox')
  const city = await openCity({ place: PLACES.find((place) => place.city === key)!, folder })
  const cities = await openCities({
    cities: config.cities
      .filter((one) => one.key === key)
      // A busy machine takes its time over a file.
      .map(({ backends: [{ limits, ...backend }], ...one }) => {
        return { ...one, backends: [{ ...backend, limits: { ...limits, deadlineMs: 120_000 } }] as const }
      }),
    fields: config.fields,
    addressOf: () => city.address,
    secretOf: () => readFileSync(join(folder, 'secrets', key)),
    clock: systemClock,
    bytes: systemIds.bytes,
    observe: () => undefined,
    onState: () => undefined,
  })
  t.teardown(async () => {
    await cities[Symbol.asyncDispose]()
    await city[Symbol.asyncDispose]()
  })
  const backend = cities.all[0]
  if (backend === undefined) throw new Error('no city')
  return { dataDir, city, backend }
}

for (const key of ['shenyang', 'fushun', 'anshan']) {
  t.test(`${key}: a file, an application, a correction and a withdrawal`, async (t) => {
    const { dataDir, city, backend } = await open(t, key)
    const reference = `20261122-7Q2M9X4KTB0C.${leg.key}`
    const body = shipped.sample(item, key)
    const application: CityMessage = { item, leg, reference, relatedCaseNo: null, takenAt: Date.now(), body }
    const bytes = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(300_000, '\r\n--kytb-')])
    const digest = createHash('sha256').update(bytes).digest('hex')
    const described = { code: 'id-document', materialId: 'm-1', name: 'id-document.pdf', digest, bytes }
    const file: MaterialMessage = { item, leg, reference, material: { ...described, mediaType: 'application/pdf' } }
    t.match(await backend.handOver(file, caller), { sent: 'answered', answer: { kind: 'taken' } })
    t.match(await backend.handOver(file, caller), { answer: { kind: 'taken' } }, 'the same again')
    const other = { ...file, material: { ...file.material, mediaType: 'image/png' as const, materialId: 'm-2' } }
    t.match(await backend.handOver(other, caller), { answer: { kind: 'refused', reasons: [{}] } })
    t.ok(receivedMaterials(dataDir, key, reference)[0]?.bytes.equals(bytes))

    const taken = await backend.deliver(application, caller)
    t.match(taken, { sent: 'answered', answer: { kind: 'taken' } })
    const backendCaseNo = taken.sent === 'answered' && taken.answer.kind === 'taken' ? taken.answer.backendCaseNo : null
    const materials = [{ code: 'id-document', held: 'uploaded', materialId: 'm-1' } as const]
    const correction: CorrectionMessage = {
      item,
      leg,
      reference,
      backendCaseNo,
      correctionNo: 1,
      takenAt: Date.now(),
      body: { ...body, materials },
    }
    t.match(await backend.correct(correction, caller), { answer: { kind: 'refused', reasons: [{}] } }, 'not asked for')
    await city.advance(reference, step('correction'))
    const mended = { sent: 'answered', answer: { kind: 'taken', state: 'accepted' } }
    t.match(await backend.correct(correction, caller), mended)
    t.match(await backend.correct(correction, caller), mended, 'the same again')
    const changed = { ...correction, body }
    t.match(await backend.correct(changed, caller), { sent: 'maybe', fault: { code: 'CITY_MESSAGE_REFUSED' } })
    const strange = { ...correction, reference: `20261122-7Q2M9X4KTB0D.${leg.key}` }
    t.match(await backend.correct(strange, caller), { sent: 'no', fault: { code: 'CITY_MESSAGE_REFUSED' } })

    const withdrawal = { item, leg, reference, backendCaseNo, takenAt: Date.now(), reason: '改由单位代办 <A&B>' }
    t.match(await backend.withdraw(withdrawal, caller), { answer: { kind: 'withdrawn' } })
    t.match(await backend.withdraw({ ...withdrawal, reason: null }, caller), { answer: { kind: 'withdrawn' } })
    t.match(receivedSupplements(dataDir, key, reference), [
      { kind: 'correction', body: { materials } },
      { kind: 'withdrawal', reason: '改由单位代办 <A&B>' },
    ])

    const late = `20261122-7Q2M9X4KTB0E.${leg.key}`
    await backend.deliver({ ...application, reference: late }, caller)
    await city.advance(late, step('approved'))
    const tooLate = { ...withdrawal, reference: late, backendCaseNo: null }
    t.match(await backend.withdraw(tooLate, caller), { answer: { kind: 'refused', reasons: [{}] } })
  })
}
