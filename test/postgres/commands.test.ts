// What an operator does with a PostgreSQL store: makes it, gives a role its rights, moves an embedded store into it, and is told why
// a gateway does not start on it.

import { DatabaseSync } from 'node:sqlite'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import { StoreProblem } from '../../src/store/problem.ts'
import { KEPT_TABLES } from '../../src/store/postgres/roles.ts'
import { systemClock } from '../../src/system.ts'
import { acceptance, draft, settlement, WANG } from '../contract/fixture.ts'
import { makeFolder } from '../gateway/launch.ts'
import { newFolder, openIn, storeOptions } from '../store/folder.ts'
import { startPostgres } from './server.ts'
import { openAt } from './store.ts'
import { runCommand } from './verify.ts'

const server = await startPostgres(t)

const problem = (code: string) => ({ name: 'StoreProblem', code })

t.test('why a store does not open is said in both languages', async (t) => {
  const place = await server.newStore()
  const folder = newFolder(t)
  const store = await openAt(t, folder, place)
  await store.check()

  await t.test('the node is in use', async (t) => {
    await t.rejects(openAt(t, folder, place), problem('NODE_IN_USE'))
    const other = await openAt(t, folder, place, { node: 'gateway-2' })
    await other.check()
    await other[Symbol.asyncDispose]()
  })
  await store[Symbol.asyncDispose]()

  const refused: unknown = await openAt(t, folder, { ...place, password: 'wrong' }).catch((error: unknown) => error)
  t.match(refused, problem('STORE_REFUSED'))
  t.ok(refused instanceof StoreProblem && /口令/.test(refused.sentence.zh) && /password/.test(refused.sentence.en))
  t.notMatch(String(refused), /wrong/)
  await t.rejects(
    openAt(t, folder, { ...place, url: place.url.replace('/postgres?', '/nowhere?') }),
    problem('STORE_REFUSED'),
  )
  await t.rejects(
    openAt(t, folder, { ...place, url: 'postgres://installer@127.0.0.1:1/postgres' }),
    problem('STORE_UNREACHABLE'),
  )
  await t.rejects(openAt(t, newFolder(t), place), problem('KEY_MISSING'), 'the keys are not those of the database')

  await server.query("INSERT INTO store_1.schema_version VALUES (9999, 'of tomorrow', 0)")
  await t.rejects(openAt(t, folder, place), problem('STORE_NEWER'))
})

t.test('stores that are opened at once in an empty database have the same keys', async (t) => {
  const place = await server.newStore()
  const folder = newFolder(t)
  const stores = await Promise.all(['one', 'two', 'three'].map((node) => openAt(t, folder, place, { node })))
  const [first, ...others] = stores.map(({ keyed }) => keyed.subjectKey(WANG))
  for (const other of others) t.equal(other, first)
  for (const store of stores) await store.append([draft()])
})

/** A folder for a command, with the database's password in a file. */
function commandFolder(t: Test, password: string) {
  const folder = makeFolder(t, [[/passwordFile: none/, 'passwordFile: database-password']])
  mkdirSync(folder.dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(folder.dataDir, 'database-password'), password, { mode: 0o600 })
  return { ...folder, env: { GATEWAY_DATA_DIR: folder.dataDir, GATEWAY_CONFIG_DIR: folder.configDir } }
}

