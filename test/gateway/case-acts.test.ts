// What people do with a case after it was filed, over the whole way: undone at once, rated once, refused where it cannot be.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import {
  call,
  catalogue,
  file,
  receivedBy,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  upload,
  type Answer,
  type Json,
} from './harness.ts'

const ITEM = 'mi-remote-care-filing'
/** What its protocol could carry, its system does not take here. */
const TAKES_NOTHING_LATER = 'fuxin'
const gateway = await startGateway(t, {}, [
  [/pollMs: \d+/, 'pollMs: 50'],
  [
    new RegExp(`^(key: ${TAKES_NOTHING_LATER}\n[^]*?)(?=\n +settlesAfterMs:)`, 'm'),
    '$1\n    takesNo: [corrections, withdrawals, materials]',
  ],
])
const clerk = tokenOf(gateway, 'clerk')

const act = (caseNo: string, what: string, body: object, key: string = crypto.randomUUID()): Promise<Answer> =>
  call(gateway, 'POST', `/v1/cases/${caseNo}/${what}`, { token: clerk, body, headers: { 'idempotency-key': key } })

async function caseOf(caseNo: string): Promise<Json> {
  return (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })).body
}

const hold = (held: 'open' | null): Promise<Answer> =>
  call(gateway, 'POST', '/v1/operations/lines/benxi/main', {
    token: tokenOf(gateway, 'operator'),
    body: { hold: held, reason: '试一试' },
  })

