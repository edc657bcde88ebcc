// Two gateways on one PostgreSQL keep the promises together: whoever is asked, whichever dies, whether or not the database is there.

import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { runVerify } from './verify.ts'
import { follow } from '../gateway/event-stream.ts'
import {
  call,
  file,
  makeSick,
  receivedBy,
  records,
  sample,
  tokenOf,
  until,
  type Answer,
  type RunningGateway,
} from '../gateway/harness.ts'
import { openStage } from './gateways.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'

const stage = await openStage(t)
let east = await stage.begin('east')
const west = await stage.begin('west')
const clerk = tokenOf(east, 'clerk')

const shown = (gateway: RunningGateway, caseNo: string): Promise<Answer> =>
  call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })

/** Asked again as an answer of 409 or 503 says, with the same key, at one gateway or the other. */
async function insist(gateways: readonly RunningGateway[], key: string, body: unknown): Promise<Answer> {
  for (let attempt = 0; ; attempt++) {
    const gateway = gateways[attempt % gateways.length]
    if (gateway === undefined) throw new Error('no gateway is named')
    const answer = await file(gateway, ITEM, CITY, { body, headers: { 'idempotency-key': key } }).catch(() => null)
    if (answer !== null && answer.status < 400) return answer
    if (attempt === 300) throw new Error(`it never took the application: ${answer?.text ?? 'no answer'}`)
    await delay(100)
  }
}

t.test('the same key at both at once is one case, and the city has it once', async (t) => {
  for (let round = 0; round < 8; round++) {
    const key = crypto.randomUUID()
    const body = sample(ITEM, CITY)
    const [one, other] = await Promise.all([insist([east], key, body), insist([west], key, body)])
    t.equal(one.body['caseNo'], other.body['caseNo'])
    t.equal((await receivedBy(east, CITY, String(one.body['caseNo']))).length, 1)
  }
})

t.test('who listens at one gateway hears of a case that was filed at the other', async (t) => {
  const stream = await follow(west, '/v1/cases/events', { token: clerk })
  t.equal(stream.status, 200)
  const filed = await file(east, ITEM, CITY)
  t.equal(filed.status, 201, filed.text)
  const heard = await until(
    async () => stream.messages.filter(({ data }) => data['caseNo'] === filed.body['caseNo']),
    (messages) => messages.length > 0,
  )
  t.ok(heard.length > 0)
  stream.close()
})

t.test('what a sick city could not be brought, one of the couriers brings, and not the other', async (t) => {
  await makeSick(east, CITY, 'error-500')
  const gateways = [east, west]
  const filed = await Promise.all(
    Array.from({ length: 12 }, (_, index) => file(gateways[index % 2] ?? east, ITEM, CITY)),
  )
  const numbers = filed.map(({ body }) => String(body['caseNo']))
  t.strictSame([...new Set(filed.map(({ status }) => status))], [202])
  await makeSick(east, CITY, 'off')
  for (const caseNo of numbers) {
    const answer = await until(
      () => shown(west, caseNo),
      ({ body }) => body['delivery'] === 'delivered',
      60_000,
    )
    t.equal(answer.body['delivery'], 'delivered')
    t.equal((await receivedBy(east, CITY, caseNo)).length, 1, 'the city has it once')
  }
})

t.test('a line that is held at one gateway is held at the other, and goes on there too', async (t) => {
  const operator = tokenOf(east, 'operator')
  const decide = (hold: string | null) =>
    call(east, 'POST', `/v1/operations/lines/${CITY}/main`, {
      token: operator,
      body: { hold, reason: '割接' },
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
  const stateAtWest = async (): Promise<unknown> => {
    const { body } = await call(west, 'GET', '/v1/operations/lines', { token: operator })
    return (body['lines'] as { city: string; state: string }[]).find(({ city }) => city === CITY)?.state
  }
  const decided = await decide('open')
  t.equal(decided.status, 200, decided.text)
  t.equal(await until(stateAtWest, (state) => state === 'held'), 'held')
  t.equal((await decide(null)).status, 200)
  t.equal(await until(stateAtWest, (state) => state === 'closed'), 'closed')
})

t.test('one gateway is killed while both take applications: what was acknowledged is there', async (t) => {
  const acknowledged: string[] = []
  const over = new AbortController()
  const callers = Array.from({ length: 6 }, async () => {
    while (!over.signal.aborted) {
      const answer = await insist([east, west], crypto.randomUUID(), sample(ITEM, CITY))
      acknowledged.push(String(answer.body['caseNo']))
    }
  })
  await delay(1500)
  await east.kill()
  await delay(1500)
  over.abort()
  await Promise.all(callers)
  t.ok(acknowledged.length > 10, `${acknowledged.length} were acknowledged`)
  await allThereOnce(t, acknowledged)
  east = await stage.begin('east')
  await soundLog(t)
})

t.test('PostgreSQL is killed: 503, and after its start all goes on and nothing is lost', async (t) => {
  const acknowledged: string[] = []
  const over = new AbortController()
  let refusals = 0
  const callers = Array.from({ length: 4 }, async (_, index) => {
    while (!over.signal.aborted) {
      const key = crypto.randomUUID()
      const body = sample(ITEM, CITY)
      const first = await file(index % 2 === 0 ? east : west, ITEM, CITY, { body, headers: { 'idempotency-key': key } })
      if (first.status >= 500) {
        refusals += 1
        t.match(first, { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } })
      }
      const answer = first.status < 400 ? first : await insist([east, west], key, body)
      acknowledged.push(String(answer.body['caseNo']))
    }
  })
  await delay(1000)
  stage.server.kill()
  await delay(1500)
  await stage.server.start()
  await delay(2500)
  over.abort()
  await Promise.all(callers)
  t.ok(refusals > 0, 'it was told while the database was away')
  await allThereOnce(t, acknowledged)
  await soundLog(t)
})

t.test('each gateway numbers its own records without a gap, and says its name in them', async (t) => {
  const nodes = await stage.server.query(`
    SELECT leaf::json ->> 'node' AS node, count(*) AS kept, max((leaf::json ->> 'seq')::int) AS last
    FROM store_1.records GROUP BY 1 ORDER BY 1`)
  t.strictSame(
    nodes.map(({ node }) => node),
    ['east', 'west'],
  )
  for (const { kept, last } of nodes) t.equal(Number(kept), last)
})

/** Both gateways show each case, the city has got it once, and its application is on record. */
async function allThereOnce(t: Test, numbers: readonly string[]): Promise<void> {
  t.equal(new Set(numbers).size, numbers.length, 'each has a number of its own')
  const odd: unknown[] = []
  for (const caseNo of numbers) {
    const { status, body } = await until(
      () => shown(west, caseNo),
      (answer) => answer.body['delivery'] === 'delivered',
      60_000,
    )
    const arrived = await receivedBy(west, CITY, caseNo)
    const forwarded = await records(west, { caseNo, kind: 'forwarded' })
    if (status !== 200 || body['delivery'] !== 'delivered' || arrived.length !== 1 || forwarded.length === 0) {
      odd.push({ caseNo, status, delivery: body['delivery'], arrived: arrived.length, forwarded: forwarded.length })
    }
  }
  t.strictSame(odd, [])
}

async function soundLog(t: Test): Promise<void> {
  const { status, output } = await runVerify(west.address)
  t.equal(status, 0, output)
}
