// A restored backup brings erased data back: by a newer copy of the log it is erased again, once, and nobody else's.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { ask, call, file, PROJECT, records, sample, startGateway, tokenOf, until, type Json } from './harness.ts'

const QUERY = 'ss-personal-rights-record'
const ITEM = 'mi-remote-care-filing'
/** Has only asked; has a case, too; came after the backup; was not erased. */
const [ASKER, FILER, LATE, OTHER] = [
  '210103198804120025',
  '210102199003070011',
  '210105199212050032',
  '210104197501010015',
].map((certNo) => ({ certType: '111', certNo }))

const gateway = await startGateway(t)
const { dataDir } = gateway
const auditor = () => tokenOf(gateway, 'auditor')
const database = join(dataDir, 'store.sqlite')
const backup = join(dataDir, 'backup.sqlite')
const copy = join(dataDir, 'copied-log')

async function run(...args: readonly string[]): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli.js'), 'audit', ...args], {
    env: { PATH: process.env['PATH'], ...gateway.env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { status: child.exitCode, output }
}
const redo = (from = copy) => run('redo-erasures', '--from', from)

async function asks(person: unknown): Promise<string> {
  const body = sample(QUERY, 'fushun')
  const answer = await ask(gateway, QUERY, 'fushun', {
    body: { ...body, applicant: { ...body.applicant, ...(person as object) } },
  })
  return answer.headers.get('audit-record') ?? ''
}
async function erase(subject: unknown): Promise<string> {
  const body = { subject, ground: 'consent-withdrawn' }
  const token = tokenOf(gateway, 'operator')
  const answer = await call(gateway, 'POST', '/v1/operations/erasures', { token, body })
  return String(answer.body['record'])
}
/** Of the newest query about this person that has one. */
async function stateOf(recordId: string): Promise<string> {
  const leaf = (await call(gateway, 'GET', `/v1/audit/records/${recordId}`, { token: auditor() })).body
  const opened = await call(gateway, 'POST', `/v1/audit/records/${String(leaf['intent'] ?? recordId)}/disclosures`, {
    token: auditor(),
    body: { reason: '恢复后复核' },
  })
  return String(opened.body['state'])
}
async function about(subject: unknown): Promise<readonly Json[]> {
  const answer = await call(gateway, 'POST', '/v1/audit/searches', { token: auditor(), body: { subject } })
  return answer.body['records'] as Json[]
}

const asked = { asker: await asks(ASKER), filer: await asks(FILER), other: await asks(OTHER) }
const sampled = sample(ITEM, 'benxi')
const filed = await file(gateway, ITEM, 'benxi', {
  body: { ...sampled, applicant: { ...sampled.applicant, ...FILER } },
})
if (filed.status !== 201) throw new Error(filed.text)
const open = new DatabaseSync(database)
open.exec(`VACUUM INTO '${backup}'`)
open.close()
await asks(LATE)
const erased = { asker: await erase(ASKER), filer: await erase(FILER), late: await erase(LATE) }
await until(
  () => call(gateway, 'GET', `/v1/audit/records/${erased.late}/proof`),
  ({ status }) => status === 200,
)
const exported = await run('export', '--to', copy)
if (exported.status !== 0) throw new Error(exported.output)

t.test('the erasure is found by the person, and leads to nothing from before', async (t) => {
  t.equal(await stateOf(asked.asker), 'gone')
  const found = (await about(ASKER)).filter(({ kind }) => kind === 'subject-erased')
  t.match(found, [{ id: erased.asker, outcome: 'consent-withdrawn', erasureRef: /^[0-9a-f]{32}$/ }])
  t.notOk('subjectRef' in (found[0] ?? {}))
  t.notOk((await about(ASKER)).some(({ kind }) => kind === 'forwarded'))
  const ofFiler = await about(FILER)
  t.ok(ofFiler.some(({ id }) => id === erased.filer))
  t.ok(
    ofFiler.some(({ kind }) => kind === 'forwarded'),
    'beside the records of the case that is kept',
  )
})

t.test('while the gateway runs nothing is erased', async (t) => {
  t.match(await redo(), { status: 1, output: /Stop it first/ })
})

t.test('a restored backup has the data again, until the erasures are done again', async (t) => {
  t.equal(await gateway.stop(), 0)
  for (const name of readdirSync(dataDir).filter((one) => one.startsWith('store.sqlite'))) rmSync(join(dataDir, name))
  renameSync(backup, database)

  const forged = join(dataDir, 'forged-log')
  cpSync(copy, forged, { recursive: true })
  const [bundle = ''] = readdirSync(forged, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /entries\/000\.p\/\d+$/.test(name),
  )
  const path = join(forged, bundle)
  writeFileSync(path, readFileSync(path, 'latin1').replace('consent-withdrawn', 'consent-withdrawN'), 'latin1')
  t.match(await redo(forged), { status: 1, output: /nothing was erased/ }, 'a copy that was changed is not believed')

  await gateway.restart()
  t.equal(await stateOf(asked.asker), 'open', 'the backup has brought it back')
  t.equal(await gateway.stop(), 0)

  t.match(await redo(), { status: 0, output: /\{"redone":2,"unknown":1,"before":0\}/ })
  await gateway.restart()
  t.equal(await stateOf(asked.asker), 'gone')
  t.equal(await stateOf(asked.filer), 'gone')
  t.equal(await stateOf(asked.other), 'open', 'of somebody else all is there')
  const again = await records(gateway, { kind: 'subject-erased' })
  t.match(again, [
    { intent: erased.asker, outcome: 'consent-withdrawn', actor: { role: 'gateway' } },
    { intent: erased.filer, counts: { casesKept: 1 } },
  ])
  t.equal(again.length, 2)
  t.ok(
    (await about(ASKER)).some(({ id }) => id === again[0]?.['id']),
    'and is found by the person',
  )
})

t.test('a second time it erases nothing that has come since', async (t) => {
  const since = await asks(FILER)
  t.equal(await gateway.stop(), 0)
  t.match(await redo(), { status: 0, output: /\{"redone":0,"unknown":1,"before":2\}/ })
  await gateway.restart()
  t.equal(await stateOf(since), 'open')
  const [key = ''] = (await call(gateway, 'GET', '/.well-known/audit-keys')).text.split('\n')
  t.equal((await run('verify', gateway.address, '--key', key)).status, 0)
})
