// The protocol of Benxi, called as docs/wire/benxi.md says: signatures, nonces, refusals with their codes, and the news.

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { CASE_STATUSES, type CaseStatus } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { openNonces } from '../../src/sandbox/protocols/benxi-nonces.ts'
import { type Answer, application, call, send, sign, stringToSign, TOKEN } from './benxi-calls.ts'
import { keyOf } from './shenfu-calls.ts'
import { alwaysRefused, newCaseNo, queryForms, retirement, unknownPerson, zhangWei } from './submissions.ts'

const run = promisify(execFile)
const folder = t.testdir()
const place = { ...PLACES.find(({ city }) => city === 'benxi')!, protocol: 'benxi' }
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const target = { address: city.address, appKey: keyOf(folder, 'benxi') }
const HEALTH = '/bxkytb/rest/health'
const envelope = (params: object): string => JSON.stringify({ token: TOKEN, params })

t.test('the worked example of the document is right', async (t) => {
  const key = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
  const enquiry = envelope({ REF_NO: '20261122-7Q2M9X4KTB0C.decide' })
  t.equal(enquiry.length, 80)
  t.equal(
    sign(key, '/bxkytb/rest/enquire', enquiry, '5f0c2a9e7b3d4186a1c0e9f2b4d6a8c3', '1795341600000'),
    '1b5fb82d70786a928f298fa0847ab960bf4307f083449c6e2bca1a114fca2774',
  )
  const body = envelope({
    REF_NO: '20261122-7Q2M9X4KTB0C.decide',
    ITEM_CODE: 'hf-retirement-withdrawal',
    LEG: 'decide',
    APPLICANT: { TYPE: '1', AAC003: '张伟' },
  })
  t.equal(Buffer.byteLength(body), 177)
  t.equal(
    sign(key, '/bxkytb/rest/apply', body, '0b7e4d92c1f84a6f9d3e5a7c8b1f2e60', '1795341600000'),
    'c0e258c2043491a5ec8b95ba0e91ec6a600011fe47e1df1bbbc219dc86217180',
  )
})

t.test('a call of each kind signed by the openssl command is accepted', async (t) => {
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const first = async (...args: readonly string[]) => (await run('openssl', args)).stdout.split(' ')[0]!.trim()
  const query = { ...application(newCaseNo()), ITEM_CODE: 'hf-account-loan-query', LEG: 'answer', MATERIALS: [] }
  const form = { ...queryForms['hf-account-loan-query']('210500') }
  const calls = {
    health: {},
    apply: application(newCaseNo()),
    query: { ...query, FORM: { FUND_CENTRE: form.fundCentre, CONTENTS: ['account'] } },
    enquire: { REF_NO: 'nobody' },
    news: { LIMIT: 5 },
  }
  for (const [service, params] of Object.entries(calls)) {
    const [nonce, timestamp, path] = [randomBytes(16).toString('hex'), String(Date.now()), `/bxkytb/rest/${service}`]
    const digest = await first('dgst', '-sm3', '-r', file('body', envelope(params)))
    const toSign = file('to-sign', stringToSign(digest, nonce, path, timestamp))
    const signature = await first('dgst', '-sm3', '-mac', 'HMAC', '-macopt', `key:${target.appKey}`, '-r', toSign)
    const headers = { 'x-bx-nonce': nonce, 'x-bx-timestamp': timestamp, 'x-bx-sign': signature }
    t.match(await send(target, path, envelope(params), headers), { status: 200, code: 1 }, service)
  }
})

