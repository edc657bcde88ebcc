// What is decided where it was taken: its hall tells how it goes on, from the acceptance to the rating, and nobody else does.

import { createHash, createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { follow } from './event-stream.ts'
import {
  call,
  file,
  receivedBy,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  type Answer,
  type Json,
} from './harness.ts'

const ITEM = 'ps-passport-reissue'
const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')
const OFFICE = '出入境管理窗口'
const ACCEPTED = { state: 'accepted', office: OFFICE, backendCaseNo: '沈公境受〔2026〕0123号' }
const PASSPORT = { code: 'passport', name: '普通护照', number: 'EJ1234567' }

const act = (
  caseNo: string,
  what: string,
  body: object,
  wish: { readonly key?: string; readonly token?: string } = {},
): Promise<Answer> =>
  call(gateway, 'POST', `/v1/cases/${caseNo}/${what}`, {
    token: wish.token ?? clerk,
    body,
    headers: { 'idempotency-key': wish.key ?? crypto.randomUUID() },
  })
const caseOf = async (caseNo: string): Promise<Json> =>
  (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body

async function filed(): Promise<string> {
  const answer = await file(gateway, ITEM, 'shenyang')
  if (answer.status !== 201) throw new Error(answer.text)
  return String(answer.body['caseNo'])
}

t.test('it is accepted, stands still, is decided and rated', async (t) => {
  const caseNo = await filed()
  t.match(await caseOf(caseNo), { state: 'collected', delivery: 'local', heldBy: { kind: 'hall' } })
  t.match(await act(caseNo, 'rating', { score: 1, channel: 1 }), { status: 409 }, 'there is nothing to rate yet')

  const stream = await follow(gateway, `/v1/cases/${caseNo}/events`, { token: clerk })
  t.teardown(() => stream.close())
  const key = crypto.randomUUID()
  const accepted = await act(caseNo, 'news', ACCEPTED, { key })
  t.match(
    accepted,
    {
      status: 201,
      body: {
        state: 'accepted',
        delivery: 'local',
        legs: [{ state: 'accepted', delivery: 'local', backendCaseNo: ACCEPTED.backendCaseNo, cityStatus: 'accepted' }],
        news: [{ state: 'accepted', kept: 'new', city: 'shenyang', office: OFFICE }],
      },
    },
    accepted.text,
  )
  t.match(
    accepted.body['events'].at(-1),
    { event: 'accept', by: 'city', city: 'shenyang', hall: /^shenyang\//, document: 'acceptance-notice' },
    'the act is the city’s, and the hall has told it',
  )
  const again = await act(caseNo, 'news', ACCEPTED, { key })
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.strictSame(again.body, accepted.body)
  t.match(await act(caseNo, 'news', { ...ACCEPTED, office: '另一个' }, { key }), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })

  const paused = await act(caseNo, 'news', { state: 'suspended', office: OFFICE, reasons: ['核查申请人身份'] })
  t.match(paused, {
    status: 201,
    body: { state: 'suspended', reasons: [{ code: '', message: '核查申请人身份' }] },
  })
  t.type(paused.body['legs'][0]['clock']['stoppedSince'], 'string', 'the clock stands')
  const resumed = await act(caseNo, 'news', { state: 'in-review', office: OFFICE })
  t.match(resumed, {
    status: 201,
    body: { state: 'in-review', reasons: [], legs: [{ clock: { stoppedSince: null } }] },
  })
  t.match(await act(caseNo, 'news', { state: 'approved', office: OFFICE }), {
    status: 201,
    body: { state: 'approved' },
  })
  const completed = await act(caseNo, 'news', { state: 'completed', office: OFFICE, results: [PASSPORT] })
  t.match(completed, { status: 201, body: { state: 'completed' } }, completed.text)
  t.strictSame(completed.body['news'].at(-1)['results'], [PASSPORT])
  t.match(await call(gateway, 'GET', `/v1/cases/${caseNo}/legs/decide/results/passport`, { token: clerk }), {
    status: 501,
    body: { code: 'CITY_GIVES_NO_FILE' },
  })
  t.match(await act(caseNo, 'news', { state: 'in-review', office: OFFICE }), {
    status: 409,
    body: {
      code: 'CASE_STATE_REFUSES',
      source: 'caller',
      detail: '办件状态为“已办结”：此状态之后不能登记这一进展。',
    },
  })
  t.match(await act(caseNo, 'rating', { score: 1, channel: 1 }), { status: 201, body: { rating: { score: 1 } } })

  const steps = (await caseOf(caseNo))['events'].map(({ event }: Json) => event)
  t.strictSame(steps, ['filed', 'accept', 'suspend', 'review', 'approve', 'complete'])
  const streamed = (): Json[] => stream.messages.filter(({ event }) => event === 'message').map(({ data }) => data)
  await until(
    async () => streamed().length,
    (count) => count >= steps.length,
  )
  t.strictSame(
    streamed().map(({ event }) => event),
    steps,
    'and who follows the case is told',
  )
  t.strictSame(await receivedBy(gateway, 'shenyang', caseNo), [], 'nothing was sent')
  const log = await records(gateway, { caseNo })
  t.equal(log.filter(({ kind, outcome }) => kind === 'case-acted' && outcome === 'news').length, 5)
  t.notOk(log.some(({ kind }) => kind === 'forwarded'))
  for (const said of ['核查申请人身份', PASSPORT.number, OFFICE]) {
    t.notOk(JSON.stringify(log).includes(said), `${said} is in no record`)
  }
})

t.test('it is refused, with the reasons', async (t) => {
  const caseNo = await filed()
  const refused = await act(caseNo, 'news', {
    state: 'refused',
    office: OFFICE,
    reasons: ['照片不符合要求', '表未签字'],
  })
  t.match(refused, {
    status: 201,
    body: { state: 'refused', delivery: 'local', reasons: [{ message: '照片不符合要求' }, { message: '表未签字' }] },
  })
  t.match(refused.body['events'].at(-1), { event: 'refuse', document: 'refusal-notice', state: 'refused' })
  t.match(await act(caseNo, 'news', ACCEPTED), { status: 409 }, 'and not accepted after that')
  t.match(await act(caseNo, 'rating', { score: 5, channel: 1 }), { status: 201 })
})

t.test('what is missing is brought to the hall, which tells when it is there', async (t) => {
  const caseNo = await filed()
  const asked = { state: 'correction-required', office: OFFICE, reasons: ['请重新拍照'] }
  t.match(await act(caseNo, 'news', asked), { status: 201, body: { state: 'correction-required' } })
  t.match(await act(caseNo, 'corrections', sample(ITEM, 'shenyang')), {
    status: 409,
    body: { code: 'CASE_STATE_REFUSES', detail: /直接交到收件大厅/ },
  })
  t.match(await act(caseNo, 'news', ACCEPTED), { status: 201, body: { state: 'accepted', reasons: [] } })
  t.match(await act(caseNo, 'withdrawal', {}), { status: 201, body: { state: 'withdrawn' } })
  t.match(await act(caseNo, 'news', { state: 'completed', office: OFFICE }), { status: 409 })
  t.strictSame(await receivedBy(gateway, 'shenyang', caseNo), [])
})

t.test('a day that was before is counted from, within the life of the case', async (t) => {
  const caseNo = await filed()
  const { filedAt } = await caseOf(caseNo)
  const hour = (hours: number): string => new Date(Date.parse(String(filedAt)) + hours * 3_600_000).toISOString()
  for (const at of [hour(-1), hour(1), 'gestern', '2026-10-01', 7]) {
    t.match(
      await act(caseNo, 'news', { ...ACCEPTED, at }),
      { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer: '/at' }] } },
      String(at),
    )
  }
  const told = await act(caseNo, 'news', { ...ACCEPTED, at: filedAt })
  t.match(told, { status: 201, body: { news: [{ at: filedAt }] } }, told.text)
})

