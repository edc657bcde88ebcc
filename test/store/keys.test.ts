// Keys are made for an empty store only, and no other key ever opens a store or is made over its data.

import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createSecretKey, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { databaseFile, prepareFolder } from '../../src/store/database.ts'
import { keyFile, openKeys } from '../../src/store/keys.ts'
import { StoreProblem } from '../../src/store/problem.ts'
import type { StoreProblemCode } from '../../src/store/problem.ts'
import { openSealer } from '../../src/store/sealed.ts'
import { LI, WANG } from '../contract/fixture.ts'
import { newFolder } from './folder.ts'

/** Opens and closes the folder as openStore does before it starts its threads. */
function prepare(dataDir: string) {
  const { keys, release, unlock } = prepareFolder({ dataDir, now: 0, bytes: randomBytes })
  release()
  unlock()
  return keys
}

function problemOf(dataDir: string): StoreProblem {
  try {
    prepare(dataDir)
  } catch (error) {
    if (error instanceof StoreProblem) return error
    throw error
  }
  throw new Error('the folder was opened')
}

const person = (dataDir: string): string => prepare(dataDir).keyed.subjectKey(WANG)

t.test('an empty store gets keys that only its owner can read, and keeps them', async (t) => {
  const dataDir = join(newFolder(t), 'data')
  const first = person(dataDir)
  for (const purpose of ['data', 'digest'] as const) {
    t.equal(statSync(keyFile(dataDir, purpose, 1)).mode & 0o777, 0o600)
  }
  t.equal(statSync(join(dataDir, 'keys')).mode & 0o777, 0o700)
  t.equal(statSync(databaseFile(dataDir)).mode & 0o777, 0o600)
  t.equal(person(dataDir), first)
  t.not(person(newFolder(t)), first, 'another store has other keys')
})

t.test('keys left by a start that crashed before the store knew them are taken up', async (t) => {
  const dataDir = newFolder(t)
  const crashed = openKeys({ dataDir, held: [], bytes: randomBytes })
  t.equal(person(dataDir), crashed.keyed.subjectKey(WANG))
})

t.test(
  'a key that is missing, open to others, unreadable, malformed or another’s is named and never replaced',
  async (t) => {
    const dataDir = newFolder(t)
    const other = newFolder(t)
    const first = person(dataDir)
    prepare(other)
    for (const purpose of ['data', 'digest'] as const) {
      const file = keyFile(dataDir, purpose, 1)
      const key = readFileSync(file)
      const harm: Partial<Record<StoreProblemCode, () => void>> = {
        KEY_MISSING: () => rmSync(file),
        KEY_TOO_OPEN: () => chmodSync(file, 0o640),
        KEY_UNREADABLE: () => {
          rmSync(file)
          mkdirSync(file, { mode: 0o700 })
        },
        KEY_MALFORMED: () => writeFileSync(file, key.subarray(0, 30)),
        KEY_WRONG: () => writeFileSync(file, readFileSync(keyFile(other, purpose, 1))),
      }
      for (const [code, harmIt] of Object.entries(harm)) {
        harmIt()
        const problem = problemOf(dataDir)
        t.equal(problem.code, code, `${purpose} key: ${code}`)
        t.ok(problem.sentence.zh.includes(file) && /[\u4e00-\u9fff]/.test(problem.sentence.zh), 'said in Chinese')
        t.ok(problem.sentence.en.includes(file) && !/[\u4e00-\u9fff]/.test(problem.sentence.en), 'said in English')
        t.equal(problemOf(dataDir).code, code, 'and again: the folder is not left locked, no new key was made')
        rmSync(file, { recursive: true, force: true })
        writeFileSync(file, key, { mode: 0o600 })
        t.equal(person(dataDir), first, 'with its own key it opens')
      }
    }
  },
)

t.test('a key whose canary does not open is refused', async (t) => {
  const dataDir = newFolder(t)
  prepare(dataDir)
  const database = new DatabaseSync(databaseFile(dataDir))
  const { canary } = database.prepare("SELECT canary FROM store_keys WHERE purpose = 'data'").get() as {
    canary: Uint8Array
  }
  canary[canary.length - 1]! ^= 1
  database.prepare("UPDATE store_keys SET canary = ? WHERE purpose = 'data'").run(canary)
  database.close()
  t.equal(problemOf(dataDir).code, 'KEY_WRONG')
})

t.test('digests tell persons, scopes and bodies apart, and a check character is the same in either case', async (t) => {
  const { keyed } = prepare(newFolder(t))
  t.equal(keyed.subjectKey({ ...WANG, certNo: WANG.certNo.toLowerCase() }), keyed.subjectKey(WANG))
  const digests = [
    keyed.subjectKey(WANG),
    keyed.subjectKey(LI),
    keyed.subjectKey({ ...WANG, certType: '414' }),
    keyed.scope([WANG.certType, WANG.certNo]),
    keyed.scope([WANG.certType + WANG.certNo]),
    keyed.scope(['a', 'b,c']),
    keyed.scope(['a,b', 'c']),
    keyed.fingerprint(Buffer.from(JSON.stringify([WANG.certType, WANG.certNo]))),
  ]
  t.equal(new Set(digests).size, digests.length)
  for (const digest of digests) t.match(digest, /^[A-Za-z0-9_-]{43}$/)
})

t.test('a sealed value opens in its own place only, unchanged, under a key that is known', async (t) => {
  const keys = new Map([1, 2].map((keyId) => [keyId, createSecretKey(randomBytes(32))]))
  const old = openSealer({ keys, newestKeyId: 1, bytes: randomBytes })
  const sealer = openSealer({ keys, newestKeyId: 2, bytes: randomBytes })
  const place = { table: 'case_bodies', row: '1', column: 'body' }
  const sealed = sealer.seal(place, '王小明')
  t.equal(sealer.open(place, sealed), '王小明')
  t.equal(sealer.open(place, old.seal(place, '旧')), '旧', 'what the key before has sealed still opens')
  t.notSame(sealer.seal(place, '王小明'), sealed, 'the same value is never sealed twice alike')
  for (const moved of [
    { ...place, row: '2' },
    { ...place, column: 'reasons' },
    { ...place, table: 'deliveries' },
  ]) {
    t.throws(() => sealer.open(moved, sealed), JSON.stringify(moved))
  }
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed[at]! ^= 1
    t.throws(() => sealer.open(place, changed), `byte ${at} changed`)
  }
  for (const length of [0, 10, 32, sealed.length - 1]) {
    t.throws(() => sealer.open(place, sealed.subarray(0, length)), `cut to ${length} bytes`)
  }
  const stranger = openSealer({ keys: new Map([[2, keys.get(1)!]]), newestKeyId: 2, bytes: randomBytes })
  t.throws(() => stranger.open(place, sealed))
})