t.test('it checks in the order of the document, and answers 200 always', async (t) => {
  const said = async (path: string, body: string | Buffer, changes = {}, after = {}) => {
    const { status, code } = await send(target, path, body, changes, after)
    return status === 200 ? code : `HTTP ${status}`
  }
  const bad = { 'x-bx-sign': 'a'.repeat(64), 'x-bx-timestamp': '1' }
  t.equal(await said('/bxkytb/rest/nothing', 'x', {}, { ...bad, 'content-type': 'text/plain' }), 1404)
  t.match(await (await fetch(target.address + HEALTH)).text(), /1404/)
  t.equal(await said(HEALTH, 'a'.repeat(1_048_577), {}, bad), 1004)
  t.equal(await said(HEALTH, envelope({}), {}, { ...bad, 'content-type': 'text/plain' }), 1001)
  t.equal(await said(HEALTH, envelope({}), {}, { ...bad, 'content-encoding': 'identity' }), 1001)
  for (const body of [
    'x',
    '[]',
    '{}',
    `{"token":"${TOKEN}"}`,
    `{"token":"${TOKEN}","params":[]}`,
    `{"token":1,"params":{}}`,
    `{"token":"${TOKEN}","params":{},"more":1}`,
    `\ufeff${envelope({})}`,
    Buffer.from([0x22, 0xff, 0x22]),
  ]) {
    t.equal(await said(HEALTH, body, {}, bad), 1001, body.toString())
  }
  t.equal(await said(HEALTH, '{"token":"BX","params":{}}', {}, bad), 4010)
  t.equal(await said(HEALTH, envelope({}), {}, bad), 4012)
  for (const off of [-301_000, 301_000]) {
    t.equal(await said(HEALTH, envelope({}), { 'x-bx-timestamp': String(Date.now() + off) }), 4012)
  }
  t.equal(await said(HEALTH, envelope({}), { 'x-bx-timestamp': String(Date.now() - 299_000) }), 1)
  t.equal(await said(HEALTH, envelope({}), { 'x-bx-nonce': 'short' }), 4011)
  const toUpper = { 'x-bx-nonce': 'n'.repeat(16), 'x-bx-timestamp': String(Date.now()) }
  const signature = sign(target.appKey, HEALTH, envelope({}), 'n'.repeat(16), toUpper['x-bx-timestamp'])
  t.equal(await said(HEALTH, envelope({}), toUpper, { 'x-bx-sign': signature.toUpperCase() }), 4011)
  t.equal(await said(HEALTH, envelope({}), {}, { 'x-bx-sign': '' }), 4011)
  t.equal(await said(HEALTH, envelope({}), toUpper), 1, 'a wrong signature uses no nonce up')
})

t.test('a nonce is good once, whatever the answer was, and is forgotten after ten minutes', async (t) => {
  const nonce = { 'x-bx-nonce': randomBytes(16).toString('hex') }
  t.equal((await call(target, 'enquire', { REF: 1 }, nonce)).code, 1002)
  t.match(await call(target, 'health', {}, nonce), { code: 4013, data: null })
  let now = 0
  const nonces = openNonces(() => now)
  t.same([nonces.use('a'), nonces.use('a')], ['new', 'used'])
  now = 600_000
  t.equal(nonces.use('a'), 'used')
  now = 600_001
  t.equal(nonces.use('a'), 'new')
  for (let count = 1; count < 200_000; count += 1) nonces.use(String(count))
  t.equal(nonces.use('one too many'), 'full')
})

t.test('code comes as a number and as a text, success means nothing, and nothing found is null', async (t) => {
  const stranger = application('', { applicant: unknownPerson, form: { fundCentre: '2105', contents: ['account'] } })
  const answers: Answer[] = []
  for (let count = 0; count < 6; count += 1) {
    const asked = { ...stranger, REF_NO: 'q-1', ITEM_CODE: 'hf-account-loan-query', LEG: 'answer' }
    answers.push(await call(target, 'query', asked))
  }
  t.ok(answers.every(({ code, data }) => code === 1 && data === null))
  t.same([...new Set(answers.map(({ wasText }) => String(wasText)))].sort(), ['false', 'true'])
  t.same([...new Set(answers.map(({ success }) => String(success)))].sort(), ['true', 'undefined'])
})

/** What the enquiry register says once it knows the reference. */
async function known(reference: string): Promise<Answer> {
  const until = performance.now() + 5500
  for (;;) {
    const answer = await call(target, 'enquire', { REF_NO: reference })
    if (answer.data !== null || performance.now() > until) return answer
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 100)
    })
  }
}

t.test('an application is taken once; the enquiry knows what became of it within five seconds', async (t) => {
  const params = application(newCaseNo())
  const first = await call(target, 'apply', params)
  t.match(first, { code: 1, data: { REF_NO: params['REF_NO'], CASE_NO: /^210500-/, STATE: 'A', SUB_STATE: '1' } })
  t.match(await call(target, 'enquire', { REF_NO: params['REF_NO'] }), { code: 1, data: null })
  t.match(await call(target, 'apply', params), { code: 1409, data: null })

  const other = application(newCaseNo(), { applicant: alwaysRefused })
  const refused = await call(target, 'apply', other)
  t.match(refused, { code: 0, data: { REASONS: [{ REASON_CODE: 'TJ05', REASON_TEXT: String }, {}] } })
  t.equal((await call(target, 'apply', other)).code, 1409)

  const third = application(newCaseNo())
  await city.setFault({ fault: 'error-500-after', rate: 1 })
  await t.rejects(call(target, 'apply', third))
  await city.setFault({ fault: 'off', rate: 1 })

  t.same((await known(String(params['REF_NO']))).data, first.data)
  t.same((await known(String(other['REF_NO']))).data, {
    REF_NO: other['REF_NO'],
    STATE: 'A',
    SUB_STATE: '4',
    ...refused.data,
  })
  t.match(await known(String(third['REF_NO'])), { code: 1, data: { STATE: 'A', SUB_STATE: '1' } })
})

