// What follows an application, killed and failing at each step: a correction or withdrawal that was entered reaches its city,
// once, and one that was not has left nothing behind.

import t, { type Test } from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { receivedSupplements } from '../../src/sandbox/received.ts'
import { call, file, sample, startGateway, tokenOf, until, type Answer } from '../gateway/harness.ts'
import { caseOf, readLog } from './evidence.ts'
import { planNext, struckCase, type Plan } from './plan.ts'

const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]
const ITEM = 'mi-remote-care-filing'
const CITIES = ['shenyang', 'fushun', 'fuxin', 'liaoyang', 'benxi', 'shenfu'] as const
const KINDS = ['correction', 'withdrawal'] as const

// Leases outlast what is held, so that the courier does not take it up before the kill.
const PATIENT_LEASES: readonly [RegExp, string][] = [
  [/pollMs: \d+/, 'pollMs: 50'],
  [/leaseMarginMs: 2000/, 'leaseMarginMs: 12000'],
]
const gateway = await startGateway(t, {}, PATIENT_LEASES, STEPS)
const clerk = tokenOf(gateway, 'clerk')

/** One thing that is done with a case, under a key of its own, so that it can be done again. */
interface Doing {
  readonly kind: (typeof KINDS)[number]
  readonly city: string
  readonly caseNo: string
  readonly reference: string
  readonly act: () => Promise<Answer>
}

/** A case that its city has taken, and of a correction has asked to be corrected. */
async function prepare(kind: Doing['kind'], city: string): Promise<Doing> {
  const filed = await file(gateway, ITEM, city, { headers: { prefer: 'wait=30' } })
  const caseNo = String(filed.body['caseNo'])
  const taken = await until(
    () => caseOf(gateway, caseNo),
    ({ delivery, legs }) => delivery === 'delivered' && legs[0].backendCaseNo !== null,
  )
  const reference = `${caseNo}.${String(taken['legs'][0]['leg'])}`
  if (kind === 'correction') {
    await advanceCase(gateway.dataDir, city, reference, { status: 'correction' })
    await until(
      () => caseOf(gateway, caseNo),
      ({ state }) => state === 'correction-required',
    )
  }
  const headers = { 'idempotency-key': crypto.randomUUID(), prefer: 'wait=30' }
  const body = kind === 'correction' ? sample(ITEM, city) : { reason: '不办了' }
  const path = `/v1/cases/${caseNo}/${kind === 'correction' ? 'corrections' : 'withdrawal'}`
  return { kind, city, caseNo, reference, act: () => call(gateway, 'POST', path, { token: clerk, body, headers }) }
}

/** Lets a step fail, or holds it for ever, while `act` is at work; once it has struck, gives what comes of the act. */
async function strike(doing: Plan['doing'], step: string, act: Doing['act']): Promise<{ end: Promise<Answer | null> }> {
  planNext(gateway.dataDir, { step, doing })
  const end = act().catch(() => null)
  const struck = await until(
    async () => struckCase(gateway.dataDir),
    (caseNo) => caseNo !== null,
  )
  if (struck === null) throw new Error(`${step} was never reached:\n${gateway.output()}`)
  return { end }
}

const timesThere = ({ city, reference, kind }: Doing): number =>
  receivedSupplements(gateway.dataDir, city, reference).filter((one) => one.kind === kind).length

/** Repeated as a caller does, as long as the first may still be at work. */
const again = ({ act }: Doing): Promise<Answer> => until(act, ({ status }) => status !== 409)

/** The city has it once, and the case stands where that leads. */
async function isDoneOnce(t: Test, doing: Doing, name: string): Promise<void> {
  const moved = (state: unknown): boolean =>
    doing.kind === 'withdrawal' ? state === 'withdrawn' : state !== 'correction-required'
  const shown = await until(
    () => caseOf(gateway, doing.caseNo),
    ({ state, corrections, withdrawal }) => {
      const [message] = doing.kind === 'correction' ? corrections : (withdrawal?.messages ?? [])
      return moved(state) && message?.delivery === 'delivered'
    },
    45_000,
  )
  t.ok(moved(shown['state']), `${name}: ${shown['state']}`)
  t.equal(timesThere(doing), 1, `${name}: its city has it once`)
  const acts = doing.kind === 'correction' ? shown['corrections'].length : shown['withdrawal'] === null ? 0 : 1
  t.equal(acts, 1, `${name}: it was entered once`)
}