t.test('each field that is wrong is named', async (t) => {
  const caseNo = await filed()
  const done = { state: 'completed', office: OFFICE }
  const no = { state: 'refused', office: OFFICE, reasons: ['照片不符合要求'] }
  for (const [wrong, pointer] of [
    [[], ''],
    [{ ...ACCEPTED, state: 'pre-accepted' }, '/state'],
    [{ ...ACCEPTED, office: ' ' }, '/office'],
    [{ ...ACCEPTED, backendCaseNo: undefined }, '/backendCaseNo'],
    [{ ...ACCEPTED, backendCaseNo: '1 2' }, '/backendCaseNo'],
    [{ ...ACCEPTED, reasons: ['无'] }, '/reasons'],
    [{ ...ACCEPTED, results: [PASSPORT] }, '/results'],
    [{ ...ACCEPTED, remark: '' }, '/remark'],
    [{ ...ACCEPTED, number: '1' }, '/number'],
    [{ ...no, reasons: undefined }, '/reasons'],
    [{ ...no, reasons: [] }, '/reasons'],
    [{ ...no, reasons: ['x'.repeat(501)] }, '/reasons'],
    [{ ...done, results: [] }, '/results'],
    [{ ...done, results: [PASSPORT, PASSPORT] }, '/results'],
    [{ ...done, results: [{ ...PASSPORT, number: '' }] }, '/results'],
    [{ ...done, results: [{ ...PASSPORT, file: 'x' }] }, '/results'],
  ] as const) {
    const answer = await act(caseNo, 'news', wrong)
    t.match(answer, { status: 422, body: { code: 'FORM_INVALID' } }, JSON.stringify(wrong))
    t.ok(
      answer.body['errors'].some((error: Json) => error['pointer'] === pointer),
      `${pointer}: ${answer.text}`,
    )
  }
  t.match(await caseOf(caseNo), { state: 'collected', news: [] }, 'nothing was kept')
})

