// Tieling's corrections, withdrawals and files, called as docs/wire/tieling.md says; the file of its worked example sent by curl.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import t from 'tap'
import type { CaseStatus } from '../../src/sandbox/life.ts'
import { newCaseNo } from './submissions.ts'
import { type Answer, application, call, fetchToken, openTieling, secretOf } from './tieling-calls.ts'

const run = promisify(execFile)
const folder = t.testdir()
let city = await openTieling(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const newToken = async (): Promise<string> =>
  String((await fetchToken(city.address, secretOf(folder))).body['access_token'])
let token = await newToken()

const APPLICATIONS = '/api/v1/applications'
const codeOf = ({ status, body }: Answer) => [status, (body['error'] as { code?: string } | undefined)?.code]
const NO_STEP = { remark: null, points: [], results: [] }
const advance = (reference: string, status: CaseStatus) => city.advance(reference, { ...NO_STEP, status })
const enquire = (reference: string) => call(city.address, token, `${APPLICATIONS}/${reference}`)
const post = (reference: string, what: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
  call(city.address, token, `${APPLICATIONS}/${reference}/${what}`, body, headers)

/** A case that stands at `statuses`, the last of them. */
async function caseAt(...statuses: readonly CaseStatus[]) {
  const body = application()
  t.equal((await call(city.address, token, APPLICATIONS, body)).status, 202)
  for (const status of statuses) await advance(body.reference, status)
  return body
}

t.test('a correction is taken at supplement, once, and answered again alike', async (t) => {
  const body = await caseAt('accepted', 'correction')
  const { reference } = body
  const correction = { ...body, received_at: '2026-11-23T09:00:00+08:00', purpose: '更正', supplement_no: 1 }
  const taken = await post(reference, 'supplements', correction)
  t.match(taken, { status: 200, body: { reference, case_no: /^211200-/, supplement_no: 1, status: 'examining' } })
  t.strictSame((await post(reference, 'supplements', correction)).body, taken.body)
  const known = { ...correction, case_no: taken.body['case_no'] }
  t.strictSame((await post(reference, 'supplements', known)).body, taken.body, 'the number is no part of the content')
  t.match((await enquire(reference)).body, { state: 'taken', status: 'examining' })
  t.strictSame(codeOf(await post(reference, 'supplements', { ...correction, purpose: '另一' })), [
    409,
    'SUPPLEMENT_EXISTS',
  ])
  const next = await post(reference, 'supplements', { ...correction, supplement_no: 2 })
  t.strictSame(codeOf(next), [409, 'NOT_AWAITED'])
  t.match(next.body['application'], { reference, status: 'examining' })
  const news = await call(city.address, token, '/api/v1/events?limit=100')
  const own = (news.body['events'] as { reference: string; status: string }[]).filter(
    (event) => event.reference === reference,
  )
  t.strictSame(
    own.map(({ status }) => status),
    ['registered', 'accepted', 'supplement', 'examining'],
  )
})

t.test('a correction that does not mend is refused under its number, and the next one awaited', async (t) => {
  const body = await caseAt('correction')
  const { reference } = body
  const bad = { ...body, form: { ...body.form, fund_centre: '2103' }, supplement_no: 1 }
  const refused = await post(reference, 'supplements', bad)
  t.match(refused, { status: 422, body: { reference, supplement_no: 1, reasons: [{ code: 'wrong_area' }] } })
  t.strictSame((await post(reference, 'supplements', bad)).body, refused.body)
  t.match((await enquire(reference)).body, { status: 'supplement' })
  const third = await post(reference, 'supplements', { ...body, supplement_no: 3 })
  t.match(third, { status: 409, body: { error: { code: 'SUPPLEMENT_OUT_OF_ORDER', expected: 2 } } })
  const mended = await post(reference, 'supplements', { ...body, supplement_no: 2 })
  t.match(mended, { status: 200, body: { status: 'accepted' } }, 'it had not been accepted before')
})

t.test('what no correction can be', async (t) => {
  const body = await caseAt('correction')
  const { reference } = body
  const field = async (changes: object, path = reference) => {
    const { status, body: answer } = await post(path, 'supplements', { ...body, supplement_no: 1, ...changes })
    return [status, (answer['error'] as { field?: string } | undefined)?.field]
  }
  t.strictSame(await field({ supplement_no: '1' }), [400, '/supplement_no'])
  t.strictSame(await field({ supplement_no: 100 }), [400, '/supplement_no'])
  t.strictSame(await field({ case_no: 'TLP-00000000000001A7' }), [400, '/case_no'])
  t.strictSame(await field({ surprise: 1 }), [400, '/surprise'])
  t.strictSame(await field({}, `${newCaseNo()}.decide`), [400, '/reference'])
  t.strictSame(await field({ form: { ...body.form, retired_on: '2026-06-30' } }), [400, '/form/retired_on'])
  const other = application()
  t.strictSame(codeOf(await post(other.reference, 'supplements', { ...other, supplement_no: 1 })), [
    404,
    'REFERENCE_UNKNOWN',
  ])
  t.strictSame(
    codeOf(await post(reference, 'supplements', { ...body, supplement_no: 1, case_no: '211200-2026-999999' })),
    [404, 'REFERENCE_UNKNOWN'],
  )
  t.strictSame(codeOf(await call(city.address, 'x', `${APPLICATIONS}/${reference}/supplements`, body)), [
    401,
    'UNAUTHORIZED',
  ])
  t.strictSame(codeOf(await call(city.address, token, `${APPLICATIONS}/${reference}/supplements`)), [
    405,
    'METHOD_NOT_ALLOWED',
  ])
  t.match((await enquire(reference)).body, { status: 'supplement' }, 'nothing of it had an effect')
})

t.test('a withdrawal ends the case until the decision, even from the queue', async (t) => {
  const withdrawal = { received_at: '2026-11-23T09:00:00+08:00', reason: '不再需要' }
  const queued = await caseAt()
  const { reference } = queued
  const withdrawn = await post(reference, 'withdrawal', withdrawal)
  t.match(withdrawn, { status: 200, body: { reference, case_no: /^211200-/, status: 'withdrawn' } })
  t.strictSame((await post(reference, 'withdrawal', withdrawal)).body, withdrawn.body)
  t.match((await enquire(reference)).body, { state: 'taken', status: 'withdrawn' })
  const decided = await caseAt('accepted', 'approved')
  const late = await post(decided.reference, 'withdrawal', withdrawal)
  t.strictSame(codeOf(late), [409, 'TOO_LATE'])
  t.match(late.body['application'], { reference: decided.reference, status: 'granted' })
  t.strictSame(codeOf(await post(`${newCaseNo()}.decide`, 'withdrawal', withdrawal)), [404, 'REFERENCE_UNKNOWN'])
  for (const wrong of [{}, { received_at: '2026-02-30T09:00:00+08:00' }, { ...withdrawal, reason: '' }]) {
    t.strictSame(codeOf(await post(reference, 'withdrawal', wrong)), [400, 'MALFORMED'], JSON.stringify(wrong))
  }
})

const PDF = '%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n'
const DIGEST = 'cfa3181c1ee36e8bce5e39f84959f4558ea7ba32c0e4539a8ab3c8ce8c716ec6'

/** `curl -F …` as in the worked example; `parts` besides the file. */
async function upload(reference: string, parts: readonly string[], file: string): Promise<Answer> {
  const address = `${city.address}${APPLICATIONS}/${reference}/files`
  const fields = [...parts, file].flatMap((part) => ['-F', part])
  const { stdout } = await run('curl', [
    '-s',
    '-w',
    '\n%{http_code}',
    '-H',
    `Authorization: Bearer ${token}`,
    ...fields,
    address,
  ])
  const [body = '', status] = stdout.split('\n')
  return { status: Number(status), headers: new Headers(), body: JSON.parse(body) as Answer['body'] }
}

t.test('the file of the worked example is taken before anybody has named it, and stays', async (t) => {
  const path = join(folder, 'bank-card.pdf')
  writeFileSync(path, PDF)
  const reference = `${newCaseNo()}.decide`
  const parts = ['file_id=m-7K2Q9', 'material_code=bank-card', `sha256=${DIGEST}`]
  const file = `file=@${path};type=application/pdf`
  const taken = await upload(reference, parts, file)
  t.strictSame(taken.body, { reference, file_id: 'm-7K2Q9', sha256: DIGEST, size: 69 })
  t.strictSame((await upload(reference, parts, file)).body, taken.body)
  await city[Symbol.asyncDispose]()
  city = await openTieling(folder)
  token = await newToken()
  t.strictSame((await upload(reference, parts, file)).body, taken.body, 'after a restart too')

  const other = join(folder, 'other.pdf')
  writeFileSync(other, '%PDF-1.4 other')
  const digest = createHash('sha256').update('%PDF-1.4 other').digest('hex')
  const [id = '', code = ''] = parts
  const clash = await upload(reference, [id, code, `sha256=${digest}`], `file=@${other};type=application/pdf`)
  t.strictSame(codeOf(clash), [409, 'FILE_EXISTS'])
  const field = ({ status, body }: Answer) => [status, (body['error'] as { field?: string } | undefined)?.field]
  t.strictSame(
    field(await upload(reference, ['file_id=m-2', code, `sha256=${DIGEST}`], `file=@${other};type=application/pdf`)),
    [400, '/sha256'],
  )
  t.strictSame(field(await upload(reference, [...parts, 'more=1'], file)), [400, '/more'])
  t.strictSame(field(await upload(reference, [...parts, 'toString=1'], file)), [400, '/toString'])
  t.strictSame(field(await upload(reference, [id, code], file)), [400, '/sha256'])
  t.strictSame(field(await upload(reference, parts, `file=@${path};type=text/html`)), [400, '/file'])
  t.strictSame(field(await upload(reference, parts, 'note=none')), [400, '/note'])
  t.strictSame(field(await upload(reference, [...parts, id], file)), [400, undefined], 'each part once')
  const unfit = await upload(reference, ['file_id=m-3', code, `sha256=${DIGEST}`], `file=@${path};type=image/png`)
  t.match(unfit, { status: 422, body: { reasons: [{ code: 'file_type' }] } })
  t.strictSame(codeOf(await post(reference, 'files', { file_id: 'm-4' })), [415, 'MEDIA_TYPE'])
})

t.test('a file of 20 MiB comes through whole, and one byte more does not', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const send = async (size: number): Promise<Answer> => {
    const path = join(folder, `of-${size}.png`)
    const bytes = Buffer.alloc(size, 7)
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    writeFileSync(path, bytes)
    const digest = createHash('sha256').update(bytes).digest('hex')
    const parts = [`file_id=m-${size}`, 'material_code=photo', `sha256=${digest}`]
    return upload(reference, parts, `file=@${path};type=image/png`)
  }
  t.match(await send(20_971_520), { status: 200, body: { size: 20_971_520 } })
  t.match(await send(20_971_521), { status: 422, body: { reasons: [{ code: 'file_size' }] } })
  t.match(await send(20_990_000), { status: 413, body: { error: { code: 'TOO_LARGE' } } })
})

t.test('faults strike these calls like all others', async (t) => {
  const body = await caseAt('correction')
  const { reference } = body
  const correction = { ...body, supplement_no: 1 }
  await city.setFault({ fault: 'lie', rate: 1 })
  t.match(await post(reference, 'supplements', correction), { status: 200, body: { status: 'examining' } })
  t.match(await post(reference, 'withdrawal', { received_at: '2026-11-23T09:00:00+08:00' }), { status: 200 })
  await city.setFault({ fault: 'reset-after', rate: 1 })
  await t.rejects(post(reference, 'supplements', correction), 'the lies had no effect, this one has')
  await city.setFault({ fault: 'off', rate: 1 })
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await enquire(reference)).body['status'] !== 'supplement') break
    await delay(25)
  }
  t.match((await enquire(reference)).body, { status: 'accepted' })
  t.match(await post(reference, 'supplements', correction), { status: 200, body: { status: 'accepted' } })
})
