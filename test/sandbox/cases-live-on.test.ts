// What happens to cases after they were taken: kept over a restart, told in pages, and brought to the gateway until it has it.

import { appendFileSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { openCases, type RefusalKind } from '../../src/sandbox/cases.ts'
import type { NewsFlaw } from '../../src/sandbox/faults.ts'
import { type CaseStatus, type NewsEvent, openLife, type Page, pointsTo, type Step } from '../../src/sandbox/life.ts'
import { type Place, PLACES } from '../../src/sandbox/places.ts'
import type { Push } from '../../src/sandbox/protocols/wire.ts'
import { openPusher } from '../../src/sandbox/pusher.ts'
import { ITEMS } from './catalogue-samples.ts'
import { openListener } from './news-listener.ts'
import { newCaseNo } from './submissions.ts'

const BENXI = PLACES.find(({ city }) => city === 'benxi')!
const TIELING: Place = { ...PLACES.find(({ city }) => city === 'tieling')!, protocol: 'tieling', isAsynchronous: true }

const step = (status: CaseStatus): Step => ({ status, remark: null, points: [], results: [] })

/** A city without a protocol: its cases and their life, as they lie in `folder`. */
async function open(folder: string, place = BENXI) {
  await using opened = new AsyncDisposableStack()
  const heard: NewsEvent[] = []
  let flaw: NewsFlaw | null = null
  const cases = opened.use(await openCases({ path: join(folder, 'cases.ndjson'), areaCode: place.areaCode }))
  const path = join(folder, 'news.ndjson')
  const life = opened.use(
    await openLife({ place, cases, path, onEvent: (event) => heard.push(event), flaw: () => flaw }),
  )
  const closing = opened.move()
  return {
    ...life,
    heard,
    setFlaw(next: NewsFlaw | null) {
      flaw = next
    },
    async file(...kinds: readonly RefusalKind[]): Promise<string> {
      const caseNo = newCaseNo()
      const reference = `${caseNo}.decide`
      const refusals = kinds.map((kind) => ({ kind, message: '理由' }))
      await cases.file({ reference, caseNo, leg: 'decide', item: 'hf-retirement-withdrawal', digest: '', refusals })
      return reference
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    if (tries > 500) throw new Error('it did not come true')
    await delay(10)
  }
}

const ids = (events: readonly NewsEvent[]) => events.map(({ id }) => id)

t.test('what happened is as it was after a restart, a line that a crash cut included', async (t) => {
  const folder = t.testdir()
  let city = await open(folder)
  const [one, two] = [await city.file(), await city.file()]
  t.equal(city.last(one), null)
  const told = [
    await city.advance(one, step('accepted')),
    await city.advance(two, step('accepted')),
    await city.advance(one, {
      ...step('correction'),
      remark: '请补正',
      points: [{ code: 'photo', message: '不清晰' }],
    }),
  ]
  t.match(told, [
    { reference: one, seq: 1 },
    { reference: two, seq: 1 },
    { seq: 2, backendCaseNo: /^210500-/ },
  ])
  t.strictSame(city.heard, told)
  const page = city.page(null, 10)!
  t.strictSame(page.events, told)
  await city[Symbol.asyncDispose]()
  appendFileSync(join(folder, 'news.ndjson'), '{"id":"cut')

  city = await open(folder)
  t.strictSame(city.page(null, 10), page)
  t.strictSame(city.page(page.next, 10)?.events, [], 'a cursor from before is still good')
  t.equal(city.last(one)?.status, 'correction')
  t.match(await city.advance(one, step('reviewing')), { seq: 3 })
  t.match(city.page(page.next, 10)?.events, [{ reference: one, seq: 3 }])
  await city[Symbol.asyncDispose]()
})

t.test('what happens to one case at once happens one after the other, at times of its own', async (t) => {
  await using city = await open(t.testdir())
  const reference = await city.file()
  const events = await Promise.all(Array.from({ length: 20 }, () => city.advance(reference, step('reviewing'))))
  t.strictSame(
    events.map((event) => event?.seq),
    Array.from({ length: 20 }, (_, place) => place + 1),
  )
  const times = events.map((event) => event!.at)
  t.strictSame([...new Set(times)].sort(), times)
  t.strictSame(
    ids(city.page(null, 100)!.events),
    events.map((event) => event!.id),
  )
  t.equal(await city.advance('unheard-of', step('accepted')), null)
  t.equal(await city.advance(await city.file('applicant'), step('accepted')), null, 'what was refused is no case')
})

t.test('pages go on where the last one ended, twice or backwards if the city is flawed', async (t) => {
  await using city = await open(t.testdir())
  const reference = await city.file()
  for (let count = 0; count < 7; count += 1) await city.advance(reference, step('reviewing'))
  const all = ids(city.page(null, 100)!.events)
  const walk = (limit: number): readonly string[] => {
    const found: string[] = []
    for (let cursor: string | null = null; ;) {
      const page: Page = city.page(cursor, limit)!
      t.ok(page.events.length <= limit)
      found.push(...ids(page.events))
      if (!page.more) return found
      cursor = page.next
    }
  }
  for (const limit of [1, 2, 3, 7, 8]) t.strictSame(walk(limit), all)
  for (const unknown of ['p8', 'p-1', 'x', '']) t.equal(city.page(unknown, 1), null, unknown)
  city.setFlaw('duplicate-news')
  t.strictSame(
    walk(5),
    all.flatMap((id) => [id, id]),
  )
  t.strictSame(walk(1), all, 'no room for a second')
  city.setFlaw('shuffled-news')
  t.strictSame(walk(100), all.toReversed())
})

t.test(
  'with a pace cases go on by themselves to their end, and wait where the applicant has to do something',
  async (t) => {
    await using city = await open(t.testdir())
    const [goes, waits] = [await city.file(), await city.file()]
    const refused = await city.file('competence')
    await city.advance(waits, step('correction'))
    city.setPace(20)
    await until(() => city.last(goes)?.status === 'delivered')
    const steps = city.page(null, 100)!.events.filter(({ reference }) => reference === goes)
    t.strictSame(
      steps.map(({ status, seq }) => [status, seq]),
      ['accepted', 'reviewing', 'approved', 'completed', 'delivered'].map((status, place) => [status, place + 1]),
    )
    t.match(steps[3]!.results, [{ code: 'hf-retirement-withdrawal-result', name: '办理结果', number: /^210500/ }])
    t.equal(city.last(waits)?.status, 'correction')
    t.equal(city.last(refused), null)
    city.setPace(null)
    const late = await city.file()
    await delay(60)
    t.equal(city.last(late), null, 'and stand still without one')
  },
)

t.test(
  'an asynchronous city gives its numbers later, over a restart too, and begins each case with that',
  async (t) => {
    const folder = t.testdir()
    let city = await open(folder, TIELING)
    const [queued, refusedLater, hurried] = [await city.file(), await city.file('applicant'), await city.file()]
    const refusedAtOnce = await city.file('item')
    await city.advance(hurried, step('accepted'))
    t.equal(city.last(queued), null)
    await city[Symbol.asyncDispose]()

    city = await open(folder, TIELING)
    await until(() => city.last(queued) !== null && city.last(refusedLater) !== null)
    t.match(city.last(queued), { status: 'received', seq: 1, backendCaseNo: /^211200-/ })
    t.match(city.last(refusedLater), { status: 'refused', backendCaseNo: null, points: [{ code: 'applicant' }] })
    t.equal(city.last(refusedAtOnce), null)
    const events = city.page(null, 100)!.events
    t.strictSame(
      events.filter(({ reference }) => reference === hurried).map(({ status }) => status),
      ['received', 'accepted'],
    )
    t.equal(events.length, 4)
    await city[Symbol.asyncDispose]()
  },
)

t.test('the code of a material is told from the name of a field', (t) => {
  const materials = (ITEMS as readonly { materials?: readonly { code: string }[] }[]).flatMap((item) =>
    (item.materials ?? []).map(({ code }) => code),
  )
  t.ok(materials.length > 300)
  t.strictSame(
    materials.filter((code) => pointsTo(code) === 'field'),
    [],
  )
  for (const name of ['accountNo', 'name', 'purpose']) t.equal(pointsTo(name), 'field')
  t.end()
})

const jsonPush: Push = {
  encode: (event) => ({ headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(event)) }),
  isAcknowledged: ({ status, body }) => status === 200 && body.toString() === 'ok',
}

const eventOf = (id: string, at = new Date().toISOString()): NewsEvent => ({
  ...step('accepted'),
  id,
  reference: 'r',
  backendCaseNo: '210500-2026-000001',
  seq: 1,
  at,
})

const openPusherIn = (dataDir: string, earlier: readonly NewsEvent[] = [], flaw: NewsFlaw | null = null) =>
  openPusher({
    city: 'benxi',
    dataDir,
    path: join(dataDir, 'acknowledged.ndjson'),
    push: jsonPush,
    earlier,
    flaw: () => flaw,
  })

const idIn = ({ body }: { readonly body: string }): string => (JSON.parse(body) as NewsEvent).id

t.test('news are brought again until they are acknowledged, and after a restart only the others', async (t) => {
  const dataDir = t.testdir()
  const events = [eventOf('heard'), eventOf('refused'), eventOf('too-old', '2026-01-01T00:00:00.000Z')]
  await using listener = await openListener(dataDir, (heard) =>
    idIn(heard) === 'heard' ? { status: 200, body: 'ok' } : { status: 503 },
  )
  const first = await openPusherIn(dataDir)
  for (const event of events) first.push(event)
  const came = [await listener.next(), await listener.next(), await listener.next()]
  t.strictSame(came.map(idIn).sort(), ids(events).sort())
  t.ok(came.every(({ path }) => path === '/v1/cities/benxi/events'))
  t.equal(idIn(await listener.next()), 'refused', 'again, and what is older than three days no more')
  await first[Symbol.asyncDispose]()

  listener.answer(() => ({ status: 200, body: 'something else' }))
  const second = await openPusherIn(dataDir, events.slice(0, 2))
  t.equal(idIn(await listener.next()), 'refused')
  listener.answer(() => ({ status: 200, body: 'ok' }))
  t.equal(idIn(await listener.next()), 'refused', 'an answer that does not say so is no acknowledgement')
  // Its note of the acknowledgement reaches the disk a moment after the answer reached it.
  const acknowledged = (): string => readFileSync(join(dataDir, 'acknowledged.ndjson'), 'utf8')
  while (!acknowledged().includes('"refused"')) await new Promise((resolve) => void setImmediate(resolve))
  await until(() => readFileSync(join(dataDir, 'acknowledged.ndjson'), 'utf8').includes('"refused"'))
  await second[Symbol.asyncDispose]()

  const third = await openPusherIn(dataDir, events.slice(0, 2))
  third.push(eventOf('new'))
  t.equal(idIn(await listener.next()), 'new')
  await third[Symbol.asyncDispose]()
})

t.test('news wait for a gateway that is not there yet', async (t) => {
  const dataDir = t.testdir()
  const pusher = await openPusherIn(dataDir)
  pusher.push(eventOf('early'))
  await using listener = await openListener(dataDir, () => ({ status: 200, body: 'ok' }))
  t.equal(idIn(await listener.next()), 'early')
  await pusher[Symbol.asyncDispose]()
})

t.test('news come twice, or the newest first, as the faults say', async (t) => {
  const dataDir = t.testdir()
  await using listener = await openListener(dataDir, () => ({ status: 200, body: 'ok' }))
  const three = async (flaw: NewsFlaw, calls: number): Promise<readonly string[]> => {
    const pusher = await openPusherIn(dataDir, [], flaw)
    for (const id of ['one', 'two', 'three']) pusher.push(eventOf(id))
    const came: string[] = []
    while (came.length < calls) came.push(idIn(await listener.next()))
    await pusher[Symbol.asyncDispose]()
    rmSync(join(dataDir, 'acknowledged.ndjson'))
    return came
  }
  t.strictSame([...(await three('duplicate-news', 6))].sort(), ['one', 'one', 'three', 'three', 'two', 'two'])
  t.equal((await three('shuffled-news', 3))[0], 'three')
})
