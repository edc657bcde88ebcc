// What auditors ask about a person: the number stands in the body alone, and each search is recorded.

import t from 'tap'
import { ask, call, file, makeSick, records, sample, startGateway, tokenOf, upload, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const QUERY = 'ss-personal-rights-record'
const PERSON = { certType: '111', certNo: '210102199003070011' }
const OTHER = { certType: '111', certNo: '210303198511290021' }

const gateway = await startGateway(t)
const auditor = tokenOf(gateway, 'auditor')
const clerk = tokenOf(gateway, 'clerk')

const post = (path: string, body: object) => call(gateway, 'POST', path, { token: auditor, body })
const search = async (body: object): Promise<Json[]> => {
  const answer = await post('/v1/audit/searches?limit=200', body)
  t.equal(answer.status, 200, answer.text)
  return answer.body['records'] as Json[]
}

const materialId = await upload(gateway, Buffer.from('%PDF-1.7 of a search'))
const body = sample(ITEM, 'benxi')
const [first, ...others] = body.materials ?? []
const materials = [{ code: first?.code ?? '', held: 'uploaded', materialId }, ...others]
const filed = await file(gateway, ITEM, 'benxi', {
  body: { ...body, applicant: { ...body.applicant, ...PERSON }, materials },
})
const caseNo = String(filed.body['caseNo'])
await ask(gateway, QUERY, 'fushun', {
  body: { ...sample(QUERY, 'fushun'), applicant: { ...body.applicant, ...PERSON } },
})
await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })
await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'city', { city: 'benxi' }) })
await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'resident', { subject: PERSON.certNo }) })
await call(gateway, 'GET', `/v1/materials/${materialId}`, { token: clerk })
await call(gateway, 'POST', '/v1/cases/searches', { token: clerk, body: { applicant: PERSON } })
await call(gateway, 'POST', '/v1/cases/searches', { token: clerk, body: { applicant: OTHER } })
await makeSick(gateway, 'anshan', 'refuse-connect')
await ask(gateway, QUERY, 'anshan', {
  body: { ...sample(QUERY, 'anshan'), applicant: { ...body.applicant, ...PERSON } },
})

t.test('all records about a person, and no others', async (t) => {
  t.equal(filed.status, 201, filed.text)
  const log = await records(gateway, {})
  const ref = log.find((leaf) => leaf['caseNo'] === caseNo && leaf['subjectRef'] !== undefined)?.['subjectRef']
  t.match(ref, /^.{22}$/)
  const found = await search({ subject: { ...PERSON } })
  const wanted = log.filter(
    (leaf) => leaf['caseNo'] === caseNo || leaf['subjectRef'] === ref || leaf['actor'].subjectRef === ref,
  )
  t.ok(wanted.length > 8, `${wanted.length} records`)
  const ids = found.map(({ id }) => String(id))
  t.strictSame(
    ids.filter((id) => wanted.some((leaf) => leaf['id'] === id)),
    wanted.map(({ id }) => String(id)),
  )
  t.strictSame(
    found.filter((leaf) => leaf['kind'] !== 'audit-read' && !wanted.some(({ id }) => id === leaf['id'])),
    [],
  )
  const queries = await search({ subject: PERSON, kind: 'forwarded', city: 'fushun' })
  t.match(queries, [{ call: 'query', city: 'fushun' }])
  t.equal(queries.length, 1, 'other conditions narrow it')
})

t.test('the search itself is a record about that person, without the number', async (t) => {
  const answer = await post('/v1/audit/searches', { subject: OTHER })
  const id = answer.headers.get('audit-record') ?? ''
  const record = (await call(gateway, 'GET', `/v1/audit/records/${id}`, { token: auditor })).body
  t.match(record, { kind: 'audit-read', actor: { role: 'auditor' }, requestDigest: /./, subjectRef: /^.{22}$/ })
  t.notOk(JSON.stringify(record).includes(OTHER.certNo))
  t.ok(
    (await search({ subject: OTHER })).some((leaf) => leaf['id'] === id),
    'who asked about them is found by them',
  )
  t.notOk(gateway.output().includes(OTHER.certNo), 'nor does the number stand in the gateway’s own log')
})

t.test('pages of a search go on where the one before ended', async (t) => {
  const all = (await search({ subject: PERSON, until: new Date().toISOString() })).map(({ id }) => id)
  const paged: unknown[] = []
  const until = new Date().toISOString()
  for (let after: string | null = ''; after !== null && paged.length < 100;) {
    const { body } = await post(`/v1/audit/searches?limit=3${after === '' ? '' : `&after=${after}`}`, {
      subject: PERSON,
      until,
    })
    paged.push(...(body['records'] as Json[]).map(({ id }) => id))
    after = body['next'] as string | null
  }
  t.strictSame(paged.slice(0, all.length), all)
})