const WRITES = { correction: 'corrects', withdrawal: 'withdraws' } as const

for (const kind of KINDS) {
  t.test(`a ${kind}, of which a step fails`, async (t) => {
    // says: what the caller is told. taken: how often its city has it then.
    const rows = [
      { step: `enter ${kind}:before`, status: 503, says: /没有保存/, again: 201, taken: 0 },
      { step: `enter ${kind}:after`, status: 503, says: /可能已经保存/, again: 202, taken: 0 },
      { step: 'what follows settles:before', status: 202, says: null, again: 202, taken: 1 },
      { step: 'what follows settles:after', status: 202, says: null, again: 202, taken: 1 },
      { step: 'append request-answered:before', status: 201, says: null, again: 202, taken: 1 },
      { step: 'append request-answered:after', status: 201, says: null, again: 201, taken: 1 },
    ] as const
    for (const [index, row] of rows.entries()) {
      const { step, status, says, taken } = row
      const doing = await prepare(kind, CITIES[index] ?? 'fushun')
      const answer = await (await strike('throw', step, doing.act)).end
      t.equal(answer?.status, status, `${step}: ${answer?.text}`)
      if (says !== null) t.match(answer?.body, { code: 'STORE_UNAVAILABLE', source: 'gateway', detail: says })
      t.equal(timesThere(doing), taken, `${step}: ${taken} times there`)
      const repeated = await again(doing)
      t.equal(repeated.status, row.again, `${step}, again: ${repeated.text}`)
      await isDoneOnce(t, doing, step)
    }
  })

  t.test(`a ${kind}, killed at each step`, async (t) => {
    const rows = [
      { step: `enter ${kind}:before`, kept: false, taken: 0 },
      { step: `enter ${kind}:after`, kept: true, taken: 0 },
      { step: `caller ${WRITES[kind]}:before`, kept: true, taken: 0 },
      { step: `caller ${WRITES[kind]}:after`, kept: true, taken: 1 },
      { step: 'what follows settles:before', kept: true, taken: 1 },
      { step: 'what follows settles:after', kept: true, taken: 1 },
    ] as const
    const held: ((typeof rows)[number] & { doing: Doing; end: Promise<Answer | null> })[] = []
    const doings = await Promise.all(rows.map((_, index) => prepare(kind, CITIES[index] ?? 'fushun')))
    for (const [index, row] of rows.entries()) {
      const doing = doings[index]!
      const { end } = await strike('hold', row.step, doing.act)
      held.push({ ...row, doing, end })
    }
    await gateway.kill()
    for (const { step, doing, taken, end } of held) {
      t.equal(await end, null, `${step}: the caller saw no answer`)
      t.equal(timesThere(doing), taken, `${step}: its city had it ${taken} times`)
    }
    await gateway.restart()
    for (const { step, doing, kept } of held) {
      const repeated = await again(doing)
      t.equal(repeated.status, kept ? 202 : 201, `${step}, again: ${repeated.text}`)
      t.equal(repeated.headers.get('idempotency-replayed'), kept ? 'true' : null, step)
    }
    await Promise.all(held.map(({ step, doing }) => isDoneOnce(t, doing, step)))
  })
}

t.test('the log has an intent for whatever was sent', async (t) => {
  const { all, orphans, gaps } = await readLog(gateway)
  t.strictSame(orphans, [])
  t.equal(gaps, 0)
  for (const kind of ['correct', 'withdraw']) {
    const sent = all.filter((record) => record['kind'] === 'forwarded' && record['call'] === kind)
    t.ok(sent.length >= 11, `${kind}: ${sent.length}`)
  }
})
