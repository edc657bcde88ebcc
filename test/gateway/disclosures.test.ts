// What stands behind the digests: opened with a reason and on record, true to the leaf, erased with its person; the log stays whole.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import canonicalize from 'canonicalize'
import t from 'tap'
import {
  ask,
  call,
  file,
  PROJECT,
  records,
  sample,
  startGateway,
  tokenOf,
  until,
  upload,
  type Json,
} from './harness.ts'

const run = promisify(execFile)
const QUERY = 'ss-personal-rights-record'
const ITEM = 'mi-remote-care-filing'
const PERSON = { certType: '111', certNo: '210103198804120025' }
const PURPOSE = '为隐私测试补办参保证明'

const gateway = await startGateway(t)
const auditor = tokenOf(gateway, 'auditor')
const operator = tokenOf(gateway, 'operator')

const asked = { ...sample(QUERY, 'fushun'), purpose: PURPOSE }
const applicant = { ...asked.applicant, ...PERSON }
const open = (id: string, reason: unknown, token = auditor) =>
  call(gateway, 'POST', `/v1/audit/records/${id}/disclosures`, { token, body: { reason } })
const erase = (ground = 'consent-withdrawn') =>
  call(gateway, 'POST', '/v1/operations/erasures', { token: operator, body: { subject: PERSON, ground } })
const recordOf = async (id: string): Promise<Json> =>
  (await call(gateway, 'GET', `/v1/audit/records/${id}`, { token: auditor })).body
const digestOf = (value: unknown, salt: string): string =>
  createHash('sha256')
    .update(Buffer.from(salt, 'base64url'))
    .update(canonicalize(value) ?? '')
    .digest('base64url')

await ask(gateway, QUERY, 'fushun', { body: { ...asked, applicant } })
const [intent] = await records(gateway, { kind: 'forwarded', item: QUERY })
const intentId = String(intent?.['id'])

t.test('an auditor sees purpose and identity check, with a reason that stays behind a digest itself', async (t) => {
  const answer = await open(intentId, '  投诉 2026-117 号复核  ')
  t.equal(answer.status, 200, answer.text)
  t.match(answer.body, { record: intentId, state: 'open', requestSalt: /^[\w-]{22}$/, answerSalt: null })
  const values = answer.body['values'] as Json[]
  t.match(values, [
    { name: 'identityCheck', value: asked.identityCheck },
    { name: 'purpose', value: PURPOSE },
  ])
  for (const { name, value, salt, digest } of values) {
    t.equal(digest, intent?.['disclosed'][name], `${name}: the digest is the leaf’s`)
    t.equal(digest, digestOf(value, salt), `${name}: anybody can compute it`)
  }
  const id = answer.headers.get('audit-record') ?? ''
  const opening = await recordOf(id)
  t.match(opening, {
    kind: 'disclosure-opened',
    outcome: 'open',
    actor: { role: 'auditor' },
    intent: intentId,
    subjectRef: intent?.['subjectRef'],
    item: QUERY,
    disclosed: { reason: /^[\w-]{43}$/ },
  })
  t.notOk(JSON.stringify(opening).includes('投诉'))
  const why = await open(id, '谁看过')
  t.match(why.body, { state: 'open', values: [{ name: 'reason', value: '投诉 2026-117 号复核' }] })
  const recipients = await call(gateway, 'POST', '/v1/audit/recipients', { token: auditor, body: { subject: PERSON } })
  t.ok((recipients.body['transfers'] as Json[]).some(({ what }) => what === 'disclosure'))
})

t.test('the salt of a request proves the very bytes that came', async (t) => {
  const body = JSON.stringify({
    ...sample(ITEM, 'benxi'),
    applicant: { ...sample(ITEM, 'benxi').applicant, ...PERSON },
  })
  const filed = await file(gateway, ITEM, 'benxi', { body })
  t.equal(filed.status, 201, filed.text)
  const id = filed.headers.get('audit-record') ?? ''
  const { requestSalt } = (await open(id, '核对')).body
  const digest = createHash('sha256')
    .update(Buffer.from(String(requestSalt), 'base64url'))
    .update(body)
    .digest('base64url')
  t.equal((await recordOf(id))['requestDigest'], digest)
})

