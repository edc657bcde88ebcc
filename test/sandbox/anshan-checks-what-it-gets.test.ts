// The protocol of Anshan, called as docs/wire/anshan.md says: signatures, refusals with their codes, and the news.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { CASE_STATUSES, type CaseStatus } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { type Answer, application, encode, get, type Pairs, post, send, sign, stringToSign } from './anshan-calls.ts'
import { keyOf } from './shenfu-calls.ts'
import { alwaysRefused, newCaseNo, retirement, zhangWei } from './submissions.ts'

const run = promisify(execFile)
const folder = t.testdir()
const place = { ...PLACES.find(({ city }) => city === 'anshan')!, protocol: 'anshan' }
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const target = { address: city.address, appKey: keyOf(folder, 'anshan') }
const APPLY = '/kytb/v1/applications'

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

/** The signature by the two commands of the document. */
async function opensslSign(key: string, method: string, path: string, query: string, date: string, body: string) {
  const digest = (await run('openssl', ['dgst', '-sha256', '-r', file('body', body)])).stdout.split(' ')[0]!
  const toSign = file('to-sign', stringToSign(method, path, query, date, digest))
  const command = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `key:${key}`, '-binary', toSign]
  return (await run('openssl', command, { encoding: 'buffer' })).stdout.toString('base64')
}

t.test('the worked example of the document is right', async (t) => {
  const key = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
  const date = 'Sun, 22 Nov 2026 10:00:00 GMT'
  const query = 'cursor=MTc5NTM0MTYwMDAwMC8z%2BQ%3D%3D&limit=50'
  t.equal(sign(key, 'GET', '/kytb/v1/news', query, date, ''), 'J0E71Il7iFRf+eXdI9WuLsb89+GBluYsE6X0xV9Dv7k=')
  const body =
    'outer_no=20261122-7Q2M9X4KTB0C.decide&item_code=hf-retirement-withdrawal&leg_key=decide&sqr.lx=1&sqr.xm=%E5%BC%A0%E4%BC%9F&materials%5B0%5D.code=id-document'
  t.equal(body.length, 156)
  t.equal(sign(key, 'POST', APPLY, '', date, body), 'YxOAstzeHAX6k00JiZYiT3BWeD2fN+jJJ9oEYjUU9Bk=')
})

