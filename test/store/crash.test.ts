// Whatever was acknowledged is there after kill -9 under load, and nothing is there by half.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { databaseFile, openForWriting } from '../../src/store/database.ts'
import { newFolder, openIn } from './folder.ts'

const ACKNOWLEDGED_BEFORE_KILL = 200
const KILLS = 3

/** Runs the load until it has acknowledged enough, kills it, and gives every line that it had printed. */
async function loadAndKill(dataDir: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./under-load.ts', import.meta.url)), dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === ACKNOWLEDGED_BEFORE_KILL) child.kill('SIGKILL')
  }
  await exit
  return lines
}

t.test(
  'a commit returns only when the disk has it: kill -9 alone would not show the difference, power loss would',
  async (t) => {
    const database = openForWriting(databaseFile(newFolder(t)), null)
    const FULL = 2
    t.match(database.prepare('PRAGMA synchronous').get(), { synchronous: FULL })
    t.match(database.prepare('PRAGMA journal_mode').get(), { journal_mode: 'wal' })
    database.close()
  },
)

t.test('everything acknowledged before kill -9 is there, whole, and the folder opens at once', async (t) => {
  const dataDir = newFolder(t)
  const acknowledged: string[] = []
  for (let kill = 1; kill <= KILLS; kill++) {
    const lines = await loadAndKill(dataDir)
    t.ok(lines.length >= ACKNOWLEDGED_BEFORE_KILL, `killed after ${lines.length} acknowledgements`)
    acknowledged.push(...lines)
  }

  const store = await openIn(t, dataDir)
  let missing = 0
  for (const line of acknowledged) {
    const [word, caseNo, recordId] = line.split(' ') as [string, string, string]
    const found = await store.findCase(caseNo, { hall: 'hunnan' })
    const record = await store.findRecord(recordId)
    const settled = found?.legs[0]?.delivery === 'delivered'
    if (found === null || record === null || (word === 'settled' && !settled)) missing += 1
  }
  t.equal(missing, 0)

  let after = 0
  let last = 0
  let gaps = 0
  for (;;) {
    const page = await store.listRecords({ limit: 200, after })
    for (const { leaf } of page.entries) {
      if (Number(leaf['seq']) !== last + 1) gaps += 1
      last = Number(leaf['seq'])
    }
    if (page.next === null) break
    after = page.next
  }
  t.ok(last >= acknowledged.length)
  t.equal(gaps, 0, 'the sequence has no gap over three crashes')
  await store[Symbol.asyncDispose]()

  const database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const count = (sql: string): unknown => database.prepare(sql).get()?.['n']
  t.equal(count('SELECT integrity_check AS n FROM pragma_integrity_check'), 'ok')
  t.equal(count('SELECT count(*) AS n FROM pragma_foreign_key_check'), 0)
  const cases = count('SELECT count(*) AS n FROM cases')
  for (const table of ['case_bodies', 'deliveries', 'case_parties']) {
    t.equal(count(`SELECT count(*) AS n FROM ${table}`), cases, `${table}: one for each case`)
  }
  t.equal(count("SELECT count(*) AS n FROM records WHERE kind = 'forwarded'"), cases, 'one intent for each case')
  database.close()
})
