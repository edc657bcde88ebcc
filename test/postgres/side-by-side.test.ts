// A rolling upgrade: an older gateway goes on while a newer one changes the tables under load, and beside it afterwards; nothing is
// lost or doubled, and the older one is not started again.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { openCallers } from '../chaos/callers.ts'
import { reckonUp } from '../chaos/reckoning.ts'
import { openChance } from '../chance.ts'
import { cities, PROJECT, until } from '../gateway/harness.ts'
import { launch, type Launched } from '../gateway/launch.ts'
import { openStage } from './gateways.ts'
import { runCommand, runVerify } from './verify.ts'

/** A column more in each table that gateways write to and read from, a table and an index: all that an upgrade may do at once. */
const CHANGED = [
  'cases',
  'deliveries',
  'records',
  'case_events',
  'case_acts',
  'drafts',
  'log_shards',
  'line_holds',
  'log_keys',
]
const VERSION = 9000

/** The program of this project as a later one will be: with one migration more. */
function newerProgram(): string {
  const program = mkdtempSync(join(tmpdir(), 'gateway-newer-'))
  t.teardown(() => rmSync(program, { recursive: true, force: true }))
  cpSync(join(PROJECT, 'src'), join(program, 'src'), { recursive: true })
  for (const name of ['node_modules', 'schemas', 'config', 'docs'])
    symlinkSync(join(PROJECT, name), join(program, name))
  for (const name of ['package.json', 'CHANGELOG.md']) cpSync(join(PROJECT, name), join(program, name))
  mkdirSync(join(program, 'data'))
  const columns = CHANGED.map((table) => `ALTER TABLE ${table} ADD COLUMN of_tomorrow INTEGER NOT NULL DEFAULT 0;`)
  writeFileSync(
    join(program, 'src/store/migrations/9000-of-tomorrow.ts'),
    `export const version = ${VERSION}
export const name = 'of tomorrow'
export const sql = \`
${columns.join('\n')}
CREATE TABLE tomorrows (position INTEGER PRIMARY KEY, words TEXT NOT NULL) STRICT;
CREATE INDEX cases_of_tomorrow ON cases (of_tomorrow) WHERE of_tomorrow > 0;
\`
`,
  )
  const file = join(program, 'src/store/migrate.ts')
  const text = readFileSync(file, 'utf8')
    .replace(/^import \{ StoreProblem \}/m, "import * as ofTomorrow from './migrations/9000-of-tomorrow.ts'\n$&")
    .replace(/^\] as const/m, '  ofTomorrow,\n$&')
  writeFileSync(file, text)
  return program
}

t.test('an older and a newer gateway side by side', async (t) => {
  const stage = await openStage(t)
  const program = newerProgram()
  const gateways = new Map<string, Launched>()
  for (const name of ['east', 'west']) gateways.set(name, await stage.begin(name))
  let turn = 0
  const at = (): Launched => {
    const all = [...gateways.values()]
    return all[(turn += 1) % all.length] as Launched
  }
  const keys = cities.map(({ key }) => key)
  const callers = openCallers({ at, keys, random: openChance(1), cured: ['STORE_UNAVAILABLE', 'DRAINING'] })
  const work = Array.from({ length: 4 }, () => callers.work())
  const more = async (count: number): Promise<boolean> => {
    const before = callers.filed.size
    return until(
      async () => callers.filed.size >= before + count,
      (isSo) => isSo,
      60_000,
    )
  }
  t.ok(await more(6))

  const env = {
    GATEWAY_DATA_DIR: stage.folder.dataDir,
    GATEWAY_CONFIG_DIR: stage.folder.configDir,
    GATEWAY_STORE: stage.url,
  }
  const migrated = await runCommand(['store', 'migrate'], env, program)
  t.equal(migrated.status, 0, migrated.output)
  const [row] = await stage.server.query(`SELECT name FROM store_1.schema_version WHERE version = ${VERSION}`)
  t.equal(row?.['name'], 'of tomorrow')
  t.ok(await more(12), 'both older ones go on')
  for (const [name, gateway] of gateways) {
    t.equal((await fetch(`${gateway.address}/readyz`)).status, 200, name)
    t.equal((await runVerify(gateway.address)).status, 0)
  }
  const refusalsAtChange = callers.counts.refusals

  gateways.set('north', await stage.begin('north', 0, program))
  t.ok(await more(12), 'beside a newer one')

  const east = gateways.get('east')
  gateways.delete('east')
  await delay(500)
  t.equal(await east?.stop(), 0)
  const again = launch(t, stage.folder, { GATEWAY_STORE: stage.url, GATEWAY_NODE: 'east', GATEWAY_SANDBOX: 'off' })
  t.not(await again.ended, 0)
  t.match(again.output(), /数据由更新版本的网关写入[^]*written by a newer gateway/, 'the older one is refused')
  gateways.set('east', await stage.begin('east', 0, program))
  t.ok(await more(6), 'the last older one and two newer ones')

  callers.stop()
  await Promise.all(work)
  t.comment(
    `${callers.filed.size} applications, ${refusalsAtChange} refusals at the change, ${callers.counts.refusals} in all`,
  )
  t.equal(callers.counts.brokenConnections, 0)
  const { broken } = await reckonUp(at(), callers, keys)
  t.strictSame(broken, [])
  const { status, output } = await runVerify(at().address)
  t.equal(status, 0, output)
})
