// An uploaded file reaches the city that decides, in that city's own way, before the application that names it, and once.

import { createHash, randomBytes } from 'node:crypto'
import t, { type Test } from 'tap'
import { receivedMaterials } from '../../src/sandbox/received.ts'
import {
  catalogue,
  cities,
  file,
  makeSick,
  receivedBy,
  records,
  sample,
  startGateway,
  upload,
  until,
} from './harness.ts'
import type { Answer, Json } from './harness.ts'

const gateway = await startGateway(t, {}, [
  [/volumeThreshold: \d+/, 'volumeThreshold: 1000'],
  [/backoffMaxMs: \d+/, 'backoffMaxMs: 500'],
  // A file of some size takes its time on a busy machine.
  [/deadlineMs: 900/, 'deadlineMs: 5000'],
])
const ITEM = 'mi-remote-care-filing'

const png = (size: number): Buffer =>
  Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), randomBytes(size - 8)])

/** The first material of the item that may be uploaded. */
const uploadable = catalogue
  .find(ITEM)
  .materials.find(({ forms }) => forms.includes('copy') || forms.includes('electronic'))!.code

function naming(city: string, materialId: string): Json {
  const body = sample(ITEM, city)
  const others = (body.materials ?? []).filter(({ code }) => code !== uploadable)
  return { ...body, materials: [{ code: uploadable, held: 'uploaded', materialId }, ...others] }
}

async function isThere(t: Test, city: string, filed: Answer, content: Buffer): Promise<void> {
  const { caseNo } = filed.body
  const taken = await until(
    () => receivedBy(gateway, city, caseNo),
    (one) => one.length > 0,
  )
  t.equal(taken.length, 1, `${city} has the application once`)
  const files = receivedMaterials(gateway.dataDir, city, taken[0]?.reference ?? '')
  t.equal(files.length, 1, `${city} has the file once`)
  t.match(files[0], {
    code: uploadable,
    mediaType: 'image/png',
    digest: createHash('sha256').update(content).digest('hex'),
  })
  t.ok(files[0]?.bytes.equals(content), `${city} has the file as it was`)
}

t.test('in every city', async (t) => {
  for (const { key: city } of cities) {
    const content = png(150_000)
    const filed = await file(gateway, ITEM, city, { body: naming(city, await upload(gateway, content)) })
    t.ok([201, 202].includes(filed.status), `${city}: ${filed.text}`)
    await isThere(t, city, filed, content)

    const log = await records(gateway, { caseNo: String(filed.body['caseNo']) })
    const handed = log.filter(({ call }) => call === 'hand-over')
    const looks = log.filter(({ kind }) => kind === 'material-read')
    if (handed.length === 0) t.match(looks, [{ actor: { role: 'city', city }, status: 200 }], `${city} fetched it`)
    else {
      const [intent, outcome] = handed
      t.match(
        handed,
        [{ kind: 'forwarded' }, { kind: 'city-answered', outcome: 'taken', intent: intent?.['id'] }],
        city,
      )
      t.ok(outcome?.['answerDigest'])
    }
    t.notMatch(JSON.stringify(log), createHash('sha256').update(content).digest('hex'))
  }
})

t.test('also where the city is away at first, and where its answer is lost', async (t) => {
  for (const [city, fault] of [
    ['fuxin', 'refuse-connect'],
    ['fuxin', 'reset-after'],
    ['anshan', 'reset-after'],
    ['liaoyang', 'reset'],
    ['tieling', 'reset'],
  ] as const) {
    const content = png(20_000)
    const materialId = await upload(gateway, content)
    await makeSick(gateway, city, fault)
    const filed = await file(gateway, ITEM, city, { body: naming(city, materialId) })
    t.equal(filed.status, 202, `${city} ${fault}: ${filed.text}`)
    t.equal(filed.body['delivery'], 'stored', `${city} ${fault}: the application itself was not sent`)
    await makeSick(gateway, city, 'off')
    await isThere(t, city, filed, content)
  }
})

t.test('an address is good for one file and one city, and not for long', async (t) => {
  const filed = await file(gateway, ITEM, 'benxi', { body: naming('benxi', await upload(gateway, png(1000))) })
  const materialId = String((filed.body['materials'] as Json[] | undefined)?.[0]?.['materialId'] ?? '')
  for (const query of ['', '?city=benxi', `?city=benxi&expires=${Date.now() + 1000}&proof=AAAA`, '?proof=a&proof=b']) {
    const answer = await fetch(`${gateway.address}/v1/materials/${materialId || '0'.repeat(20)}/content${query}`)
    t.equal(answer.status, 403, query)
    t.match(await answer.json(), { code: 'LINK_NOT_GOOD' })
  }
})