t.test('what has not been sent is withdrawn at once, and never goes to its city', async (t) => {
  // An operator holds the line, so that the courier does not happen to be at it.
  await hold('open')
  const filed = await file(gateway, ITEM, 'benxi')
  t.match(filed, { status: 202, body: { delivery: 'stored' } }, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const key = crypto.randomUUID()
  const undone = await act(caseNo, 'withdrawal', { reason: '已在本地办理' }, key)
  t.match(
    undone,
    {
      status: 201,
      body: {
        caseNo,
        state: 'withdrawn',
        legs: [{ state: 'withdrawn', delivery: 'cancelled' }],
        withdrawal: { by: 'clerk', reason: '已在本地办理', messages: [] },
      },
    },
    undone.text,
  )
  const again = await act(caseNo, 'withdrawal', { reason: '已在本地办理' }, key)
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.strictSame(again.body, undone.body)
  t.match(await act(caseNo, 'withdrawal', { reason: '另一个' }, key), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
  t.match(await act(caseNo, 'withdrawal', {}), {
    status: 409,
    body: { code: 'CASE_STATE_REFUSES', source: 'caller', detail: '办件状态为“已撤回”：不必再撤回。' },
  })
  t.match(await act(caseNo, 'corrections', sample(ITEM, 'benxi')), {
    status: 409,
    body: { detail: '办件状态为“已撤回”：没有城市要求补正。' },
  })
  t.match(await act(caseNo, 'rerouting', { reason: '改派' }), { status: 409, body: { detail: /没有被城市退回/ } })
  await hold(null)
  // Another case to the same city arrives; had this one been left to the courier, it would have gone first.
  const other = await file(gateway, ITEM, 'benxi')
  await until(
    () => caseOf(String(other.body['caseNo'])),
    (found) => found['delivery'] === 'delivered',
  )
  t.strictSame(await receivedBy(gateway, 'benxi', caseNo), [])
  const log = await until(
    () => records(gateway, { caseNo }).catch(() => []),
    (found) => found.length > 0,
  )
  t.ok(log.some(({ kind, outcome }) => kind === 'case-acted' && outcome === 'undone'))
  t.notOk(JSON.stringify(log).includes('已在本地办理'), 'the reason is in no record')
})

t.test('papers follow by mail, with a number to trace them by', async (t) => {
  const [code = ''] = catalogue.find(ITEM).materials.map((material) => material.code)
  const seen = { ...sample(ITEM, 'fushun'), materials: [{ code, held: 'seenAtWindow' }] }
  const others = (sample(ITEM, 'fushun').materials ?? []).filter((one) => one.code !== code)
  const filed = await file(gateway, ITEM, 'fushun', { body: { ...seen, materials: [...seen.materials, ...others] } })
  t.ok(filed.status === 201 || filed.status === 202, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const parcel = { carrier: '中国邮政', trackingNo: 'EX123456789CN', materials: [code] }
  for (const [wrong, pointer] of [
    [{ ...parcel, carrier: ' ' }, '/carrier'],
    [{ ...parcel, trackingNo: '看不清' }, '/trackingNo'],
    [{ ...parcel, materials: [] }, '/materials'],
    [{ ...parcel, materials: [code, code] }, '/materials'],
    [{ ...parcel, materials: ['never-seen'] }, '/materials/0'],
    [{ ...parcel, weight: 1 }, '/weight'],
  ] as const) {
    t.match(await act(caseNo, 'mailings', wrong), {
      status: 422,
      body: { code: 'FORM_INVALID', errors: [{ pointer }] },
    })
  }
  t.match(await act(caseNo, 'mailings?leg=none', parcel), { status: 400, body: { code: 'PARAMETER_INVALID' } })
  const noted = await act(caseNo, 'mailings', parcel)
  t.match(noted, { status: 201, body: { mailings: [{ ...parcel, by: 'clerk', city: 'fushun', leg: 'decide' }] } })
  t.ok((await caseOf(caseNo))['events'].some(({ event }: Json) => event === 'papers-mailed'))
  const log = await records(gateway, { caseNo })
  t.ok(log.some(({ kind, outcome }) => kind === 'case-acted' && outcome === 'mailing'))
  t.notOk(JSON.stringify(log).includes(parcel.trackingNo), 'the number is in no record')
})

t.test('originals that come with a correction are posted too', async (t) => {
  const body = sample(ITEM, 'fushun')
  const [code = ''] = catalogue.find(ITEM).materials.map((material) => material.code)
  t.notOk(
    (body.materials ?? []).some(({ held }) => held === 'seenAtWindow'),
    'no original at first',
  )
  const filed = await file(gateway, ITEM, 'fushun', { body })
  const caseNo = String(filed.body['caseNo'])
  const parcel = { carrier: '中国邮政', trackingNo: 'EX123456790CN', materials: [code] }
  t.match(await act(caseNo, 'mailings', parcel), { status: 422, body: { errors: [{ pointer: '/materials/0' }] } })
  await advanceCase(gateway.dataDir, 'fushun', `${caseNo}.decide`, {
    status: 'correction',
    points: [{ code, message: '请交原件' }],
  })
  await until(
    () => caseOf(caseNo),
    ({ state }) => state === 'correction-required',
  )
  const others = (body.materials ?? []).filter((one) => one.code !== code)
  const corrected = await act(caseNo, 'corrections', {
    ...body,
    materials: [{ code, held: 'seenAtWindow' }, ...others],
  })
  t.equal(corrected.status, 201, corrected.text)
  t.match(await act(caseNo, 'mailings', parcel), { status: 201, body: { mailings: [parcel] } })
})

t.test('a city that says no in words alone is quoted where reasons are looked for', async (t) => {
  const filed = await file(gateway, ITEM, 'shenyang')
  const caseNo = String(filed.body['caseNo'])
  const why = '不符合规定条件，可在六十日内申请行政复议'
  await advanceCase(gateway.dataDir, 'shenyang', `${caseNo}.decide`, { status: 'rejected', remark: why })
  const ended = await until(
    () => caseOf(caseNo),
    ({ state }) => state === 'rejected',
  )
  t.match(ended, { reasons: [{ code: '', message: why }], legs: [{ reasons: [{ message: why }] }] })
  t.notOk(JSON.stringify(await records(gateway, { caseNo })).includes(why), 'and in no record')
})

t.test('a service is rated once, after its end', async (t) => {
  const filed = await file(gateway, ITEM, 'fushun')
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const rating = { score: 1, channel: 1, text: '一次办成' }
  t.match(await act(caseNo, 'rating', rating), {
    status: 409,
    body: { code: 'CASE_STATE_REFUSES', detail: '办件状态为“预受理”：办件结束之后才能评价。' },
  })
  const reference = `${caseNo}.${String((await caseOf(caseNo))['legs'][0]['leg'])}`
  for (const status of ['accepted', 'approved', 'completed'] as const) {
    await advanceCase(gateway.dataDir, 'fushun', reference, { status })
  }
  await until(
    () => caseOf(caseNo),
    (found) => found['state'] === 'completed',
  )
  for (const [wrong, pointer] of [
    [{ ...rating, score: 6 }, '/score'],
    [{ ...rating, channel: 7 }, '/channel'],
    [{ ...rating, text: ' ' }, '/text'],
    [{ ...rating, stars: 5 }, '/stars'],
  ] as const) {
    t.match(await act(caseNo, 'rating', wrong), { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer }] } })
  }
  t.match(await act(caseNo, 'rating', rating), { status: 201, body: { rating: { score: 1, channel: 1, by: 'clerk' } } })
  t.match(await act(caseNo, 'rating', rating), { status: 409, body: { code: 'CASE_STATE_REFUSES' } }, 'once')
  t.match(await act(caseNo, 'withdrawal', {}), { status: 409 }, 'and nothing is left to withdraw')
})