t.test('without a reason, a right or a record nothing is shown', async (t) => {
  for (const reason of [undefined, '', '   ', 7, 'x'.repeat(501)]) {
    const answer = await open(intentId, reason)
    t.match(answer, { status: 422, body: { code: 'FORM_INVALID', errors: [{ pointer: '/reason' }] } }, String(reason))
  }
  t.match(await open('none', '复核'), { status: 404, body: { code: 'RECORD_UNKNOWN' } })
  for (const role of ['clerk', 'operator', 'resident'] as const) {
    t.match(await open(intentId, '复核', tokenOf(gateway, role)), { status: 403 }, role)
  }
  const [started] = await records(gateway, { kind: 'gateway-started' })
  t.match((await open(String(started?.['id']), '复核')).body, { state: 'none', values: [] })
})

t.test('an erasure takes what may go, says what the law keeps, and leaves the log whole', async (t) => {
  const resident = tokenOf(gateway, 'resident', { subject: PERSON.certNo })
  const draftId = crypto.randomUUID()
  const drafted = await call(gateway, 'PUT', `/v1/drafts/${draftId}`, {
    token: resident,
    body: { item: ITEM, body: { applicant } },
    headers: { 'if-none-match': '*' },
  })
  t.equal(drafted.status, 201, drafted.text)
  const materialId = await upload(gateway, Buffer.from('%PDF-1.7 not used'), resident)
  const answer = await erase()
  t.equal(answer.status, 200, answer.text)
  t.match(answer.body, {
    known: true,
    erased: { drafts: 1, uploads: 1, index: false },
    kept: [
      { what: 'cases', count: 1, why: { zh: /依法/, en: /by law/ } },
      { what: 'audit-records', count: null },
    ],
    record: answer.headers.get('audit-record'),
  })
  t.ok(answer.body['erased'].values >= 2 && answer.body['erased'].salts >= 1, answer.text)
  t.match(await recordOf(String(answer.body['record'])), {
    kind: 'subject-erased',
    outcome: 'consent-withdrawn',
    actor: { role: 'operator' },
    counts: { drafts: 1, uploads: 1, casesKept: 1 },
  })
  t.match((await open(intentId, '复核')).body, { state: 'gone', values: [], requestSalt: null })
  t.equal((await call(gateway, 'GET', `/v1/drafts/${draftId}`, { token: resident })).status, 404)
  t.equal((await call(gateway, 'GET', `/v1/materials/${materialId}`, { token: resident })).status, 404)
  const cases = await call(gateway, 'GET', '/v1/cases', { token: resident })
  t.equal(cases.body['cases'].length, 1, 'the person still sees the case')
  t.strictSame(await recordOf(intentId), intent, 'the leaf is as it was')
  t.match((await erase('purpose-over')).body, { known: true, erased: { drafts: 0, uploads: 0 } }, 'again there is less')
})

t.test('what is no erasure is refused, and the number does not come back', async (t) => {
  for (const body of [{ subject: PERSON }, { subject: PERSON, ground: 'whim' }, { ground: 'unlawful' }, {}]) {
    const answer = await call(gateway, 'POST', '/v1/operations/erasures', { token: operator, body })
    t.match(answer, { status: 422, body: { code: 'FORM_INVALID' } })
    t.notOk(answer.text.includes(PERSON.certNo))
  }
  t.match(await call(gateway, 'POST', '/v1/operations/erasures', { token: auditor, body: {} }), { status: 403 })
  const nobody = { subject: { certType: '111', certNo: '210105199212050032' }, ground: 'unlawful' }
  const answer = await call(gateway, 'POST', '/v1/operations/erasures', { token: operator, body: nobody })
  t.match(answer.body, { known: false, kept: [] })
})

t.test('the log verifies after all this, and purposes and reasons lie nowhere in plain', async (t) => {
  const last = (await call(gateway, 'GET', '/v1/cities', { token: auditor })).headers.get('audit-record') ?? ''
  await until(
    () => call(gateway, 'GET', `/v1/audit/records/${last}/proof`),
    ({ status }) => status === 200,
  )
  const [key = ''] = (await call(gateway, 'GET', '/.well-known/audit-keys')).text.split('\n')
  const cli = [join(PROJECT, 'src/cli.js'), 'audit', 'verify', gateway.address, '--key', key, '--json']
  const { stdout } = await run(process.execPath, cli)
  t.ok(stdout.length > 0, 'status 0: it is sound')
  t.equal(await gateway.stop(), 0)
  for (const name of readdirSync(gateway.dataDir).filter((one) => /^(?:store|gateway\.log)/.test(one))) {
    const content = readFileSync(join(gateway.dataDir, name)).toString('latin1')
    for (const secret of [PURPOSE, PERSON.certNo, '投诉 2026-117']) {
      t.notOk(content.includes(Buffer.from(secret).toString('latin1')), `${name} holds no ${secret}`)
    }
  }
})
