// What operators decide about messages that do not arrive, through the whole gateway: nothing is done twice at a city, nothing is lost.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { EACH_CALL_GOES_OUT, ITEM, PATIENT } from './fault-table.ts'
import {
  call,
  file,
  makeSick,
  receivedBy,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  type Answer,
  type Json,
} from './harness.ts'

const gateway = await startGateway(t, {}, [
  ...EACH_CALL_GOES_OUT,
  [/deadlineMs: 900/, 'deadlineMs: 10000'],
  [/stuckAfterMs: \d+/, 'stuckAfterMs: 1500'],
  [/backoffBaseMs: \d+/, 'backoffBaseMs: 50'],
  [/backoffMaxMs: \d+/, 'backoffMaxMs: 100'],
  [/pollMs: \d+/, 'pollMs: 50'],
  // This one cannot be asked about a reference.
  [/(key: fuxin\n[\s\S]*settlesAfterMs: 300)/, '$1\n    enquiry: none'],
])
const operator = tokenOf(gateway, 'operator')
const clerk = tokenOf(gateway, 'clerk')

const list = (query: string): Promise<Answer> =>
  call(gateway, 'GET', `/v1/operations/deliveries${query}`, { token: operator })

const decide = (
  { caseNo, leg, messageNo = 0 }: Json,
  body: object,
  key: string = crypto.randomUUID(),
): Promise<Answer> =>
  call(gateway, 'POST', `/v1/operations/deliveries/${caseNo}/${leg}/${messageNo}`, {
    token: operator,
    body,
    headers: { 'idempotency-key': key },
  })

