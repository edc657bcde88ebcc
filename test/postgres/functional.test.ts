// The tests of whole gateways once more, on PostgreSQL: `npm test -- test/gateway` says that they hold, this that the store is none
// of their business. All of the folder by command: `GATEWAY_TESTS_STORE=postgres npm test -- test/postgres/functional.test.ts`.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PROJECT } from '../gateway/harness.ts'
import { BORROWED } from './borrowed.ts'
import { startPostgres } from './server.ts'

/** Between them each operation of the store is used by a gateway; the contract suite tries each by itself. */
const SHARE = ['paths', 'case-acts', 'case-search', 'rerouting', 'audit', 'deadlines', 'materials-reach-cities']

/** They look into the file of the embedded store, or are about it. */
const OF_THE_EMBEDDED_STORE = /DatabaseSync|store\.sqlite|openIn\(|launch\(/

const folder = join(PROJECT, 'test/gateway')
const isWhole = process.env['GATEWAY_TESTS_STORE'] === 'postgres'
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.test.ts') && !OF_THE_EMBEDDED_STORE.test(readFileSync(join(folder, name), 'utf8')))
  .map((name) => name.replace('.test.ts', ''))
const chosen = isWhole ? names : SHARE

t.strictSame(
  chosen.filter((name) => !names.includes(name)),
  [],
  'each is there, and not about the embedded store',
)
const server = await startPostgres(t)
const env = { ...process.env, [BORROWED]: JSON.stringify(server.owner) }
for (const name of chosen) await t.spawn(process.execPath, [join(folder, `${name}.test.ts`)], { env }, name)
