// An auditor verifies the log in the database itself, under a role that can read four tables and nothing else.

import t from 'tap'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import { systemClock } from '../../src/system.ts'
import { draft } from '../contract/fixture.ts'
import { newFolder } from '../store/folder.ts'
import { startPostgres } from './server.ts'
import { openAt } from './store.ts'
import { runCommand } from './verify.ts'

/** More than the command gives to one thread. */
const RECORDS = 3000

const server = await startPostgres(t)
const place = await server.newStore()
const raise = (error: unknown): never => {
  throw error
}

t.test('sound, changed, and out of reach', async (t) => {
  const store = await openAt(t, newFolder(t), place)
  const sequencer = await openSequencer({
    store,
    clock: systemClock,
    origin: 'gateway.example/log',
    everyMs: 20,
    onError: raise,
    onBroken: raise,
  })
  for (let from = 0; from < RECORDS; from += 500) await store.append(Array.from({ length: 500 }, () => draft()))
  await sequencer.catchUp()
  await server.query("CREATE ROLE auditor LOGIN PASSWORD 'looks on'")
  await server.query('GRANT USAGE ON SCHEMA store_1 TO auditor')
  await server.query(
    'GRANT SELECT ON store_1.log_shards, store_1.log_nodes, store_1.log_keys, store_1.records TO auditor',
  )
  const address = place.url.replace('installer@', 'auditor@')
  const verify = (password = 'looks on') => runCommand(['audit', 'verify', address, '--json'], { PGPASSWORD: password })

  // While the gateway's store is open, as it is when an auditor comes.
  const sound = await verify()
  t.equal(sound.status, 0, sound.output)
  t.match(sound.output, new RegExp(`"size":\\s*${RECORDS}\\b`))

  await server.query("UPDATE store_1.records SET leaf = replace(leaf, 'clerk-17', 'clerk-18') WHERE position = 2500")
  const changed = await verify()
  t.equal(changed.status, 1)
  t.match(changed.output, /2499|2,499/, 'it names the entry')

  const refused = await verify('wrong')
  t.equal(refused.status, 1)
  t.match(refused.output, /Cannot read the database/)
  t.notMatch(refused.output, /wrong/)
  await t.rejects(server.query('SET ROLE auditor; SELECT * FROM store_1.cases'), { code: '42501' })
  await sequencer[Symbol.asyncDispose]()
})