t.test('only its own hall tells, and only of what no other city decides', async (t) => {
  const caseNo = await filed()
  const another = tokenOf(gateway, 'clerk', { hall: 'hunnan' })
  t.match(await act(caseNo, 'news', ACCEPTED, { token: another }), { status: 404, body: { code: 'CASE_UNKNOWN' } })
  const resident = tokenOf(gateway, 'resident')
  t.match(await act(caseNo, 'news', ACCEPTED, { token: resident }), { status: 403, body: { code: 'ROLE_NOT_ALLOWED' } })
  const elsewhere = await file(gateway, 'mi-remote-care-filing', 'fushun')
  t.match(await act(String(elsewhere.body['caseNo']), 'news', ACCEPTED), {
    status: 409,
    body: { code: 'CASE_STATE_REFUSES', detail: /^本办件已转交属地办理/ },
  })
  const bare = await call(gateway, 'POST', `/v1/cases/${caseNo}/news`, { token: clerk, body: ACCEPTED })
  t.match(bare, { status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } })
})

t.test('what a resident has filed has no hall: the city’s own system tells', async (t) => {
  const item = 'ps-driving-licence-renewal'
  const { identityCheck: _atNoWindow, ...body } = sample(item, 'shenyang')
  const resident = tokenOf(gateway, 'resident')
  const answer = await file(gateway, item, 'shenyang', {
    token: resident,
    body: { ...body, handlingMode: 'full-online', collectingCity: 'shenyang' },
  })
  t.match(answer, { status: 201, body: { delivery: 'local', hall: null } }, answer.text)
  const caseNo = String(answer.body['caseNo'])
  t.match(await act(caseNo, 'news', ACCEPTED), { status: 404, body: { code: 'CASE_UNKNOWN' } }, 'no hall sees it')

  const reference = `${caseNo}.${String(answer.body['legs'][0]['leg'])}`
  for (const [seq, status] of [
    [1, '2'],
    [2, '8'],
  ] as const) {
    t.match(await shenyangTells(reference, seq, status), { code: '0000' })
  }
  const ended = (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: resident })).body
  t.match(ended, { state: 'completed', delivery: 'local', legs: [{ backendCaseNo: '210100-2026-000077' }] })
  t.match(await act(caseNo, 'rating', { score: 1, channel: 3 }, { token: resident }), { status: 201 })
  t.strictSame(await receivedBy(gateway, 'shenyang', caseNo), [])
})

/** A call of SY-NOTIFY-0001, signed as docs/wire/shenyang.md says. */
async function shenyangTells(reference: string, seq: number, status: string): Promise<unknown> {
  const key = readFileSync(join(gateway.dataDir, 'sandbox', 'secrets', 'shenyang'), 'utf8').trim()
  const time = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
  const body = JSON.stringify({
    event_id: `SY-${reference.replace('.', '-')}-${seq}`,
    project_no: reference,
    accept_no: '210100-2026-000077',
    event_seq: seq,
    event_time: time,
    status,
  })
  const rtime = String(Date.now())
  const digest = createHash('sha256').update(body).digest('hex')
  const headers = {
    'content-type': 'application/json;charset=UTF-8',
    gjgxjhpt_rid: 'SY-210100',
    gjgxjhpt_sid: 'SY-NOTIFY-0001',
    gjgxjhpt_rtime: rtime,
    gjgxjhpt_sign: createHmac('sha256', key).update(`SY-NOTIFY-0001\nSY-210100\n${rtime}\n${digest}`).digest('base64'),
  }
  const answer = await fetch(`${gateway.address}/v1/cities/shenyang/events`, { method: 'POST', headers, body })
  return answer.json()
}