t.test('each reason to refuse has its code; a skewed clock refuses all', async (t) => {
  const reasons = async (changes: Parameters<typeof application>[1]) =>
    (await call(target, 'apply', application(newCaseNo(), changes))).data?.['REASONS']
  t.match(await reasons({ form: retirement('210400') }), [{ REASON_CODE: 'TJ02' }])
  t.match(await reasons({ applicant: { ...zhangWei, certNo: '210102199003070012' } }), [{ REASON_CODE: 'TJ03' }])
  t.match(await reasons({ form: { fundCentre: '2105' } }), [{ REASON_CODE: 'TJ04' }])
  await city.setFault({ fault: 'clock-skew', rate: 1 })
  const { code } = await call(target, 'health', {})
  await city.setFault({ fault: 'off', rate: 1 })
  t.equal(code, 4012)
  t.notOk(city.expireTokens(), 'there are no tokens that end')
})

t.test('what is missing, unknown or malformed is named by its place', async (t) => {
  const fieldOf = async (changes: object): Promise<unknown> => {
    const { code, data } = await call(target, 'apply', { ...application(newCaseNo()), ...changes })
    return code === 1002 ? data?.['FIELD'] : code
  }
  const { APPLICANT: applicant, FORM: form } = application(newCaseNo()) as Readonly<Record<string, object>>
  const wrong: Readonly<Record<string, unknown>> = {
    UNHEARD_OF: '1',
    REF_NO: 'x.decide',
    LEG: 'Decide',
    TAKEN_AT: '20260230090000',
    FORM: [],
    PURPOSE: null,
    RELATED_CASE_NO: '',
    COLLECTING_AREA: '110000',
    'APPLICANT/AAC058': { ...applicant, AAC058: '111' },
    'APPLICANT/AAC003': { ...applicant, AAC003: undefined },
    'APPLICANT/AAB004': { ...applicant, AAB004: '某公司' },
    'IDENTITY_CHECK/AT': { HOW: 'face-match', AT: '20260230090000' },
    'MATERIALS/1/HELD': [
      { CODE: 'a', HELD: '1' },
      { CODE: 'b', HELD: '7' },
    ],
  }
  for (const [field, value] of Object.entries(wrong)) t.equal(await fieldOf({ [field.split('/')[0]!]: value }), field)
  t.equal(await fieldOf({ TAKEN_AT: '20990101000000' }), 'TAKEN_AT')

  const wrongInForm: Readonly<Record<string, unknown>> = {
    MOBILE: '13800000000',
    loanState: 'settled',
    A__B: '1',
    ONLY_HERE: '',
    ALSO_HERE: null,
    RETIRED_ON: '2026-03-01',
    END_DATE: '20260301',
    AAE041: '2026-03',
    ISSUED_AT: '2026-11-02T09:30:00+08:00',
    DECLARATION: true,
    SEIZED: 'true',
    AREA_SQUARE_METRES: '89.5',
    AMOUNT_YUAN: '1200',
    BASE_YUAN: 1200,
    PAYEE: '1',
    CONTENTS: 'account',
    AAC017: 'married',
    AAC008: 'active',
    AAC058: '111',
  }
  for (const [name, value] of Object.entries(wrongInForm)) {
    t.equal(await fieldOf({ FORM: { ...form, [name]: value } }), `FORM/${name}`)
  }
  t.equal(await fieldOf({ FORM: { ...form, MOVERS: [{ AAC003: '李娜', CERT_NO: '1' }] } }), 'FORM/MOVERS/0/CERT_NO')
  t.equal(await fieldOf({ FORM: { ...form, X: ['1', null] } }), 'FORM/X/1')
  const deep = Array.from({ length: 20 }).reduce<object>((inside) => ({ A: inside }), {})
  t.match(await fieldOf({ FORM: { ...form, ...deep } }), /^FORM(\/A)+$/)
  t.equal(await fieldOf({ FORM: { ...form, X: [], Y: {}, AAC017: '2', AMOUNT_YUAN: '1200.00' } }), 1)
})