const caseOf = async (caseNo: string): Promise<Json> =>
  (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body

const stuckOf = async (caseNo: string): Promise<Json | undefined> =>
  ((await list('?state=stuck&limit=200')).body['deliveries'] as Json[]).find((one) => one['caseNo'] === caseNo)

/** Files it while its city has this fault, and waits until it is stuck. */
async function stuck(city: string, fault: Parameters<typeof makeSick>[2]): Promise<Json> {
  await makeSick(gateway, city, fault)
  const filed = await file(gateway, ITEM, city, PATIENT)
  if (filed.status !== 202) throw new Error(filed.text)
  const caseNo = String(filed.body['caseNo'])
  const found = await until(
    () => stuckOf(caseNo),
    (one) => one !== undefined,
  )
  if (found === undefined) throw new Error(`${caseNo} is not stuck`)
  return found
}

t.test('what keeps failing is stuck, and goes on where an operator has it tried again', async (t) => {
  const found = await stuck('shenyang', 'refuse-connect')
  const caseNo = String(found['caseNo'])
  t.match(found, {
    item: { code: ITEM, name: {} },
    messageNo: 0,
    reference: `${caseNo}.${found['leg']}`,
    city: 'shenyang',
    kind: 'application',
    fault: 'CITY_UNREACHABLE',
    mayHaveArrived: false,
    waitsForOther: false,
    nextAttemptAt: null,
    canBe: ['redrive', 'mark-delivered', 'give-up'],
  })
  t.ok(found['attempts'] >= 10, String(found['attempts']))
  const shown = await caseOf(caseNo)
  t.match(shown, { state: 'collected', delivery: 'stuck' })
  const metrics = (await call(gateway, 'GET', '/metrics')).text
  t.match(metrics, /gateway_courier_backlog\{city="shenyang",state="stuck"\} 1/)

  await makeSick(gateway, 'shenyang', 'off')
  const key = crypto.randomUUID()
  const body = { act: 'redrive', reason: '对方已恢复', state: 'stuck' }
  const again = await decide(found, body, key)
  t.match(again, { status: 200, body: { caseNo, state: 'stored', mayHaveArrived: false } }, again.text)
  const brought = await until(
    () => caseOf(caseNo),
    ({ delivery }) => delivery === 'delivered',
  )
  t.match(brought, { delivery: 'delivered', state: 'pre-accepted' })
  t.equal((await receivedBy(gateway, 'shenyang', caseNo)).length, 1)

  const replayed = await decide(found, body, key)
  t.equal(replayed.headers.get('idempotency-replayed'), 'true')
  t.strictSame(replayed.body, again.body, 'the answer that was given, whatever has happened since')
  t.match(await decide(found, { ...body, reason: '另一个' }, key), { body: { code: 'IDEMPOTENCY_KEY_REUSED' } })
  t.match(await decide(found, body), { status: 409, body: { code: 'DELIVERY_STATE_REFUSES', source: 'caller' } })
})

t.test('what may have arrived is only asked about, and done once', async (t) => {
  const found = await stuck('fushun', 'reset-after')
  const caseNo = String(found['caseNo'])
  t.match(found, { mayHaveArrived: true, canBe: ['redrive', 'mark-delivered', 'give-up'] })
  t.equal((await receivedBy(gateway, 'fushun', caseNo)).length, 1, 'the city has it, and nobody here knows')
  await makeSick(gateway, 'fushun', 'off')
  t.match((await decide(found, { act: 'redrive', reason: '对方已恢复' })).body, { state: 'unconfirmed' })
  const brought = await until(
    () => caseOf(caseNo),
    ({ delivery }) => delivery === 'delivered',
  )
  t.equal(brought['delivery'], 'delivered')
  t.equal((await receivedBy(gateway, 'fushun', caseNo)).length, 1, 'once')
  const sent = await records(gateway, { caseNo, kind: 'forwarded' })
  t.equal(sent.filter(({ call: what }) => what === 'deliver').length, 1, 'never sent again')
})

t.test('a city that cannot be asked: its staff are, and say that they have it', async (t) => {
  const found = await stuck('fuxin', 'reset-after')
  const caseNo = String(found['caseNo'])
  t.match(found, { mayHaveArrived: true, canBe: ['mark-delivered', 'give-up'] })
  t.match(await decide(found, { act: 'redrive', reason: '再试' }), { status: 409 }, 'it would be done twice')
  await makeSick(gateway, 'fuxin', 'off')
  const [there] = await receivedBy(gateway, 'fuxin', caseNo)
  const backendCaseNo = String(there?.backendCaseNo)
  const marked = await decide(found, { act: 'mark-delivered', reason: '对方来电确认', backendCaseNo })
  // The city may have told of it by itself in the meantime.
  t.ok([200, 409].includes(marked.status), marked.text)
  t.match(await caseOf(caseNo), { delivery: 'delivered', state: 'pre-accepted', legs: [{ backendCaseNo }] })
  await advanceCase(gateway.dataDir, 'fuxin', `${caseNo}.${found['leg']}`, { status: 'accepted' })
  const told = await until(
    () => caseOf(caseNo),
    ({ state }) => state === 'accepted',
  )
  t.equal(told['state'], 'accepted', 'and it goes on as any other')
})

t.test('what is given up is told to clerk and applicant, and recorded, and never goes', async (t) => {
  const found = await stuck('benxi', 'refuse-connect')
  const caseNo = String(found['caseNo'])
  for (const [body, pointer] of [
    [{ act: 'give-up', reason: '停办' }, '/reasonClass'],
    [{ act: 'give-up', reasonClass: 'because', reason: '停办' }, '/reasonClass'],
    [{ act: 'redrive', reasonClass: 'other', reason: '停办' }, '/reasonClass'],
    [{ act: 'give-up', reasonClass: 'other' }, '/reason'],
    [{ act: 'give-up', reasonClass: 'other', reason: '致电13800000000' }, '/reason'],
    [{ act: 'drop', reason: '停办' }, '/act'],
    [{ act: 'redrive', reason: '停办', state: 'lost' }, '/state'],
    [{ act: 'mark-delivered', reason: '停办' }, '/backendCaseNo'],
    [{ act: 'mark-delivered', reason: '停办', backendCaseNo: '210102199003070011' }, '/backendCaseNo'],
    [{ act: 'redrive', reason: '停办', until: 'x' }, '/until'],
  ] as const) {
    const refused = await decide(found, body)
    t.match(refused, { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer }] } }, refused.text)
  }
  t.match(await decide(found, { act: 'give-up', reasonClass: 'other', reason: '停办', state: 'stored' }), {
    status: 409,
  })
  t.match(await decide({ ...found, messageNo: 7 }, { act: 'redrive', reason: '再试' }), {
    status: 404,
    body: { code: 'DELIVERY_UNKNOWN' },
  })
  const bare = { token: operator, body: { act: 'redrive', reason: '再试' } }
  t.match(await call(gateway, 'POST', `/v1/operations/deliveries/${caseNo}/${found['leg']}/0`, bare), {
    body: { code: 'IDEMPOTENCY_KEY_REQUIRED' },
  })

  const reason = '对方接口停用，已电话告知大厅'
  const given = await decide(found, { act: 'give-up', reasonClass: 'city-cannot-take-it', reason, state: 'stuck' })
  t.match(given, { status: 200, body: { state: 'given-up', canBe: [] } }, given.text)
  const resident = sample(ITEM, 'benxi').applicant as { certNo: string }
  for (const token of [clerk, tokenOf(gateway, 'resident', { subject: resident.certNo })]) {
    const { body, text } = await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token })
    t.match(body, {
      state: 'aborted',
      delivery: 'given-up',
      reasons: [{ code: 'city-cannot-take-it', message: /请到其窗口办理/ }],
    })
    t.match(body['events'].at(-1), { event: 'abort', by: 'operator', hall: null })
    t.notMatch(text, reason, 'what the operator typed is for nobody else')
    t.notMatch(text, 'operator-01')
  }
  await makeSick(gateway, 'benxi', 'off')
  const other = await file(gateway, ITEM, 'benxi', PATIENT)
  t.equal(other.status, 201, other.text)
  t.strictSame(await receivedBy(gateway, 'benxi', caseNo), [])
  const decisions = await records(gateway, { caseNo, kind: 'delivery-decided' })
  t.match(decisions, [{ outcome: 'given-up', city: 'benxi', leg: found['leg'], actor: { role: 'operator' } }])
  t.notMatch(JSON.stringify(decisions), reason)
})

