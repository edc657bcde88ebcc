// The protocol of Tieling, called as docs/wire/tieling.md says: tokens, tickets, what comes out of the queue, and its news.

import { execFile } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { newCaseNo } from './submissions.ts'
import { type Answer, application, call, fetchToken, openTieling, secretOf } from './tieling-calls.ts'

const run = promisify(execFile)
const folder = t.testdir()
const city = await openTieling(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const secret = secretOf(folder)
const newToken = async () => String((await fetchToken(address, secret)).body['access_token'])
let token = await newToken()
const APPLICATIONS = '/api/v1/applications'
const codeOf = ({ status, body }: Answer) => [status, (body['error'] as { code?: string } | undefined)?.code]

/** Asks until the ticket has left the queue. */
async function outOfTheQueue(path: string): Promise<Answer> {
  for (let tries = 0; tries < 200; tries += 1) {
    const answer = await call(address, token, path)
    if (answer.body['state'] !== 'queued') return answer
    await delay(25)
  }
  throw new Error('still queued')
}

t.test('a token is given for what the openssl command encodes, and for nothing else', async (t) => {
  const encoded = async (text: string) =>
    (await run('sh', ['-c', 'printf %s "$1" | openssl base64 -A', 'sh', text])).stdout
  t.equal(
    await encoded('kytb-gateway:8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'),
    'a3l0Yi1nYXRld2F5OjhRbTJ2WGM3VGZMcjBaa1B3NE5zWWI5SGpVZTFhR2RLM29SaVY2dEN4TXk=',
  )
  const given = await fetchToken(address, secret, { authorization: `Basic ${await encoded(`kytb-gateway:${secret}`)}` })
  t.match(given, {
    status: 200,
    body: { access_token: /^[A-Za-z0-9._~+/-]{1,512}=*$/, token_type: 'Bearer', expires_in: 300 },
  })
  t.equal(given.headers.get('cache-control'), 'no-store')
  const errorOf = async (changes: Readonly<Record<string, string>>) => {
    const { status, body } = await fetchToken(address, secret, changes)
    return [status, body['error']]
  }
  t.strictSame(await errorOf({ authorization: `Basic ${await encoded('kytb-gateway:wrong')}` }), [
    401,
    'invalid_client',
  ])
  t.strictSame(await errorOf({ authorization: '' }), [401, 'invalid_client'])
  t.strictSame(await errorOf({ body: `grant_type=client_credentials&client_secret=${secret}` }), [
    401,
    'invalid_client',
  ])
  t.strictSame(await errorOf({ 'content-type': 'application/json' }), [400, 'invalid_request'])
  t.strictSame(await errorOf({ body: 'scope=all' }), [400, 'invalid_request'])
  t.strictSame(await errorOf({ body: 'grant_type=client_credentials&grant_type=client_credentials' }), [
    400,
    'invalid_request',
  ])
  t.strictSame(await errorOf({ body: 'grant_type=password' }), [400, 'unsupported_grant_type'])
})

t.test('without a good token nothing is done, and the answer says which of the two it is', async (t) => {
  const body = application()
  const challenged = async (token: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await call(address, token, APPLICATIONS, body, headers)
    return [...codeOf(answer), answer.headers.get('www-authenticate')]
  }
  const invalid = [401, 'UNAUTHORIZED', 'Bearer realm="tieling", error="invalid_token"']
  t.strictSame(await challenged('', { authorization: 'Basic abc' }), [401, 'UNAUTHORIZED', 'Bearer realm="tieling"'])
  t.strictSame(await challenged('bm9ib2R5IGtub3dz'), invalid)
  const ended = await newToken()
  t.ok(city.expireTokens())
  t.strictSame(await challenged(ended), invalid)
  await city.setFault({ fault: 'expired-tokens', rate: 1 })
  t.strictSame(await challenged(await newToken()), invalid)
  await city.setFault({ fault: 'off', rate: 1 })
  t.strictSame(codeOf(await call(address, 'x', '/nowhere')), [401, 'UNAUTHORIZED'], 'looked at before all else')
  token = await newToken()
  t.match(await call(address, token, '/api/v1/health'), { status: 200, body: { status: 'up' } })
  t.equal(city.state().taken, 0)
})

t.test('an application gets a ticket, later a number, and its reference is used up', async (t) => {
  const body = application()
  const taken = await call(address, token, APPLICATIONS, body)
  t.match(taken, { status: 202, body: { reference: body.reference, ticket: /^TLP-[0-9A-F]{16}$/, state: 'queued' } })
  t.equal(taken.headers.get('location'), `${APPLICATIONS}/${body.reference}`)
  t.strictSame((await call(address, token, `${APPLICATIONS}/${body.reference}`)).body, taken.body)
  const again = await call(address, token, APPLICATIONS, body)
  t.strictSame([...codeOf(again), again.body['application']], [409, 'REFERENCE_EXISTS', taken.body])

  const found = await outOfTheQueue(`/api/v1/tickets/${String(taken.body['ticket'])}`)
  t.match(found.body, { ...taken.body, state: 'taken', case_no: /^211200-20\d\d-\d{6}$/, status: 'registered' })
  t.strictSame((await call(address, token, `${APPLICATIONS}/${body.reference}`)).body, found.body)
  const other = await call(address, token, APPLICATIONS, { ...body, purpose: '另一份' })
  t.strictSame([...codeOf(other), other.body['application']], [409, 'REFERENCE_EXISTS', found.body])
  const codeAt = async (path: string) => codeOf(await call(address, token, path))
  t.strictSame(await codeAt(`${APPLICATIONS}/20261122-000000000000.decide`), [404, 'REFERENCE_UNKNOWN'])
  t.strictSame(await codeAt('/api/v1/tickets/TLP-0000000000000000'), [404, 'TICKET_UNKNOWN'])
  t.strictSame(await codeAt('/api/v1/tickets/211200-2026-000001'), [400, 'MALFORMED'])
})

t.test('what the item or a number speaks against is refused at once, the rest out of the queue', async (t) => {
  const { applicant, form } = application()
  const wrongNumber = { ...applicant, id_no: '210102199003070012' }
  const blocked = { ...applicant, id_no: '21010219750505002X' }
  const reasonsOf = ({ body }: Answer) => (body['reasons'] as readonly { code: string }[]).map(({ code }) => code)

  for (const [changes, code] of [
    [{ item_code: 'xx-unknown' }, 'item_unavailable'],
    [{ applicant: wrongNumber, form: { ...form, fund_centre: '2103' } }, 'id_invalid'],
  ] as const) {
    const body = application(newCaseNo(), changes)
    const refused = await call(address, token, APPLICATIONS, body)
    t.match(refused, { status: 422, body: { reference: body.reference, state: 'refused' } })
    t.strictSame(reasonsOf(refused), [code], 'what it would find later is not looked for')
    t.notOk('ticket' in refused.body)
    t.strictSame((await call(address, token, `${APPLICATIONS}/${body.reference}`)).body, refused.body)
    const again = await call(address, token, APPLICATIONS, body)
    t.strictSame([again.status, again.body['application']], [409, refused.body])
  }
  const later = [
    [{ form: { ...form, fund_centre: '2103' } }, ['wrong_area']],
    [{ form: { fund_centre: '2112', promised: true } }, ['form_incomplete']],
    [{ applicant: blocked }, ['applicant_blocked']],
  ] as const
  const references = later.map(([changes, codes]) => ({ body: application(newCaseNo(), changes), codes }))
  for (const { body } of references) {
    t.match(await call(address, token, APPLICATIONS, body), { status: 202, body: { state: 'queued' } })
  }
  for (const { body, codes } of references) {
    const refused = await outOfTheQueue(`${APPLICATIONS}/${body.reference}`)
    t.match(refused, { status: 200, body: { ticket: /^TLP-/, state: 'refused', case_no: undefined } })
    t.strictSame([...new Set(reasonsOf(refused))], codes)
  }
  const query = {
    item_code: 'hf-account-loan-query',
    step: 'answer',
    form: { fund_centre: '2103' },
    applicant: wrongNumber,
  }
  const asked = await call(address, token, '/api/v1/queries', application(newCaseNo(), query))
  t.equal(asked.status, 422)
  t.ok(reasonsOf(asked).includes('wrong_area') && reasonsOf(asked).includes('id_invalid'), 'a query is told all')
})

t.test('a missing, unknown, repeated or malformed member is named', async (t) => {
  const fieldOf = async (changes: object) => {
    const { status, body } = await call(address, token, APPLICATIONS, application(newCaseNo(), changes))
    const { code, field } = body['error'] as { code: string; field?: string }
    t.strictSame([status, code], [400, 'MALFORMED'], field ?? '')
    return field
  }
  const { applicant, form } = application()
  t.equal(await fieldOf({ reference: 'x.decide' }), '/reference')
  t.equal(await fieldOf({ step: 'verify' }), '/reference')
  t.equal(await fieldOf({ received_at: undefined }), '/received_at')
  t.equal(await fieldOf({ received_at: '2026-02-30T09:00:00+08:00' }), '/received_at')
  t.equal(await fieldOf({ received_at: '2026-11-22T01:00:00Z' }), '/received_at')
  t.equal(await fieldOf({ received_at: '2099-01-01T00:00:00+08:00' }), '/received_at')
  t.equal(await fieldOf({ unheard_of: 1 }), '/unheard_of')
  t.equal(await fieldOf({ purpose: null }), '/purpose')
  t.equal(await fieldOf({ applicant: { ...applicant, credit_code: '91210102MA0XY2K725' } }), '/applicant/credit_code')
  t.equal(await fieldOf({ materials: [{ code: 'a', provided_as: 'seenAtWindow' }] }), '/materials/0/provided_as')
  for (const [name, value] of [
    ['retired_on', '2026-06-30'],
    ['retired_on', '2026-02-30 00:00:00'],
    ['from_month', '2026-01'],
    ['start_month', '2026/01'],
    ['acctNo', '1'],
    ['promised', 'true'],
    ['amount_yuan', 35000],
    ['loan_state', ''],
    ['gender', '1'],
    ['marital_status', 'married'],
    ['contents', ['a', 'b']],
    ['contents', 'a;;b'],
    ['contents', 'a\\b'],
  ] as const) {
    t.equal(await fieldOf({ form: { ...form, [name]: value } }), `/form/${name}`, String(value))
  }
  const twice = JSON.stringify(application()).replace('{"fund_centre"', '{"fund_centre":"2112","fund_centre"')
  t.strictSame(codeOf(await call(address, token, APPLICATIONS, twice)), [400, 'MALFORMED'])
  t.strictSame(codeOf(await call(address, token, APPLICATIONS, '[]')), [400, 'MALFORMED'])
})

t.test('path, method, media type and size are looked at', async (t) => {
  t.strictSame(codeOf(await call(address, token, '/api/v2/health')), [404, 'NOT_FOUND'])
  const posted = await call(address, token, '/api/v1/health', {})
  t.strictSame([...codeOf(posted), posted.headers.get('allow')], [405, 'METHOD_NOT_ALLOWED', 'GET'])
  t.strictSame(codeOf(await call(address, token, APPLICATIONS)), [405, 'METHOD_NOT_ALLOWED'])
  const typed = (type: string) => call(address, token, APPLICATIONS, application(), { 'content-type': type })
  t.strictSame(codeOf(await typed('text/json')), [415, 'MEDIA_TYPE'])
  t.equal((await typed('application/json; charset=utf-8')).status, 202)
  const large = application(newCaseNo(), { purpose: 'x'.repeat(1_048_576) })
  t.strictSame(codeOf(await call(address, token, APPLICATIONS, large)), [413, 'TOO_LARGE'])
})

t.test('each status of a case has its code, in the enquiry and in the news', async (t) => {
  const body = application()
  await call(address, token, APPLICATIONS, body)
  const path = `${APPLICATIONS}/${body.reference}`
  const nothing = { remark: null, points: [], results: [] }
  const statuses = {
    accepted: 'accepted',
    correction: 'supplement',
    reviewing: 'examining',
    suspended: 'paused',
    approved: 'granted',
    rejected: 'denied',
    completed: 'closed',
    delivered: 'served',
    withdrawn: 'withdrawn',
    returned: 'sent_back',
    refused: 'not_accepted',
  } as const
  for (const [ours, theirs] of Object.entries(statuses) as [keyof typeof statuses, string][]) {
    const points = [
      { code: 'bank-card', message: '照片不清晰' },
      { code: 'accountNo', message: '账号与户名不符' },
      { code: null, message: '其他' },
    ]
    const results = [{ code: 'letter', name: '准予通知书', number: '1' }]
    t.ok(await city.advance(body.reference, { ...nothing, status: ours, remark: `到${ours}`, points, results }))
    t.match((await call(address, token, path)).body, { state: 'taken', status: theirs, case_no: /^211200-/ })
  }
  t.match((await call(address, token, path)).body['reasons'], [
    { code: 'applicant_blocked', message: '照片不清晰' },
    {},
    {},
  ])
  const events = (await all()).filter(({ reference }) => reference === body.reference)
  t.strictSame(
    events.map(({ status }) => status),
    ['registered', ...Object.values(statuses)],
  )
  const times = events.map(({ occurred_at: at }) => String(at))
  t.ok(times.every((time) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+08:00$/.test(time)))
  t.strictSame(new Set(times).size, times.length, 'no two of one case have the same time')
  t.strictSame([...times].sort(), times)
  const [registered, , supplement] = events
  t.match(registered, { case_no: /^211200-/, ticket: /^TLP-/, remark: undefined, points: undefined })
  t.strictSame(supplement!['points'], [
    { material: 'bank-card', message: '照片不清晰' },
    { field: 'acct_no', message: '账号与户名不符' },
    { message: '其他' },
  ])
  const withResults = events.filter(({ results }) => results !== undefined)
  t.strictSame(
    withResults.map(({ status, results }) => [status, results]),
    ['granted', 'closed'].map((status) => [status, [{ code: 'letter', title: '准予通知书', number: '1' }]]),
  )
  t.ok(
    events.every(
      ({ status, points, reasons }) =>
        (points !== undefined) === (status === 'supplement') && (reasons !== undefined) === (status === 'not_accepted'),
    ),
  )
})

interface NewsPage {
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly next_cursor: string
  readonly has_more: boolean
}
const page = async (parameters: string): Promise<NewsPage> =>
  (await call(address, token, `/api/v1/events?${parameters}`)).body as unknown as NewsPage

async function all(limit = 100): Promise<NewsPage['events']> {
  const events = []
  for (let cursor = ''; ;) {
    const { events: some, next_cursor: next, has_more: more } = await page(`limit=${limit}${cursor}`)
    if (some.length > limit) throw new Error('more than asked for')
    events.push(...some)
    if (!more) return events
    cursor = `&cursor=${next}`
  }
}

t.test('news come in pages, and the refusals out of the queue are among them', async (t) => {
  const events = await all()
  t.ok(events.length > 15)
  t.strictSame(await all(1), events)
  t.strictSame(await all(4), events)
  const refused = events.filter(({ case_no: number }) => number === undefined)
  t.strictSame(
    refused.map(({ status }) => status),
    ['not_accepted', 'not_accepted', 'not_accepted'],
    'those at once are no news',
  )
  t.match(refused[0], { ticket: /^TLP-/, reasons: [{ code: 'wrong_area', message: String }] })
  const { next_cursor: end } = await page('limit=100')
  t.strictSame(await page(`limit=5&cursor=${end}`), { events: [], next_cursor: end, has_more: false })
  const codeFor = async (parameters: string) => codeOf(await call(address, token, `/api/v1/events${parameters}`))
  t.strictSame(await codeFor('?limit=1&cursor=nobodys'), [400, 'CURSOR_UNKNOWN'])
  for (const wrong of ['', '?limit=0', '?limit=101', '?limit=1&limit=1', '?limit=1&from=x']) {
    t.strictSame(await codeFor(wrong), [400, 'MALFORMED'], wrong)
  }
  await city.setFault({ fault: 'duplicate-news', rate: 1 })
  const ids = (some: NewsPage['events']) => some.map(({ event_id: id }) => String(id))
  const told = ids(await all(6))
  t.equal(told.length, events.length * 2)
  t.strictSame([...new Set(told)], ids(events))
  await city.setFault({ fault: 'shuffled-news', rate: 1 })
  t.strictSame(ids(await all()), ids(events).toReversed())
  await city.setFault({ fault: 'off', rate: 1 })
})

t.test('a clock that is wrong, and a lie, are as they are named', async (t) => {
  await city.setFault({ fault: 'lie', rate: 1 })
  const body = application()
  t.match(await call(address, token, APPLICATIONS, body), { status: 202, body: { state: 'queued' } })
  t.strictSame(codeOf(await call(address, token, `${APPLICATIONS}/${body.reference}`)), [404, 'REFERENCE_UNKNOWN'])
  await city.setFault({ fault: 'error-500-after', rate: 1 })
  t.equal((await fetch(`${address}/api/v1/health`)).status, 500)
  await city.setFault({ fault: 'clock-skew', rate: 1 })
  t.strictSame(
    codeOf(await call(address, token, '/api/v1/health')),
    [401, 'UNAUTHORIZED'],
    'five minutes are over there',
  )
  await city.setFault({ fault: 'off', rate: 1 })
})
