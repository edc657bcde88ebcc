// A database is lost and brought back to a point in time, by its own means: a base backup, archived WAL, a target. What had been
// acknowledged by then is there, the log verifies, nothing takes effect twice, and what is lost is shown by the cities' own books.

import { spawnSync } from 'node:child_process'
import { appendFileSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'pg'
import t, { type Test } from 'tap'
import {
  call,
  file,
  makeSick,
  receivedBy,
  records,
  tokenOf,
  until,
  type Answer,
  type Json,
} from '../gateway/harness.ts'
import { openStage } from './gateways.ts'
import { runCommand, runVerify } from './verify.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'
const AWAY = 'tieling'

const stage = await openStage(t)
const { server } = stage
const { uid, gid } = statSync(server.databaseDir)
const root = mkdtempSync(join(tmpdir(), 'gateway-point-'))
t.teardown(() => rmSync(root, { recursive: true, force: true }))
chownSync(root, uid, gid)
const [archive, base] = [join(root, 'archive'), join(root, 'base')]
mkdirSync(archive)
chownSync(archive, uid, gid)

function copy(from: string, to: string): void {
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' })
  // Files come and go while the server runs: what is missing or torn the WAL brings.
  if (status !== 0 && !/No such file/.test(stderr)) throw new Error(stderr)
}

/** The server's processes follow their first one. */
async function gone(): Promise<void> {
  server.kill()
  await delay(1500)
}

// As docs/operations.md has it.
await server.query(`ALTER SYSTEM SET archive_mode = on`)
await server.query(`ALTER SYSTEM SET archive_command = 'test ! -f ${archive}/%f && cp %p ${archive}/%f'`)
await gone()
await server.start()

let gateway = await stage.begin('east')
const clerk = tokenOf(gateway, 'clerk')
const operator = tokenOf(gateway, 'operator')

const shown = (caseNo: string): Promise<Answer> => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })

async function filed(t: Test, city: string, status: number): Promise<string> {
  const answer = await file(gateway, ITEM, city, { headers: { prefer: `wait=${status === 201 ? 10 : 0}` } })
  t.equal(answer.status, status, answer.text)
  return String(answer.body['caseNo'])
}

const inState = (caseNo: string, state: string): Promise<Answer> =>
  until(
    () => shown(caseNo),
    ({ body }) => body['delivery'] === state,
    60_000,
  )

/** A base backup as any tool for it makes it: begun and ended in one session, the files copied in between. */
async function backUp(): Promise<void> {
  const address = new URL(server.owner.url)
  address.password = encodeURIComponent(server.owner.password)
  const client = new Client({ connectionString: address.href })
  await client.connect()
  await client.query("SELECT pg_backup_start('nightly', fast => true)")
  copy(server.databaseDir, base)
  const { rows } = await client.query('SELECT labelfile FROM pg_backup_stop()')
  await client.end()
  writeFileSync(join(base, 'backup_label'), String((rows[0] as Json)['labelfile']))
  for (const name of ['postmaster.pid', 'postmaster.opts', 'pg_wal'])
    rmSync(join(base, name), { recursive: true, force: true })
  mkdirSync(join(base, 'pg_wal'), { mode: 0o700 })
  for (const name of ['backup_label', 'pg_wal']) chownSync(join(base, name), uid, gid)
}

/** All that was written until now is in the archive. */
async function archived(): Promise<void> {
  const [row] = await server.query('SELECT pg_walfile_name(pg_current_wal_lsn()) AS name, pg_switch_wal()')
  const segment = join(archive, String(row?.['name']))
  t.ok(await until(async () => existsSync(segment), Boolean, 30_000), 'the segment is archived')
}

t.test('back to a point in time', async (t) => {
  const before = await filed(t, CITY, 201)
  await backUp()
  const after = await filed(t, CITY, 201)

  // Under way at the target: the city has taken it, and never answers.
  await makeSick(gateway, CITY, 'hang-after')
  const underWay = await filed(t, CITY, 202)
  await until(
    () => receivedBy(gateway, CITY, underWay),
    (seen) => seen.length === 1,
  )
  // Waits at the target, and is brought after it.
  await makeSick(gateway, AWAY, 'refuse-connect')
  const waiting = await filed(t, AWAY, 202)
  await inState(waiting, 'stored')
  await delay(1100)
  const [clock] = await server.query('SELECT now()::text AS now')
  const target = String(clock?.['now'])
  await delay(1100)

  await makeSick(gateway, AWAY, 'off')
  await makeSick(gateway, CITY, 'off')
  await inState(waiting, 'delivered')
  await inState(underWay, 'delivered')
  const late = await filed(t, CITY, 201)
  await archived()

  // The database is lost, and the gateway stopped.
  await gateway.kill()
  await gone()
  rmSync(server.databaseDir, { recursive: true })
  copy(base, server.databaseDir)
  appendFileSync(
    join(server.databaseDir, 'postgresql.auto.conf'),
    [
      `restore_command = 'cp ${archive}/%f %p'`,
      `recovery_target_time = '${target}'`,
      `recovery_target_action = 'promote'`,
      '',
    ].join('\n'),
  )
  server.put('recovery.signal', '')
  await server.start()

  const [found] = await server.query('SELECT count(*) AS cases FROM store_1.cases')
  t.equal(Number(found?.['cases']), 4, 'what came after the target is not there')
  const marked = await runCommand(['store', 'restored'], {
    GATEWAY_DATA_DIR: stage.folder.dataDir,
    GATEWAY_CONFIG_DIR: stage.folder.configDir,
    GATEWAY_STORE: stage.url,
  })
  t.equal(marked.status, 0, marked.output)
  t.match(marked.output, /^unconfirmed\t2$/m)

  gateway = await stage.begin('east')
  for (const caseNo of [before, after, underWay, waiting]) {
    t.equal((await inState(caseNo, 'delivered')).body['delivery'], 'delivered', caseNo)
    const city = caseNo === waiting ? AWAY : CITY
    t.equal((await receivedBy(gateway, city, caseNo)).length, 1, 'the city has it once')
  }
  for (const caseNo of [underWay, waiting]) {
    const sent = await records(gateway, { caseNo, kind: 'forwarded' })
    t.equal(sent.at(-1)?.['call'], 'enquire', 'it was asked about')
  }
  t.equal((await shown(late)).status, 404)
  const { status, output } = await runVerify(gateway.address)
  t.equal(status, 0, output)

  // What is lost is in the city's books.
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  const compared = await call(gateway, 'POST', `/v1/operations/reconciliations/${CITY}/main`, {
    token: operator,
    body: { day: today },
  })
  t.equal(compared.status, 200, compared.text)
  const unknown = (compared.body['differences'] as Json[]).filter(({ kind }) => kind === 'unknown-here')
  t.match(unknown, [{ reference: `${late}.decide` }])
  t.equal(unknown.length, 1)
})
