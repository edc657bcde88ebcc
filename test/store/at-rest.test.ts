// What lies on the disk: nothing personal in plain, nothing that can be moved, nothing of a newer program.

import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { RecordDraft } from '../../src/domain/audit.ts'
import { databaseFile, prepareFolder } from '../../src/store/database.ts'
import type { Disclosure } from '../../src/store/disclosures.ts'
import { saltsPlace } from '../../src/store/places.ts'
import { StoreProblem } from '../../src/store/problem.ts'
import { openSealer } from '../../src/store/sealed.ts'
import { openStore } from '../../src/store/sqlite.ts'
import { acceptance, draft, PERSONAL, settlement } from '../contract/fixture.ts'
import { newFolder, openIn, storeOptions } from './folder.ts'

/** Read by another process: closing a file here would drop the locks that SQLite holds on it in this one. */
const bytesOf = (dataDir: string): Buffer =>
  execFileSync(
    'cat',
    readdirSync(dataDir).flatMap((name) => (name === 'keys' ? [] : [join(dataDir, name)])),
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  )

t.test('nothing personal stands in the database or its log in plain', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const accepted = acceptance(store.keyed)
  const answerDigest = { digest: 'YW5zd2VyLWRpZ2VzdA', salt: 'c2FsdC1vZi1hbnN3ZXI' }
  await store.accept(accepted)
  await store.settle(
    settlement(accepted, {
      settled: { state: 'refused', reasons: [{ code: 'R-12', message: '王小明不在参保范围' }] },
      answer: { status: 201, headers: {}, body: JSON.stringify(accepted.newCase.body) },
      records: [draft({ answerDigest })],
    }),
  )
  const hidden = [...PERSONAL, answerDigest.salt, accepted.intent.requestDigest!.salt]
  const secrets = hidden.flatMap((value) => [Buffer.from(value), Buffer.from(value, 'utf16le')])
  for (const when of ['in the log', 'after closing']) {
    const bytes = bytesOf(dataDir)
    t.ok(bytes.includes(accepted.newCase.caseNo), `the case number is there ${when}, so we look in the right place`)
    t.ok(bytes.includes(answerDigest.digest))
    for (const secret of secrets) t.notOk(bytes.includes(secret), `${secret.toString()} ${when}`)
    await store[Symbol.asyncDispose]()
  }
})

t.test('values moved between rows or columns do not open, and the rest of the store works on', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const [one, two, three] = [acceptance(store.keyed), acceptance(store.keyed), acceptance(store.keyed)]
  for (const accepted of [one, two, three]) {
    await store.accept(accepted)
    const settled = { state: 'refused', reasons: [{ code: '1', message: accepted.newCase.caseNo }] } as const
    await store.settle(settlement(accepted, { settled }))
  }
  await store[Symbol.asyncDispose]()
  const database = new DatabaseSync(databaseFile(dataDir))
  database.exec(`
    UPDATE case_bodies SET body = (SELECT body FROM case_bodies WHERE case_position = 2) WHERE case_position = 1;
    UPDATE deliveries SET reasons = (SELECT reasons FROM deliveries WHERE case_position = 1) WHERE case_position = 2;
    UPDATE kept_answers SET answer = (SELECT answer FROM kept_answers WHERE case_position = 2) WHERE case_position = 1;
  `)
  database.close()
  const again = await openIn(t, dataDir)
  const scope = { hall: 'hunnan' }
  await t.rejects(again.findCase(one.newCase.caseNo, scope), { code: 'INTERNAL' }, 'another case’s body')
  await t.rejects(again.findCase(two.newCase.caseNo, scope), { code: 'INTERNAL' }, 'another case’s reasons')
  await t.rejects(again.findRepeat(one.key.scope), { code: 'INTERNAL' }, 'another case’s answer')
  t.equal((await again.findCase(three.newCase.caseNo, scope))?.caseNo, three.newCase.caseNo)
  t.equal((await again.findRepeat(three.key.scope))?.caseNo, three.newCase.caseNo)
})

t.test('each record’s salts are kept for it, and for no record that failed', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const salted = (salt: string, changes: Partial<RecordDraft> = {}) =>
    draft({ requestDigest: { digest: 'ZGlnZXN0', salt }, ...changes })
  const taken = salted('one')
  const both = salted('two', { answerDigest: { digest: 'ZGlnZXN0', salt: 'answer' } })
  await store.append([taken])
  const failed = store.append([salted('of a failed one'), draft({ id: taken.id })])
  await Promise.allSettled([
    failed,
    store.append([draft({ requestDigest: null }), both]),
    store.append([salted('three')]),
  ])
  const found = await Promise.all([taken, both].map(({ id }) => store.findRecord(id)))
  const seqOf = found.map((record) => record?.leaf['seq'])
  await store[Symbol.asyncDispose]()

  const { keys, release, unlock } = prepareFolder({ dataDir, now: 0, bytes: randomBytes })
  const sealer = openSealer({ keys: keys.dataKeys, newestKeyId: keys.newestDataKeyId, bytes: randomBytes })
  const database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  const rows = database.prepare('SELECT first_position, salts FROM disclosures ORDER BY first_position').all()
  const kept = rows.flatMap((row) => {
    const place = saltsPlace(Number(row['first_position']))
    return JSON.parse(sealer.open(place, row['salts'] as Uint8Array)) as Disclosure[]
  })
  database.close()
  release()
  unlock()
  // In a store of one node that never lost a record, the position is the number in the sequence.
  t.same(kept, [
    [seqOf[0], 'one', null],
    [seqOf[1], 'two', 'answer'],
    [4, 'three', null],
  ])
})

t.test('data of a newer program is refused in both languages, and left as it is', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  await store[Symbol.asyncDispose]()
  const database = new DatabaseSync(databaseFile(dataDir))
  database.exec("INSERT INTO schema_version VALUES (99, 'from the future', 0)")
  const problem: unknown = await openStore(storeOptions(dataDir)).catch((error: unknown) => error)
  if (!(problem instanceof StoreProblem)) throw problem
  t.equal(problem.code, 'STORE_NEWER')
  t.match(problem.sentence, { zh: /数据版本 99/, en: /data version 99/ })
  database.exec('DELETE FROM schema_version WHERE version = 99')
  database.close()
  await (await openIn(t, dataDir)).check()
})

t.test('a damaged database is refused in both languages', async (t) => {
  const dataDir = newFolder(t)
  writeFileSync(databaseFile(dataDir), Buffer.alloc(8192, 'no database'))
  await t.rejects(openStore(storeOptions(dataDir)), { code: 'STORE_DAMAGED', sentence: { zh: /损坏/, en: /damaged/ } })
})

t.test('a second process is kept out of the folder while the first is at work', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const program = `
    import { openStore } from ${JSON.stringify(import.meta.resolve('../../src/store/sqlite.ts'))}
    import { storeOptions } from ${JSON.stringify(import.meta.resolve('./folder.ts'))}
    await openStore(storeOptions(${JSON.stringify(dataDir)})).then(
      () => console.log('opened'),
      (error) => console.log(JSON.stringify({ code: error.code, sentence: error.sentence })),
    )
    process.exit()`
  const second = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], { encoding: 'utf8' })
  t.match(JSON.parse(second.stdout), {
    code: 'STORE_LOCKED',
    sentence: { zh: /正被另一个网关进程使用/, en: /Another gateway process is using/ },
  })
  await t.rejects(openStore(storeOptions(dataDir)), { code: 'STORE_LOCKED' }, 'the same process is kept out as well')
  await store.check()
  await store[Symbol.asyncDispose]()
  await (await openIn(t, dataDir)).check()
})
