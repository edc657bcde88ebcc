// The receipt that an applicant takes home, as data and as a page.

import t from 'tap'
import { call, cities, file, sample, startGateway, tokenOf, upload, type Answer } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const RESIDENT = '210102199003070011'
const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')

const receipt = (caseNo: string, headers: Record<string, string> = {}, token = clerk): Promise<Answer> =>
  call(gateway, 'GET', `/v1/cases/${caseNo}/receipt`, { token, headers })

t.test('it says what was taken, by whom and when, and whom to ask', async (t) => {
  const materialId = await upload(gateway, Buffer.from('%PDF-1.7 of a receipt'))
  const body = sample(ITEM, 'benxi')
  const [first, ...others] = body.materials ?? []
  const materials = [{ code: first?.code ?? '', held: 'uploaded' as const, materialId }, ...others]
  const filed = await file(gateway, ITEM, 'benxi', { body: { ...body, materials } })
  t.equal(filed.status, 201, filed.text)
  const caseNo = String(filed.body['caseNo'])
  const answer = await receipt(caseNo)
  t.equal(answer.status, 200, answer.text)
  t.equal(answer.headers.get('vary'), 'Accept')
  const hall = cities.find(({ key }) => key === 'shenyang')?.halls[0]
  t.match(answer.body, {
    receiptNo: `SJ-${caseNo}`,
    caseNo,
    item: { code: ITEM, name: { zh: /./, en: /./ } },
    applicant: { name: 'name' in body.applicant ? body.applicant.name : '', document: '2101**********0011' },
    agent: null,
    competentCity: { key: 'benxi', name: { zh: '本溪市' } },
    collectedBy: { kind: 'hall', hall: `shenyang/${hall?.key}`, telephone: hall?.telephone },
    collectedAt: filed.body['filedAt'],
    identityCheck: { how: 'id-card-reader', label: { zh: '身份证阅读器' }, at: body.identityCheck?.at, by: 'clerk-01' },
    promisedBy: { date: /^\d{4}-\d\d-\d\d$/ },
    heldBy: { kind: 'office', city: 'benxi' },
    notice: { zh: /收件/ },
  })
  t.equal(answer.body['materials'].length, materials.length)
  t.match(answer.body['materials'][0], { code: first?.code, how: 'electronic', name: { zh: /./ } })
  t.notMatch(answer.text, RESIDENT, 'the whole number is not carried about')
})

t.test('it is the same as a page, for the applicant too', async (t) => {
  const filed = await file(gateway, ITEM, 'fushun')
  const caseNo = String(filed.body['caseNo'])
  const token = tokenOf(gateway, 'resident', { subject: RESIDENT })
  const page = await receipt(caseNo, { accept: 'text/html,*/*;q=0.8' }, token)
  t.equal(page.status, 200)
  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  t.match(page.headers.get('content-security-policy'), /^default-src 'none'; style-src 'sha256-/)
  t.equal(page.headers.get('cache-control'), 'no-store')
  t.ok(page.headers.get('audit-record'))
  t.match(page.text, `SJ-${caseNo}`)
  t.match(page.text, '抚顺市跨域通办专窗')
  t.match(page.text, '核验人 <span lang="en">Checked by</span> clerk-01')
  t.notMatch(page.text, RESIDENT)
})

t.test('of what a resident filed it names no hall, and no check of identity', async (t) => {
  const { identityCheck: _none, ...body } = sample(ITEM, 'fushun')
  const token = tokenOf(gateway, 'resident', { subject: RESIDENT })
  const filed = await file(gateway, ITEM, 'fushun', { token, body })
  t.equal(filed.status, 201, filed.text)
  t.match((await receipt(String(filed.body['caseNo']), {}, token)).body, {
    collectedBy: { kind: 'help-desk' },
    identityCheck: null,
  })
})
