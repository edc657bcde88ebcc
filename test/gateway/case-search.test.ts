// Finding a case at the counter: by the applicant's number, the item, the cities, the hall, the state and the days.

import t from 'tap'
import { call, file, records, sample, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const SELF = '210102199003070011'
const OTHER = '210303198511290021'
const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')

const search = (body: unknown, query = '', token = clerk): Promise<Answer> =>
  call(gateway, 'POST', `/v1/cases/searches${query}`, { token, body })
const numbers = ({ body }: Answer): string[] => (body['cases'] as Json[]).map((one) => String(one['caseNo']))

const person = (certNo: string) => ({ ...sample(ITEM, 'benxi').applicant, name: '王芳', certNo })
const filedFor = async (city: string, certNo: string): Promise<string> => {
  const filed = await file(gateway, ITEM, city, { body: { ...sample(ITEM, city), applicant: person(certNo) } })
  return String(filed.body['caseNo'])
}

const began = new Date().toISOString()
const own = await filedFor('benxi', SELF)
const others = [await filedFor('benxi', OTHER), await filedFor('fushun', OTHER)]

t.test('a person’s cases are found by the number, in either case of its last letter, and no other’s', async (t) => {
  const found = await search({ applicant: { certType: '111', certNo: OTHER } })
  t.equal(found.status, 200, found.text)
  t.strictSame(numbers(found), others.toReversed(), 'newest first')
  t.strictSame(numbers(await search({ applicant: { certType: '111', certNo: SELF } })), [own])
  const unknown = await search({ applicant: { certType: '111', certNo: '21010219750505002x' } })
  t.strictSame(unknown.body, { cases: [], next: null }, 'who has none is no error')
})

t.test('an organization’s cases are found by its credit code', async (t) => {
  const item = 'mr-licence-replacement'
  const body = sample(item, 'fushun')
  const filed = await file(gateway, item, 'fushun', { body })
  t.ok(filed.status < 300, filed.text)
  const uscc = 'uscc' in body.applicant ? body.applicant.uscc : ''
  t.ok(uscc)
  const found = await search({ applicant: { certType: 'uscc', certNo: uscc.toLowerCase() } })
  t.strictSame(numbers(found), [String(filed.body['caseNo'])])
})

t.test('the other filters narrow it down, alone and together', async (t) => {
  const [{ hall, state }] = (await search({ caseNo: own })).body['cases']
  for (const [body, expected] of [
    [{ caseNo: own }, [own]],
    [{ caseNo: own, state }, [own]],
    [{ caseNo: own, state: 'withdrawn' }, []],
    [{ competentCity: 'fushun', item: ITEM }, [others[1]]],
    [{ collectingCity: 'shenyang', competentCity: 'benxi' }, [others[0], own]],
    [{ collectingCity: 'benxi' }, []],
    [{ hall, competentCity: 'benxi', item: ITEM }, [others[0], own]],
    [{ hall: 'shenyang/nowhere' }, []],
    [{ item: ITEM, filedFrom: began }, [...others.toReversed(), own]],
    [{ item: ITEM, filedUntil: began }, []],
    [{ item: ITEM, filedFrom: '2099-01-01T00:00:00+08:00' }, []],
  ] as const) {
    const found = await search(body)
    t.strictSame(numbers(found), expected, `${JSON.stringify(body)} ${found.text.slice(0, 200)}`)
  }
})

t.test('each sees its own, whatever it asks for', async (t) => {
  const question = { applicant: { certType: '111', certNo: OTHER } }
  for (const [name, token, expected] of [
    ['the resident', tokenOf(gateway, 'resident', { subject: OTHER }), others.toReversed()],
    ['another resident', tokenOf(gateway, 'resident', { subject: SELF }), []],
    ['another hall', tokenOf(gateway, 'clerk', { hall: 'hunnan' }), []],
    ['the city of one of them', tokenOf(gateway, 'city', { city: 'fushun' }), [others[1]]],
    ['a city of none', tokenOf(gateway, 'city', { city: 'anshan' }), []],
  ] as const) {
    t.strictSame(numbers(await search(question, '', token)), expected, name)
  }
})

t.test('pages go on from each other', async (t) => {
  const first = await search({ item: ITEM }, '?limit=2')
  t.strictSame(numbers(first), others.toReversed())
  const second = await search({ item: ITEM }, `?limit=2&after=${String(first.body['next'])}`)
  t.strictSame([numbers(second), second.body['next']], [[own], null])
})

t.test('what cannot be meant is told, all at once, and searches for nobody', async (t) => {
  const wrong = await search({
    applicant: { certType: '111', certNo: '210102199003070012' },
    state: 'lost',
    filedFrom: '2026-02-30',
    item: '',
    name: '王芳',
  })
  t.equal(wrong.status, 422)
  t.equal(wrong.body['code'], 'FORM_INVALID')
  t.strictSame(
    (wrong.body['errors'] as Json[]).map(({ pointer }) => String(pointer)).toSorted(),
    ['/applicant/certNo', '/filedFrom', '/item', '/name', '/state'],
    wrong.text,
  )
  t.match(await search({ applicant: { certType: '999', certNo: '' } }), {
    status: 422,
    body: { errors: [{ pointer: '/applicant/certType' }, { pointer: '/applicant/certNo' }] },
  })
  t.match(await search([]), { status: 422 })
  t.match(await search({}, '?certNo=1'), { status: 400, body: { code: 'PARAMETER_INVALID' } })
})

t.test('a search is on record, with the person it was about as a reference only', async (t) => {
  const asked = await search({ applicant: { certType: '111', certNo: OTHER } })
  const id = asked.headers.get('audit-record')
  const log = await until(
    () => records(gateway, { requestId: asked.headers.get('x-request-id') ?? '' }),
    (found) => found.length > 0,
  )
  t.match(log, [
    { id, kind: 'request-answered', route: '/v1/cases/searches', counts: { cases: 2 }, subjectRef: String },
  ])
  t.notMatch(JSON.stringify(log), OTHER)
  const filed = await records(gateway, { caseNo: others[0] ?? '' })
  t.equal(log[0]?.['subjectRef'], filed[0]?.['subjectRef'], 'the same reference as in the records of the case')
})