t.test('a role of its own works, and cannot change the audit log', async (t) => {
  const place = await server.newStore()
  const { dataDir, env } = commandFolder(t, place.password)
  const command = (...args: string[]) => runCommand(['store', ...args], { ...env, GATEWAY_STORE: place.url })
  await server.query("CREATE ROLE narrow LOGIN PASSWORD 'narrow'")

  const narrow = { url: place.url.replace('installer@', 'narrow@'), password: 'narrow' }
  await t.rejects(openAt(t, dataDir, narrow), problem('STORE_RIGHTS'), 'it makes no tables')
  const made = await command('migrate')
  t.equal(made.status, 0, made.output)
  const given = await command('roles', '--role', 'narrow')
  t.equal(given.status, 0, given.output)
  t.match(given.output, /GRANT SELECT, INSERT ON "store_\d+"\."records" TO "narrow";/)
  t.equal((await command('roles', '--role', 'nobody')).status, 1)

  const warned: string[] = []
  const store = await openAt(t, dataDir, narrow, { onSuperuser: () => warned.push('narrow') })
  const accepted = acceptance(store.keyed)
  t.match(await store.accept(accepted), { kind: 'accepted' })
  t.ok(await store.settle(settlement(accepted)))
  await store.append([draft()])
  t.strictSame(warned, [])
  await store[Symbol.asyncDispose]()
  const owner = await openAt(t, dataDir, place, { onSuperuser: () => warned.push('owner') })
  await owner[Symbol.asyncDispose]()
  t.strictSame(warned, ['owner'], 'a superuser works, and is told of')

  const schema = /search_path%3D(\w+)/.exec(place.url)?.[1] ?? ''
  for (const table of KEPT_TABLES) {
    for (const statement of [
      `DELETE FROM ${schema}.${table}`,
      `TRUNCATE ${schema}.${table}`,
      `DROP TABLE ${schema}.${table}`,
    ]) {
      await t.rejects(server.query(`SET ROLE narrow; ${statement}`), { code: '42501' }, statement)
    }
  }
  await t.rejects(server.query(`SET ROLE narrow; UPDATE ${schema}.records SET leaf = 'x'`), { code: '42501' })
})

t.test('an embedded store is moved: each row is there, the log goes on, and nothing is moved twice', async (t) => {
  const place = await server.newStore()
  const { dataDir, env } = commandFolder(t, place.password)
  const copy = () => runCommand(['store', 'copy', '--from', dataDir, '--to', place.url], env)
  const none = await copy()
  t.equal(none.status, 1, 'there is nothing to copy yet')

  const before = await openIn(t, dataDir)
  const accepted = Array.from({ length: 30 }, () => acceptance(before.keyed))
  for (const one of accepted) await before.accept(one)
  const [settled] = accepted
  if (settled === undefined) throw new Error('cases were filed')
  await before.settle(settlement(settled))
  await signed(before)
  const shards = await before.logShards()
  t.match(await copy(), { status: 1, output: /正被另一个网关进程使用/ }, 'while a gateway uses it')
  await before[Symbol.asyncDispose]()

  const copied = await copy()
  t.equal(copied.status, 0, copied.output)
  t.match(copied.output, /^records\t31$/m)
  t.match(await copy(), { status: 1, output: /holds a gateway’s data already/ })

  const after = await openAt(t, dataDir, place)
  t.strictSame(await after.logShards(), shards)
  for (const one of accepted) {
    t.match(await after.findCase(one.newCase.caseNo, { hall: 'hunnan' }), { body: one.newCase.body })
    t.match(await after.findRepeat(one.key.scope), { caseNo: one.newCase.caseNo })
  }
  const drafts = [draft(), draft()]
  await after.append(drafts)
  t.match(await after.findRecord(drafts[1]?.id ?? ''), { leaf: { node: storeOptions(dataDir).node, seq: 33 } })
  await signed(after)
  t.equal((await after.logShards()).at(-1)?.size, 33)
  await after[Symbol.asyncDispose]()
})

t.test('a log that is not sound is not copied', async (t) => {
  const place = await server.newStore()
  const { dataDir, env } = commandFolder(t, place.password)
  const store = await openIn(t, dataDir)
  await store.append([draft(), draft()])
  await signed(store)
  await store[Symbol.asyncDispose]()
  const folder = join(dataDir, '../changed')
  cpSync(dataDir, folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'store.sqlite'))
  database.exec("UPDATE records SET leaf = replace(leaf, 'clerk-17', 'clerk-18') WHERE position = 1")
  database.close()
  const { status, output } = await runCommand(['store', 'copy', '--from', folder, '--to', place.url], env)
  t.match({ status, output }, { status: 1, output: /nothing was copied/ })
})

/** Signs all there is. */
async function signed(store: Awaited<ReturnType<typeof openIn>>): Promise<void> {
  const raise = (error: unknown): never => {
    throw error
  }
  await using sequencer = await openSequencer({
    store,
    clock: systemClock,
    origin: 'gateway.example/log',
    everyMs: 20,
    onError: raise,
    onBroken: raise,
  })
  await sequencer.catchUp()
}