const STATES: Readonly<Record<CaseStatus, string>> = {
  received: 'A1',
  accepted: 'A2',
  correction: 'A3',
  refused: 'A4',
  reviewing: 'B1',
  suspended: 'B2',
  approved: 'C1',
  rejected: 'C2',
  completed: 'D1',
  delivered: 'D2',
  withdrawn: 'E1',
  returned: 'E2',
}

t.test('the news tell each status of a life with its state, page by page', async (t) => {
  const params = application(newCaseNo())
  const taken = await call(target, 'apply', params)
  t.match(await call(target, 'news', { LIMIT: 100 }), { code: 1, data: null }, 'nothing has happened yet')
  const points = [
    { code: 'retirement-document', message: '缺少单位公章' },
    { code: 'retiredOn', message: '日期有误' },
    { code: '/form/movers/0/certNo', message: '号码有误' },
    { code: null, message: '请本人到场确认' },
  ]
  const results = [{ code: 'withdrawal-notice', name: '提取通知书', number: '本房金提〔2026〕000123号' }]
  for (const status of CASE_STATUSES) {
    const remark = status === 'correction' ? '请于五个工作日内补正' : null
    await city.advance(String(params['REF_NO']), { status, remark, points, results })
  }
  const told: Record<string, unknown>[] = []
  let cursor: string | undefined
  for (let more = '1'; more === '1' && told.length < 20;) {
    const { data } = await call(target, 'news', { LIMIT: 5, ...(cursor === undefined ? {} : { CURSOR: cursor }) })
    t.match(data, { NEXT_CURSOR: /^[A-Za-z0-9_-]{1,64}$/, MORE: /^[01]$/ })
    told.push(...(data?.['EVENTS'] as typeof told))
    cursor = data?.['NEXT_CURSOR'] as string
    more = data?.['MORE'] as string
  }
  t.equal((await call(target, 'news', { LIMIT: 5, CURSOR: cursor })).data, null)
  const times = told.map(({ EVENT_TIME: time }) => String(time))
  t.ok(times.every((time) => /^\d{17}$/.test(time)))
  t.same([...new Set(times)].sort(), times, 'the times alone tell the order')
  t.equal(told.length, CASE_STATUSES.length)
  for (const [place, status] of CASE_STATUSES.entries()) {
    const { EVENT_ID: id, EVENT_TIME: _, ...event } = told[place]!
    t.match(id, /^[A-Za-z0-9_-]{1,64}$/)
    t.strictSame(event, {
      REF_NO: params['REF_NO'],
      CASE_NO: taken.data?.['CASE_NO'],
      STATE: STATES[status][0],
      SUB_STATE: STATES[status][1],
      REMARK: status === 'correction' ? '请于五个工作日内补正' : null,
      POINTS:
        status === 'correction'
          ? [
              { CODE: 'retirement-document', TEXT: '缺少单位公章' },
              { CODE: 'RETIRED_ON', TEXT: '日期有误' },
              { CODE: 'MOVERS/0/AAC002', TEXT: '号码有误' },
              { CODE: null, TEXT: '请本人到场确认' },
            ]
          : null,
      RESULTS:
        status === 'approved' || status === 'completed'
          ? [{ CODE: 'withdrawal-notice', NAME: '提取通知书', NUMBER: '本房金提〔2026〕000123号' }]
          : null,
    })
  }

  const page = async () => {
    const { data } = await call(target, 'news', { LIMIT: 4 })
    return (data?.['EVENTS'] as typeof told | undefined)?.map(({ EVENT_TIME: time }) => times.indexOf(String(time)))
  }
  await city.setFault({ fault: 'duplicate-news', rate: 1 })
  t.same(await page(), [0, 0, 1, 1])
  await city.setFault({ fault: 'shuffled-news', rate: 1 })
  t.same(await page(), [3, 2, 1, 0])
  await city.setFault({ fault: 'off', rate: 1 })
  t.same(await page(), [0, 1, 2, 3])
})

t.test('a limit out of bounds and a cursor that was never given are refused', async (t) => {
  const said = async (params: object): Promise<readonly unknown[]> => {
    const { code, data } = await call(target, 'news', params)
    return [code, data?.['FIELD']]
  }
  for (const LIMIT of [0, 101, 1.5, '5', null]) t.same(await said({ LIMIT }), [1002, 'LIMIT'])
  t.same(await said({}), [1002, 'LIMIT'])
  t.same(await said({ LIMIT: 5, CURSOR: 'p 1' }), [1002, 'CURSOR'])
  for (const CURSOR of ['p1', 'BXYB_', 'BXYB_00000000000418', 'BXYB_p99999']) {
    t.same(await said({ LIMIT: 5, CURSOR }), [1003, undefined], CURSOR)
  }
})
