// Every field of a form reaches its city in the city's own words, and what a city has found comes back whole: held against what
// the sandbox city has read off the wire by its own dictionary, which shares nothing with our mapping.

import t, { type Test } from 'tap'
import { isDecidedWhereTaken, type Item } from '../../src/domain/item.ts'
import { heardSubmission } from '../../src/sandbox/control.ts'
import { ask, catalogue, cities, file, sample, startGateway, tokenOf, type Json } from './harness.ts'

// Nobody waits here for a deadline; on a busy machine the usual one of the tests would be too short.
const gateway = await startGateway(t, {}, [[/deadlineMs: 900/, 'deadlineMs: 20000']])
const AT_ONCE = 4

const sentOn = catalogue.items.filter((item) => !isDecidedWhereTaken(item))
const DOMAINS = [...new Set(sentOn.map(({ domain }) => domain))]

t.test('every domain sends items on, but for the one whose items are decided where they are taken', async (t) => {
  const all = new Set(catalogue.items.map(({ domain }) => domain))
  t.equal(all.size, 17)
  t.strictSame([...all.difference(new Set(DOMAINS))], ['justice'])
})

for (const { key: city } of cities) {
  t.test(city, async (t) => {
    const offered = sentOn.filter((item) => catalogue.citiesOffering(item).includes(city))
    // Of each domain the one with the most fields.
    const applications = DOMAINS.flatMap((domain) =>
      offered
        .filter((item) => item.domain === domain && item.interaction === 'application')
        .toSorted((a, b) => fieldsOf(b, city) - fieldsOf(a, city))
        .slice(0, 1),
    )
    const queries = offered.filter(({ interaction }) => interaction === 'query')
    const waiting = [...applications, ...queries].values()
    const work = async (): Promise<void> => {
      for (const item of waiting) await (item.interaction === 'query' ? tryQuery : tryApplication)(t, city, item)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
  })
}

async function tryApplication(t: Test, city: string, item: Item): Promise<void> {
  const body = whole(item, city)
  const filed = await file(gateway, item.code, city, { body, headers: { prefer: 'wait=30' } })
  t.equal(filed.status, 201, `${item.code} in ${city}: ${filed.text}`)
  for (const leg of filed.body['legs'] as Json[]) {
    if (leg['delivery'] !== 'delivered') continue
    const reference = `${String(filed.body['caseNo'])}.${String(leg['leg'])}`
    const { submission } = await heardSubmission(gateway.dataDir, String(leg['city']), reference)
    t.match(submission, { item: item.code, leg: leg['leg'], reference })
    // That somebody has agreed is for the gateway to know.
    const { consent: _kept, ...sent } = body
    t.strictSame(differences(sent, submission.body), [], `${item.code} ${String(leg['leg'])} in ${String(leg['city'])}`)
  }
}

async function tryQuery(t: Test, city: string, item: Item): Promise<void> {
  const body = whole(item, city)
  const asked = await ask(gateway, item.code, city, { body })
  t.match(asked, { status: 200, body: { found: true } }, `${item.code} in ${city}: ${asked.text.slice(0, 300)}`)
  const auditor = tokenOf(gateway, 'auditor')
  const record = await fetch(`${gateway.address}/v1/audit/records/${asked.headers.get('audit-record') ?? ''}`, {
    headers: { authorization: `Bearer ${auditor}` },
  })
  const { intent } = (await record.json()) as Json
  const { submission, result } = await heardSubmission(gateway.dataDir, city, String(intent))
  t.strictSame(differences(body, submission.body), [], `${item.code} in ${city}`)
  t.strictSame(differences(result, asked.body['result']), [], `${item.code} back from ${city}`)
}

/** The sample with the parts that samples leave out, as a clerk of Shenyang hands it in. */
function whole(item: Item, city: string): Json {
  const { materials: listed = [], ...body } = sample(item.code, city)
  const materials = listed.map((material) =>
    material.held === 'uploaded' ? { ...material, materialId: `m-${material.code}` } : material,
  )
  return {
    handlingMode: item.handlingModes[0],
    collectingCity: 'shenyang',
    ...body,
    applicant: { address: '沈阳市和平区示例路1号', ...body.applicant },
    // Of an empty list nothing is sent.
    ...(materials.length === 0 ? {} : { materials }),
  }
}

const fieldsOf = (item: Item, city: string): number => leavesOf(sample(item.code, city), '').length

type Leaf = readonly [pointer: string, value: unknown]

function leavesOf(value: unknown, pointer: string): readonly Leaf[] {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[pointer, value]]
  const members = Object.entries(value)
  // An empty list is an answer too.
  if (members.length === 0) return [[pointer, Array.isArray(value) ? '(empty list)' : '(empty object)']]
  return members.flatMap(([name, member]) => leavesOf(member, `${pointer}/${name}`))
}

/** What is missing, changed or added, by JSON Pointer; times and amounts by what they mean, not by how they are written. */
function differences(sent: unknown, arrived: unknown): readonly string[] {
  const theirs = new Map(leavesOf(arrived, ''))
  const found = leavesOf(sent, '').flatMap(([pointer, value]) => {
    const other = theirs.get(pointer)
    theirs.delete(pointer)
    return meaningOf(value) === meaningOf(other) ? [] : [`${pointer}: ${String(value)} → ${String(other)}`]
  })
  return [...found, ...[...theirs].map(([pointer, value]) => `${pointer}: added ${String(value)}`)]
}

function meaningOf(value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(value)) return Math.floor(Date.parse(value) / 1000)
  return /^\d+(\.\d{1,2})?$/.test(value) && value.includes('.') ? Number(value).toFixed(2) : value
}
