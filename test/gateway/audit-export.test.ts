// Audit records as files: whole, in each form, proved by a record, resumable, and told of where they were cut off.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ask, call, file, PROJECT, records, startGateway, tokenOf, until, type Json } from './harness.ts'

const run = promisify(execFile)
const gateway = await startGateway(t)
const auditor = tokenOf(gateway, 'auditor')
const folder = mkdtempSync(join(tmpdir(), 'gateway-export-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const download = async (query: string, body?: object) => {
  const answer = await fetch(`${gateway.address}/v1/audit/export${query}`, {
    headers: { authorization: `Bearer ${auditor}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  // Not by text(), which takes the byte order mark away.
  const text = Buffer.from(await answer.arrayBuffer()).toString()
  return { answer, text, exportId: answer.headers.get('export-record') ?? '' }
}
const lines = (text: string): Json[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json)
const recordOf = async (id: string): Promise<Json> =>
  (await call(gateway, 'GET', `/v1/audit/records/${id}`, { token: auditor })).body

const filed = await file(gateway, 'mi-remote-care-filing', 'benxi')
for (const city of ['fushun', 'benxi', 'shenyang']) await ask(gateway, 'ss-personal-rights-record', city)
/** Until all that has happened so far is signed for. */
const signed = async (): Promise<void> => {
  const last = (await call(gateway, 'GET', '/v1/cities', { token: auditor })).headers.get('audit-record') ?? ''
  await until(
    () => call(gateway, 'GET', `/v1/audit/records/${last}/proof`),
    ({ status }) => status === 200,
  )
}
await signed()

t.test('NDJSON is what the list gives, and a record tells its digest', async (t) => {
  const listed = await records(gateway, { until: new Date().toISOString() })
  const { answer, text, exportId } = await download('')
  t.match(answer.headers.get('content-type'), /^application\/x-ndjson/)
  const exported = lines(text)
  t.ok(exported.length >= 10, `${exported.length} records`)
  t.strictSame(exported, listed.slice(0, exported.length))
  const told = await recordOf(exportId)
  t.match(told, {
    kind: 'audit-exported',
    outcome: 'exported',
    actor: { role: 'auditor' },
    intent: answer.headers.get('audit-record'),
    contentDigest: createHash('sha256').update(text).digest('base64url'),
    counts: { records: exported.length, bytes: Buffer.byteLength(text), entries: exported.length },
  })
  t.match(await recordOf(String(told['intent'])), { kind: 'audit-read', outcome: 'exporting' })
})

t.test('filters, parts and going on: no record is left out or comes twice', async (t) => {
  const until = new Date().toISOString()
  // A file ends where the log is signed: both shall end at the same record.
  await signed()
  const all = lines((await download(`?kind=forwarded&until=${until}`)).text)
  t.ok(all.length >= 4)
  for (const { kind } of all) t.equal(kind, 'forwarded')
  const parts: Json[] = []
  for (let after = ''; ;) {
    const { text } = await download(`?kind=forwarded&until=${until}&records=2${after}`)
    const part = lines(text)
    if (part.length === 0) break
    t.ok(part.length <= 2)
    parts.push(...part)
    after = `&afterRecord=${String(part.at(-1)?.['id'])}`
  }
  t.strictSame(parts, all)
  t.match(await download('?afterRecord=none'), { answer: { status: 400 } })
  t.match(await download('?format=xlsx'), { answer: { status: 400 } })
  t.match(await download('?records=0'), { answer: { status: 400 } })
})

t.test('CSV has a line for each record, under a head that a part does not repeat', async (t) => {
  const until = new Date().toISOString()
  await signed()
  const { answer, text } = await download(`?format=csv&until=${until}`)
  t.match(answer.headers.get('content-disposition'), /^attachment; filename="audit-records-.*\.csv"$/)
  const all = lines((await download(`?until=${until}`)).text)
  const [head, ...rows] = text.replace(/\r\n$/, '').split('\r\n')
  t.match(head, /^\uFEFFid,time,kind,/)
  t.strictSame(
    rows.map((row) => row.split(',')[0]),
    all.map(({ id }) => id),
  )
  const rest = await download(`?format=csv&until=${until}&afterRecord=${String(all[2]?.['id'])}`)
  t.equal(rest.text, `${rows.slice(3).join('\r\n')}\r\n`)
})

t.test('what is about one person, by a body, and the number in no file or record', async (t) => {
  const subject = { certType: '111', certNo: '210102199003070011' }
  const { answer, text, exportId } = await download('?format=ndjson', { subject, kind: 'forwarded' })
  t.equal(answer.status, 200, text)
  const about = lines(text)
  t.ok(about.some(({ caseNo }) => caseNo === filed.body['caseNo']))
  const refs = new Set(about.map(({ subjectRef }) => String(subjectRef)))
  t.equal(refs.size, 1)
  t.equal((await recordOf(exportId))['subjectRef'], [...refs][0], 'who exported is on record about the person')
  const page = await download('?format=html', { subject })
  for (const one of [text, page.text]) t.notOk(one.includes(subject.certNo))
  t.match(await download('', { subject: { certType: '111', certNo: '1' } }), { answer: { status: 422 } })
})

t.test('the report is a page of its own, with counts at its end', async (t) => {
  const { answer, text } = await download('?format=html&city=benxi')
  t.match(answer.headers.get('content-type'), /^text\/html/)
  t.match(answer.headers.get('content-security-policy'), /^default-src 'none'; style-src 'sha256-/)
  t.match(text, /^<!doctype html>[\s\S]*<h1>审计记录报告[\s\S]*city = benxi[\s\S]*合计 \d+ 条[\s\S]*<\/html>\n$/)
  t.notMatch(text, /<script|style="|undefined|\[object/)
  t.equal(text.match(/<time /g)?.length, 1 + Number(/合计 (\d+) 条/.exec(text)?.[1]))
})

t.test('the voucher proves the file offline, and no other', async (t) => {
  const { text, exportId } = await download('?format=csv')
  const proof = await until(
    () => call(gateway, 'GET', `/v1/audit/records/${exportId}/proof`),
    ({ status }) => status === 200,
  )
  const { text: keys } = await call(gateway, 'GET', '/.well-known/audit-keys')
  const [at, voucher] = [join(folder, 'records.csv'), join(folder, 'voucher')]
  writeFileSync(voucher, proof.text)
  const verify = (content: string, by = voucher) => {
    writeFileSync(at, content)
    const [key = ''] = keys.split('\n')
    const cli = [join(PROJECT, 'src/cli.js'), 'audit', 'verify-export', at, '--voucher', by, '--key', key]
    return run(process.execPath, cli).then(
      ({ stdout }) => stdout,
      (error: { readonly code: number; readonly stderr: string }) => `${error.code} ${error.stderr}`,
    )
  }
  t.match(await verify(text), new RegExp(`"record": "${exportId}"`))
  t.match(await verify(text.replace('benxi', 'fuxin')), /^1 [\s\S]*changed or cut off/)
  t.match(await verify(text.slice(0, -2)), /^1 [\s\S]*changed or cut off/)
  const other = await call(gateway, 'GET', `/v1/audit/records/${filed.headers.get('audit-record')}/proof`)
  writeFileSync(join(folder, 'other'), other.text)
  t.match(await verify(text, join(folder, 'other')), /^1 [\s\S]*no proof of an export/)
})

t.test('a caller that goes away leaves an export that says so', async (t) => {
  // More than fits into the buffers of a connection, so that the file is still being read when its caller goes.
  for (let done = 0; done < 6000; done += 100) {
    await Promise.all(Array.from({ length: 100 }, () => call(gateway, 'GET', '/v1/cities', { token: auditor })))
  }
  await signed()
  const leaving = new AbortController()
  const answer = await fetch(`${gateway.address}/v1/audit/export`, {
    headers: { authorization: `Bearer ${auditor}` },
    signal: leaving.signal,
  })
  const reader = answer.body?.getReader()
  await reader?.read()
  leaving.abort()
  const id = answer.headers.get('export-record') ?? ''
  const told = await until(
    () => recordOf(id),
    (record) => record['kind'] === 'audit-exported',
  )
  t.match(told, { outcome: 'caller-gone', counts: { records: /^\d+$/ } })
  t.equal(told['contentDigest'], undefined, 'what was not given whole has no digest')
  const whole = await download('')
  t.equal(lines(whole.text).length, (await recordOf(whole.exportId))['counts'].records, 'others are served as before')
  t.ok(lines(whole.text).length > 6000)
})