t.test('by hall, collecting city, whose fault and which', async (t) => {
  const halls = await search({ hall: 'shenyang/shenyang-civic' })
  t.ok(halls.length > 0)
  for (const { actor } of halls) t.match(actor, { city: 'shenyang', hall: 'shenyang-civic' })
  t.ok((await search({ collectingCity: 'shenyang', item: ITEM })).length > 0)
  t.strictSame(await search({ collectingCity: 'tieling' }), [])
  const failed = await search({ source: 'city', city: 'anshan' })
  t.match(failed, [{ faultCode: 'CITY_UNREACHABLE' }])
  t.strictSame(
    (await records(gateway, { faultCode: 'CITY_UNREACHABLE' })).map(({ id }) => id),
    failed.map(({ id }) => id),
    'in an address too, where it names nobody',
  )
})

t.test('what is no search is refused with every mistake, and a number never comes back', async (t) => {
  const wrong = await post('/v1/audit/searches', {
    subject: { certType: '111', certNo: '210102199003070012' },
    kind: 'rumour',
    from: 'yesterday',
    whose: 'mine',
  })
  t.equal(wrong.status, 422, wrong.text)
  t.strictSame((wrong.body['errors'] as Json[]).map(({ pointer }) => String(pointer)).toSorted(), [
    '/from',
    '/kind',
    '/subject/certNo',
    '/whose',
  ])
  t.notOk(wrong.text.includes('210102199003070012'))
  t.match(await post('/v1/audit/recipients', {}), { status: 422 })
  t.match(await call(gateway, 'GET', `/v1/audit/records?subject=${PERSON.certNo}`, { token: auditor }), { status: 400 })
})

t.test('who received the person’s data: cities that were sent it, and who read it here', async (t) => {
  const { body } = await post('/v1/audit/recipients', { subject: PERSON })
  const transfers = (body['transfers'] as Json[]).map(
    ({ what, recipient, received }) =>
      `${what} ${[recipient.role, recipient.city, recipient.hall].filter(Boolean).join('/')} ${received}`,
  )
  t.strictSame(transfers.toSorted(), [
    'answer clerk/shenyang/shenyang-civic yes',
    'application benxi yes',
    'content city/benxi yes',
    'content clerk/shenyang/shenyang-civic yes',
    'look city/benxi yes',
    'look clerk/shenyang/shenyang-civic yes',
    'look clerk/shenyang/shenyang-civic yes',
    'query fushun yes',
  ])
  t.equal(body['more'], false)
  const application = (body['transfers'] as Json[]).find(({ what }) => what === 'application')
  t.match(application, { caseNo, item: ITEM, record: filed.headers.get('audit-record') })
  const before = await post('/v1/audit/recipients', { subject: PERSON, until: '2026-01-01T00:00:00Z' })
  t.strictSame(before.body['transfers'], [], 'in the period alone')
  t.strictSame((await post('/v1/audit/recipients', { subject: OTHER })).body['transfers'], [])
})

t.test('statistics count what the records say, those of this second too, and the look is on record', async (t) => {
  const count = async (query: string): Promise<Json> => {
    const answer = await call(gateway, 'GET', `/v1/audit/statistics?${query}`, { token: auditor })
    t.equal(answer.status, 200, answer.text)
    return answer.body
  }
  const lines = async (query: string): Promise<readonly Json[]> => (await count(query))['statistics'] as Json[]
  const log = await records(gateway, { kind: 'city-answered' })
  const expected = new Map<string, number>()
  for (const { city, outcome } of log) expected.set(`${city} ${outcome}`, (expected.get(`${city} ${outcome}`) ?? 0) + 1)
  const counted = (await lines('by=city,outcome&kind=city-answered')).map(
    ({ city, outcome, count: records }) => [`${city} ${outcome}`, Number(records)] as const,
  )
  t.strictSame(new Map(counted), expected)
  t.match(await count('by=city'), { from: /^20\d\d-\d\d-\d\dT\d\d:00:00\+08:00$/, until: /:00:00\+08:00$/ })
  const byHour = await lines(`by=hour,day,item&item=${ITEM}`)
  t.ok(byHour.length > 0)
  for (const line of byHour) {
    t.match(line, { hour: /^20\d\d-\d\d-\d\dT\d\d:00:00\+08:00$/, item: ITEM })
    t.equal(line['day'], String(line['hour']).slice(0, 10))
  }
  t.ok(Number((await lines(''))[0]?.['count']) > log.length, 'one line for all')
  const looks = await records(gateway, { kind: 'audit-read' })
  t.ok(looks.some((leaf) => leaf['route'] === '/v1/audit/statistics' && leaf['counts'].lines === 1))
  for (const query of ['by=person', 'by=city,city', 'by=', 'kind=rumour', 'from=monday', 'subject=x'])
    t.match(await call(gateway, 'GET', `/v1/audit/statistics?${query}`, { token: auditor }), { status: 400 }, query)
})