t.test('a withdrawal that does not arrive is decided about by itself', async (t) => {
  const filed = await file(gateway, ITEM, 'liaoyang', PATIENT)
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  await makeSick(gateway, 'liaoyang', 'refuse-connect')
  const withdraw = (): Promise<Answer> =>
    call(gateway, 'POST', `/v1/cases/${caseNo}/withdrawal`, {
      token: clerk,
      body: { reason: '不办了' },
      headers: { 'idempotency-key': crypto.randomUUID() },
    })
  t.equal((await withdraw()).status, 202)
  const found = await until(
    () => stuckOf(caseNo),
    (one) => one !== undefined,
  )
  t.match(found, { kind: 'withdrawal', messageNo: 1, mayHaveArrived: false })
  await makeSick(gateway, 'liaoyang', 'off')
  const given = await decide(found ?? {}, { act: 'give-up', reason: '按错了', reasonClass: 'other' })
  t.equal(given.status, 200, given.text)
  t.match(await caseOf(caseNo), {
    state: 'pre-accepted',
    withdrawal: { messages: [{ delivery: 'given-up', reasons: [{ code: 'other' }] }] },
  })
  t.match(await withdraw(), { status: 201, body: { state: 'withdrawn' } }, 'another is taken')
})

t.test('lists go on page by page, and take only what they know', async (t) => {
  await makeSick(gateway, 'tieling', 'refuse-connect')
  const kept = new Set<string>()
  for (let filed = 0; filed < 3; filed += 1) {
    kept.add(String((await file(gateway, ITEM, 'tieling', PATIENT)).body['caseNo']))
  }
  const listed = async (): Promise<string[]> => {
    const found: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const page: Answer = await list(`?city=tieling&state=stuck&limit=1${next === '' ? '' : `&after=${next}`}`)
      found.push(...(page.body['deliveries'] as Json[]).map((one) => String(one['caseNo'])))
      next = page.body['next'] as string | null
    }
    return found
  }
  const all = await until(listed, (found) => found.length === 3)
  t.strictSame(new Set(all), kept)
  for (const query of ['?state=delivered', '?city=nowhere', '?after=x', '?case=1']) {
    t.match(await list(query), { status: 400, body: { code: 'PARAMETER_INVALID' } }, query)
  }
  await makeSick(gateway, 'tieling', 'off')
})