t.test('a repeatable request needs its key, and a correction needs to be asked for', async (t) => {
  const filed = await file(gateway, ITEM, 'anshan')
  const caseNo = String(filed.body['caseNo'])
  const bare = await call(gateway, 'POST', `/v1/cases/${caseNo}/withdrawal`, { token: clerk, body: {} })
  t.match(bare, { status: 400, body: { code: 'IDEMPOTENCY_KEY_REQUIRED' } })
  t.match(await act(caseNo, 'corrections', {}), { status: 409, body: { code: 'CASE_STATE_REFUSES' } })
  t.match(await act(caseNo, 'withdrawal', { reason: 'x'.repeat(201) }), { status: 422, body: { code: 'FORM_INVALID' } })
  t.match(await act(caseNo, 'withdrawal', []), { status: 422, body: { code: 'FORM_INVALID' } })
})

t.test('what a city does not take is refused before anything is kept, and never sent', async (t) => {
  const filed = await file(gateway, ITEM, TAKES_NOTHING_LATER)
  const caseNo = String(filed.body['caseNo'])
  const delivered = await until(
    () => caseOf(caseNo),
    (found) => found['delivery'] === 'delivered',
  )
  const unsupported = { status: 501, body: { code: 'CITY_MESSAGE_UNSUPPORTED', source: 'city' } }
  t.match(await act(caseNo, 'withdrawal', {}), unsupported)
  const reference = `${caseNo}.${String(delivered['legs'][0]['leg'])}`
  const points = [{ code: 'id-document', message: '身份证照片不清' }]
  await advanceCase(gateway.dataDir, TAKES_NOTHING_LATER, reference, { status: 'correction', points })
  await until(
    () => caseOf(caseNo),
    (found) => found['state'] === 'correction-required',
  )
  t.match(await act(caseNo, 'corrections', sample(ITEM, TAKES_NOTHING_LATER)), unsupported)
  t.match(await caseOf(caseNo), { state: 'correction-required', corrections: [], withdrawal: null })

  const [code] = catalogue
    .find(ITEM)
    .materials.filter(({ forms }) => forms.includes('copy') || forms.includes('electronic'))
    .map((material) => material.code)
  const materialId = await upload(gateway, Buffer.from('%PDF-1.7\n'))
  const body = sample(ITEM, TAKES_NOTHING_LATER)
  const others = (body.materials ?? []).filter((material) => material.code !== code)
  const withFile = { ...body, materials: [{ code, held: 'uploaded', materialId }, ...others] }
  const waits = await file(gateway, ITEM, TAKES_NOTHING_LATER, { body: withFile })
  t.match(
    waits,
    { status: 202, body: { delivery: 'stuck', legs: [{ fault: 'CITY_MESSAGE_UNSUPPORTED' }] } },
    waits.text,
  )
  t.same(await receivedBy(gateway, TAKES_NOTHING_LATER, String(waits.body['caseNo'])), [])
})

t.test('what is due soon is listed, with the dates of each leg', async (t) => {
  const filed = await file(gateway, ITEM, 'shenyang')
  const caseNo = String(filed.body['caseNo'])
  const found = await caseOf(caseNo)
  // Promised within two working days, and the notice of what is to be corrected within five.
  t.match(found['legs'][0]['clock'], {
    noticeBy: { workingDays: 5 },
    promisedBy: { workingDays: 2 },
    stoppedSince: null,
  })
  const listed = async (due: string): Promise<Answer> => call(gateway, 'GET', `/v1/cases?due=${due}`, { token: clerk })
  const numbers = ({ body }: Answer): string[] => (body['cases'] as Json[]).map((one) => String(one['caseNo']))
  const soon = await until(
    () => listed('soon'),
    ({ status }) => status === 200,
  )
  t.ok(numbers(soon).includes(caseNo))
  t.strictSame(numbers(await listed('overdue')), [])
  t.match(await listed('tomorrow'), { status: 400, body: { code: 'PARAMETER_INVALID' } })
})
