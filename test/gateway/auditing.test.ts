// Runs every command of docs/auditing.md, in its order, against a real gateway: the document and the product cannot part.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { ask, call, file, makeSick, PROJECT, sample, startGateway, tokenOf, until } from './harness.ts'

const document = readFileSync(join(PROJECT, 'docs/auditing.md'), 'utf8')
const gateway = await startGateway(t)
const folder = mkdtempSync(join(tmpdir(), 'gateway-auditing-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const ITEM = 'mi-remote-care-filing'
const QUERY = 'ss-personal-rights-record'

// Something to be found by each question: a case, the same request again, queries, a refusal, looks, a crash in a query.
const headers = { 'idempotency-key': crypto.randomUUID() }
const wish = { headers, body: sample(ITEM, 'benxi') }
const filed = await file(gateway, ITEM, 'benxi', wish)
const caseNo = String(filed.body['caseNo'])
await file(gateway, ITEM, 'benxi', wish)
await ask(gateway, QUERY, 'fushun')
await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
await call(gateway, 'GET', '/v1/audit/records', { token: tokenOf(gateway, 'auditor') })
await call(gateway, 'POST', '/v1/operations/erasures', {
  token: tokenOf(gateway, 'operator'),
  body: { subject: { certType: '111', certNo: '210105199212050032' }, ground: 'consent-withdrawn' },
})
await makeSick(gateway, 'anshan', 'hang')
const cut = ask(gateway, QUERY, 'anshan').catch(() => null)
await until(
  () => call(gateway, 'GET', '/v1/audit/records?city=anshan', { token: tokenOf(gateway, 'auditor') }),
  ({ body }) => body['records']?.length > 0,
)
await gateway.kill()
await cut
await gateway.restart()
await until(
  () => call(gateway, 'GET', `/v1/audit/records/${filed.headers.get('audit-record')}/proof`),
  ({ status }) => status === 200,
)

/** By heading: its commands. The text before the first heading has none. */
const sections = document
  .split(/^## /m)
  .slice(1)
  .map((text) => ({
    title: text.split('\n')[0] ?? '',
    commands: [...text.matchAll(/^ *```sh\n([\s\S]*?)```/gm)].map(([, code = '']) => code).join('\n'),
  }))

/** What the reader puts in for themselves, as the test does here. */
const GIVEN: readonly (readonly [RegExp, string])[] = [
  [/^ADDRESS=\S+.*$/m, `ADDRESS=${gateway.address}`],
  [/^gateway\(\) .*$/m, 'gateway() { "$NODE" "$PROJECT/src/cli.js" "$@"; }'],
  [/^export CASE_NO=.*$/m, `export CASE_NO=${caseNo} FROM=2020-01-01T00:00:00Z UNTIL=2100-01-01T00:00:00Z`],
]

/** What is seen when the section's commands are run. */
const SEEN: readonly (readonly [title: RegExp, seen: readonly RegExp[]])[] = [
  [/^准备/, [/^/]],
  [/^1 /, [/"kind":"forwarded","actor":\{.*"role":"clerk".*"subjectRef":"[\w-]{22}".*"item":"mi-remote-care-filing"/]],
  [/^2 /, [/"name":"identityCheck","value":\{"how":/, /"name":"purpose","value":"/, /^([\w-]{43})\n\1$/m]],
  [/^3 /, [/"city":"benxi","routeRule":".+","configVersion":"[0-9a-f]{16}"/]],
  [/^4 /, [/"call":"deliver","city":"benxi",.*"answer":\{.*"outcome":"delivered"/, /^1$/m]],
  [
    /^5 /,
    [
      /"what":"application","recipient":\{"city":"benxi"\},"received":"yes","caseNo":"\d{8}-/,
      /"what":"look","recipient":\{"role":"clerk",/,
      /"city":"benxi","item":"mi-remote-care-filing","call":"deliver"/,
      /"city": "benxi",\s+"messages": 1/,
    ],
  ],
  [/^6 /, [/^0$/m, /"kind":"city-answered","leg":"decide","call":"deliver","outcome":"delivered"/]],
  [/^7 /, [/^1\n$/]],
  [
    /^8 /,
    [
      /"item":"ss-personal-rights-record","city":"fushun"/,
      /"actor":\{.*"role":"clerk".*"caseNo":/,
      /"kind":"audit-read"/,
      /"route":"\/v1\/audit\/recipients","counts":\{"records":\d+\},"about":"[\w-]{22}"/,
    ],
  ],
  [
    /^9 /,
    [
      /"first": 1/,
      /"crashedBefore":/,
      /"call":"query","city":"anshan"/,
      /"finding":"no-outcome",.*"city":"anshan"/,
      /"finding":"crash"/,
    ],
  ],
  [/^10 /, [/"configVersion":"[0-9a-f]{16}","from":/]],
  [
    /^统计/,
    [
      /"city":"benxi","item":"mi-remote-care-filing","outcome":"delivered","count":1/,
      /"hour":"20\d\d-\d\d-\d\dT\d\d","forwarded":\d+/,
      /"hour":"20\d\d-\d\d-\d\dT\d\d:00:00\+08:00","count":\d+/,
      /(?:"city":"benxi","item":"mi-remote-care-filing","outcome":"delivered","count":1[\s\S]*){2}/,
    ],
  ],
  [/^删除与保存期限/, [/"kind":"subject-erased","outcome":"consent-withdrawn"/]],
  [/^导出/, [/"origin": "gateway\.invalid[\s\S]*"records": [1-9]/, /^0$/m]],
  [/^一份留存的证明/, [/"origin": "gateway\.invalid/]],
]

const run = (script: string): { readonly status: number | null; readonly out: string; readonly err: string } => {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      NODE: process.execPath,
      PROJECT,
      GATEWAY_DATA_DIR: gateway.dataDir,
      GATEWAY_CONFIG_DIR: join(PROJECT, 'config'),
    },
    maxBuffer: 64 * 1024 * 1024,
  })
  return { status, out: stdout, err: stderr }
}

const MARK = '----- section -----'

t.test('each section is run, and shows what it promises', async (t) => {
  t.strictSame(
    sections.filter(({ title }, at) => SEEN[at]?.[0].test(title) !== true).map(({ title }) => title),
    [],
    'every section is in the table of this test, in its order',
  )
  t.equal(sections.length, SEEN.length)
  let script = sections.map(({ commands }) => `${commands}\necho '${MARK}'`).join('\n')
  for (const [from, to] of GIVEN) {
    t.match(script, from)
    script = script.replace(from, () => to)
  }
  // As a reader would, all in one shell: later sections use what earlier ones have made.
  const { status, out, err } = run(script)
  t.equal(status, 0, err)
  const outputs = out.split(`${MARK}\n`)
  for (const [at, { title }] of sections.entries()) {
    for (const seen of SEEN[at]?.[1] ?? []) t.match(outputs[at], seen, title)
  }
  t.match(err, /The log is sound/)
  t.notMatch(err, /Warning/, 'with the key given, nothing has to be taken on trust')
  t.match(err, /The proof holds/)
})

t.test('ten questions are asked, as the law’s list has them', async (t) => {
  const numbers = sections.map(({ title }) => Number(/^\d+/.exec(title)?.[0] ?? 0)).filter((number) => number > 0)
  t.strictSame(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})