t.test('calls signed by the openssl command are accepted, whatever the query looks like on the wire', async (t) => {
  const date = new Date().toUTCString()
  const signedBy = async (method: string, path: string, query: string, body: string) => ({
    date,
    changes: { 'x-as-signature': await opensslSign(target.appKey, method, path, query, date, body) },
  })
  const body = encode(application(newCaseNo()))
  t.match(await send(target, 'POST', APPLY, { body, ...(await signedBy('POST', APPLY, '', body)) }), { retcode: 0 })
  const news = '/kytb/v1/news'
  const cursor = (await get(target, 'news', { limit: '1' })).data?.['next_cursor'] as string
  t.match(cursor, /\+.*\//)
  const query = `cursor=${cursor.replaceAll('+', '%2B').replaceAll('/', '%2F').replaceAll('=', '%3D')}&limit=1`
  const signed = await signedBy('GET', news, query, '')
  const bare = `limit=%31&cursor=${cursor.replaceAll('+', '%2b')}`
  t.match(await send(target, 'GET', `${news}?${bare}`, signed), { retcode: 0, data: { events: [], has_more: '0' } })
  t.equal((await send(target, 'GET', `${news}?cursor=${cursor}&limit=1`, signed)).retcode, 40101, 'a bare + is a space')
  const health = await signedBy('GET', '/kytb/v1/health', '', '')
  t.match(await send(target, 'GET', '/kytb/v1/health', health), { status: 200, retcode: 0, data: { status: '1' } })
})

t.test(
  'path, method, application, date and signature are checked in this order, before anything is done',
  async (t) => {
    const pairs = application(newCaseNo())
    const body = encode(pairs)
    const refusal = async (changes: Readonly<Record<string, string>>, method = 'POST', path = APPLY) => {
      const { status, retcode } = await send(target, method, path, { body, changes })
      return [status, retcode]
    }
    const none = { 'x-as-signature': 'AAAA', 'x-as-app-id': 'SOMEBODY', date: 'now', 'content-type': 'text/plain' }
    const anyDate = { ...none, 'x-as-app-id': 'KYTB-GATEWAY' }
    t.same(await refusal(none, 'POST', '/kytb/v2/applications'), [404, 40400])
    t.same(await refusal(none, 'PUT'), [405, 40500])
    t.equal((await send(target, 'DELETE', APPLY)).headers.get('allow'), 'POST, GET')
    t.same(await refusal(none), [401, 40102])
    t.same(await refusal({ 'x-as-algorithm': 'HMAC-SM3' }), [401, 40102])
    t.same(await refusal(anyDate), [401, 40103])
    const { date: _, ...dated } = anyDate
    t.same(await refusal(dated), [401, 40101])
    t.same(await refusal({ 'x-as-signature': '' }), [401, 40101])
    t.same(await refusal({ 'content-type': 'text/plain' }), [415, 41500])
    t.same(await refusal({ 'content-encoding': 'identity' }), [415, 41500])
    const large = await send(target, 'POST', APPLY, { body: 'a'.repeat(1_048_577), changes: none })
    t.same([large.status, large.retcode], [413, 41300])
    t.equal((await get(target, 'applications', { outer_no: pairs['outer_no']! })).retcode, 2004)
    const typed = { 'content-type': 'application/x-www-form-urlencoded; Charset=utf-8' }
    t.same(await refusal(typed), [200, 0])
  },
)

t.test('the clock may be off by 90 seconds, and the city tells its own', async (t) => {
  const at = (offsetMs: number) =>
    send(target, 'GET', '/kytb/v1/health', { date: new Date(Date.now() + offsetMs).toUTCString() })
  for (const offset of [-88_000, 0, 88_000]) t.equal((await at(offset)).retcode, 0, String(offset))
  for (const offset of [-92_000, 92_000]) t.equal((await at(offset)).retcode, 40103, String(offset))
  const rfc850 = await send(target, 'GET', '/kytb/v1/health', { date: 'Sunday, 22-Nov-26 10:00:00 GMT' })
  t.equal(rfc850.retcode, 40103)
  await city.setFault({ fault: 'clock-skew', rate: 1 })
  const { data } = await at(0)
  await city.setFault({ fault: 'off', rate: 1 })
  t.equal(data?.['tolerance_seconds'], '90')
  const skewMs = Date.parse(data?.['server_time'] as string) - Date.now()
  t.ok(skewMs > 590_000 && skewMs < 610_000)
})

t.test('an application is taken once; its reference cannot be used again, an enquiry knows it at once', async (t) => {
  const pairs = application(newCaseNo())
  const outer_no = pairs['outer_no']!
  const first = await post(target, 'applications', pairs)
  t.match(first, { status: 200, retcode: 0, data: { outer_no, case_no: /^210300-/, status: '10' } })
  t.match(await post(target, 'applications', pairs), { status: 200, retcode: 2002, data: undefined })
  t.same((await get(target, 'applications', { outer_no })).data, first.data)
})

t.test('a refusal has reasons, and is remembered', async (t) => {
  const pairs = application(newCaseNo(), { applicant: alwaysRefused })
  const outer_no = pairs['outer_no']!
  const refused = await post(target, 'applications', pairs)
  t.match(refused, { retcode: 2001, data: { reasons: [{ reason_code: '6105', reason_text: String }, {}] } })
  t.same((await get(target, 'applications', { outer_no })).data, { outer_no, status: '22', ...refused.data })
  t.equal((await post(target, 'applications', pairs)).retcode, 2002)
  const again = async (changes: Parameters<typeof application>[1]) =>
    (await post(target, 'applications', application(newCaseNo(), changes))).data
  t.match(await again({ form: retirement('210400') }), { reasons: [{ reason_code: '6102' }] })
  t.match(await again({ applicant: { ...zhangWei, certNo: '210102199003070012' } }), {
    reasons: [{ reason_code: '6103' }],
  })
  t.match(await again({ form: { fundCentre: '2103' } }), { reasons: [{ reason_code: '6104' }] })
})

t.test('what is missing, unknown or malformed is named by its key', async (t) => {
  const keyOfRefusal = async (changes: Pairs, without: readonly string[] = []): Promise<unknown> => {
    const pairs = Object.entries({ ...application(newCaseNo()), ...changes })
    const kept = Object.fromEntries(pairs.filter(([key]) => !without.includes(key)))
    const { retcode, data } = await post(target, 'applications', kept)
    return retcode === 1002 ? data?.['key'] : retcode
  }
  const wrong: Pairs = {
    unheard_of: '1',
    outer_no: 'x.decide',
    leg_key: 'Decide',
    taken_at: '2026-02-30 09:00:00',
    'sqr.lx': '3',
    'sqr.dwmc': '某公司',
    'dlr.xm': '',
    'hy.sj': '2026-11-02T09:30:00+08:00',
    collecting_area: '110000',
    related_no: '',
    'materials[0].held': '7',
    'materials[0].attach': '1',
    'form.mobile': '13800000000',
    'form.cert_no': '1',
    'form.loanState': 'settled',
    'form.a..b': '1',
    'form.onlyHere[01]': '1',
    'form.only_here': '',
    'form.contents[]': 'x',
    'form.retired_on.day': '1',
    'form.declaration.x': '1',
    'form.issued_at': '2026-11-02T09:30:00+08:00',
    'form.seized': 'true',
    'form.area_square_metres': '8e1',
    'form.payee': '1',
    'form.xb': '1',
    'form.hyzk': 'married',
    [`form${'.a'.repeat(20)}`]: '1',
  }
  // With an agent or a check, the first of the other keys that are missing is named.
  const named: Pairs = { 'dlr.xm': 'dlr.zjlx', 'hy.sj': 'hy.fs' }
  for (const [key, value] of Object.entries(wrong)) t.equal(await keyOfRefusal({ [key]: value }), named[key] ?? key)
  t.equal(await keyOfRefusal({}, ['sqr.xm']), 'sqr.xm')
  t.equal(await keyOfRefusal({ taken_at: '2099-01-01 00:00:00' }), 'taken_at')
  t.equal(await keyOfRefusal({ 'form.x[]': '', 'form.x[0]': '1' }), 'form.x[0]')
  const form = Object.keys(application(newCaseNo())).filter((key) => key.startsWith('form.'))
  t.equal(await keyOfRefusal({}, form), 'form')
  t.equal(await keyOfRefusal({ 'form.x[]': '', 'form.y{}': '', 'form.z[0]{}': '', 'form.xb': 'M' }), 0)
  t.equal(await keyOfRefusal({ 'form.x[0]': '1', 'form.x[2]': '1' }), 1001, 'a gap')
  t.equal(await keyOfRefusal({ 'materials[2].code': 'a', 'materials[2].held': '1' }), 1001, 'a gap')
})

t.test('what is not well encoded is refused whole; bare brackets and bytes are taken', async (t) => {
  const said = async (change: (body: string) => string) => {
    const body = change(encode(application(newCaseNo())))
    return (await send(target, 'POST', APPLY, { body })).retcode
  }
  for (const ending of ['&yt=a&yt=b', '&yt', '&', '&yt=%E5%BC', '&yt=%zz']) {
    t.equal(await said((body) => body + ending), 1001, ending)
  }
  t.equal(await said((body) => `${body.replaceAll('%5B', '[').replaceAll('%5D', ']')}&yt=办+理%20用`), 0)
  const parameters = { signedQuery: 'a=1' }
  const body = encode(application(newCaseNo()))
  t.match(await send(target, 'POST', `${APPLY}?a=1`, { body, ...parameters }), { retcode: 1002, data: { key: 'a' } })
  t.match(await get(target, 'health', { a: '1' }), { retcode: 1002, data: { key: 'a' } })
  t.match(await get(target, 'applications'), { retcode: 1002, data: { key: 'outer_no' } })
  const typed = { changes: { 'content-type': 'application/x-www-form-urlencoded' } }
  t.equal((await send(target, 'GET', '/kytb/v1/health', typed)).retcode, 1001)
})

const CODES: Readonly<Record<CaseStatus, readonly [string, string?]>> = {
  received: ['10'],
  accepted: ['20'],
  correction: ['21'],
  refused: ['22'],
  reviewing: ['30'],
  suspended: ['31'],
  approved: ['40', '1'],
  rejected: ['40', '2'],
  completed: ['50'],
  delivered: ['60'],
  withdrawn: ['90', '1'],
  returned: ['90', '2'],
}

t.test('the news tell each status of a life with its code, page by page', async (t) => {
  const pairs = application(newCaseNo())
  const taken = await post(target, 'applications', pairs)
  const start = (await get(target, 'news', { limit: '100' })).data?.['next_cursor'] as string
  const points = [
    { code: 'retirement-document', message: '缺少单位公章' },
    { code: 'retiredOn', message: '日期有误' },
    { code: '/form/movers/0/certNo', message: '号码有误' },
    { code: null, message: '请本人到场确认' },
  ]
  const results = [{ code: 'withdrawal-notice', name: '提取通知书', number: '鞍房金提〔2026〕000123号' }]
  for (const status of CASE_STATUSES) {
    const remark = status === 'correction' ? '请于五个工作日内补正' : null
    await city.advance(pairs['outer_no']!, { status, remark, points, results })
  }
  const told: Record<string, unknown>[] = []
  let cursor = start
  let more = '1'
  for (let pages = 0; more === '1' && pages < 10; pages += 1) {
    const { data } = await get(target, 'news', { limit: '5', cursor })
    t.match(data, { next_cursor: /^[A-Za-z0-9+/=]{1,128}$/, has_more: /^[01]$/ })
    told.push(...(data?.['events'] as typeof told))
    cursor = data?.['next_cursor'] as string
    more = data?.['has_more'] as string
  }
  t.match(await get(target, 'news', { limit: '5', cursor }), {
    data: { events: [], next_cursor: cursor, has_more: '0' },
  })
  t.equal(told.length, CASE_STATUSES.length)
  for (const [place, status] of CASE_STATUSES.entries()) {
    const { event_id: id, event_time: time, ...event } = told[place]!
    const [code, kind] = CODES[status]
    t.match([id, time], [/^[A-Za-z0-9_-]{1,64}$/, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/])
    t.strictSame(event, {
      outer_no: pairs['outer_no'],
      case_no: taken.data?.['case_no'],
      seq: String(place + 1),
      status: code,
      ...(kind === undefined ? {} : { result_type: kind }),
      ...(status === 'correction'
        ? {
            remark: '请于五个工作日内补正',
            points: [
              { code: 'retirement-document', text: '缺少单位公章' },
              { code: 'form.retired_on', text: '日期有误' },
              { code: 'form.movers[0].sfzh', text: '号码有误' },
              { text: '请本人到场确认' },
            ],
          }
        : {}),
      ...(status === 'approved' || status === 'completed' ? { results } : {}),
    })
  }

  const page = async () => {
    const { data } = await get(target, 'news', { limit: '4', cursor: start })
    return (data?.['events'] as typeof told | undefined)?.map(({ seq }) => seq)
  }
  await city.setFault({ fault: 'duplicate-news', rate: 1 })
  t.same(await page(), ['1', '1', '2', '2'])
  await city.setFault({ fault: 'shuffled-news', rate: 1 })
  t.same(await page(), ['4', '3', '2', '1'])
  await city.setFault({ fault: 'off', rate: 1 })
  t.same(await page(), ['1', '2', '3', '4'])
})

t.test('a limit out of bounds and a cursor that was never given are refused', async (t) => {
  const said = async (parameters: Pairs): Promise<readonly unknown[]> => {
    const { retcode, data }: Answer = await get(target, 'news', parameters)
    return [retcode, data?.['key']]
  }
  for (const limit of ['0', '101', '05', '1.5', '']) t.same(await said({ limit }), [1002, 'limit'])
  t.same(await said({}), [1002, 'limit'])
  t.same(await said({ limit: '5', cursor: 'p1_' }), [1002, 'cursor'])
  for (const cursor of ['p1', 'MTc5NTM0MTYwMDAwMC8z+Q==', 'fn5+Pz8/cDk5OTk5']) {
    t.same(await said({ limit: '5', cursor }), [1003, undefined], cursor)
  }
})

t.test('a fault of the city’s own after the deed leaves the application taken', async (t) => {
  const pairs = application(newCaseNo())
  await city.setFault({ fault: 'error-500-after', rate: 1 })
  const response = await fetch(`${target.address}${APPLY}`, {
    method: 'POST',
    headers: headersFor(encode(pairs)),
    body: encode(pairs),
  })
  t.equal(response.status, 500)
  await city.setFault({ fault: 'off', rate: 1 })
  t.match(await get(target, 'applications', { outer_no: pairs['outer_no']! }), { retcode: 0, data: { status: '10' } })
  t.notOk(city.expireTokens(), 'there are no tokens')
})

function headersFor(body: string): Record<string, string> {
  const date = new Date().toUTCString()
  return {
    date,
    'x-as-app-id': 'KYTB-GATEWAY',
    'x-as-algorithm': 'HMAC-SHA256',
    'x-as-signature': sign(target.appKey, 'POST', APPLY, '', date, body),
    'content-type': 'application/x-www-form-urlencoded',
  }
}
