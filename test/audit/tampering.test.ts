// Every way of tampering with a data folder, at each place where the log lies: found by a start, by `audit verify`, or by what
// somebody else has kept, and named. Where a start alone does not see it, the table says so.

import { createHash, generateKeyPairSync, hkdfSync, sign, type KeyObject } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { checkpointText, readCheckpoint } from '../../src/audit/log/checkpoint.ts'
import { openEdge } from '../../src/audit/log/edge.ts'
import { shardVerifier } from '../../src/audit/log/names.ts'
import { rawPublicKey, readNote, signatureLine, verifierOf, vkeyOf } from '../../src/audit/log/note.ts'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import { verifyPlace } from '../../src/cli/audit/verify-place.ts'
import { databaseFile } from '../../src/store/database.ts'
import { keyFile } from '../../src/store/keys.ts'
import type { EmbeddedStore } from '../../src/store/sqlite.ts'
import { systemClock } from '../../src/system.ts'
import { draft, NOW } from '../contract/fixture.ts'
import { openIn } from '../store/folder.ts'

const ORIGIN = 'gateway.example/log'
const CHINA_NEW_YEAR = Date.parse('2026-12-31T16:00:00.000Z')
const fail = (error: unknown): never => {
  throw error
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-tampering-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const append = (store: EmbeddedStore, count: number, time: number): Promise<void> =>
  store.append(Array.from({ length: count }, () => draft({ time })))

/** Opens the folder as a gateway does, has it signed for what is there, and closes it. */
async function work(
  t: Pick<Test, 'teardown'>,
  dataDir: string,
  records: (store: EmbeddedStore) => Promise<void>,
): Promise<string> {
  const store = await openIn(t as Test, dataDir)
  try {
    const options = { store, clock: systemClock, origin: ORIGIN, everyMs: 60_000, onError: fail, onBroken: fail }
    await using sequencer = await openSequencer(options)
    await records(store)
    await sequencer.catchUp()
    return (await store.logShards()).at(-1)?.checkpoint ?? ''
  } finally {
    await store[Symbol.asyncDispose]()
  }
}

// 600 records of 2026 and 300 of 2027; an older state of the same folder with 250 of the latter.
const OLDER = join(folder, 'older')
const SOUND = join(folder, 'sound')
await work(t, OLDER, async (store) => {
  await append(store, 600, NOW)
  await append(store, 250, CHINA_NEW_YEAR)
})
cpSync(OLDER, SOUND, { recursive: true })
const NEWEST = await work(t, SOUND, (store) => append(store, 50, CHINA_NEW_YEAR + 1000))

const read = <Row>(dataDir: string, sql: string): Row[] => {
  const database = new DatabaseSync(databaseFile(dataDir), { readOnly: true })
  try {
    return database.prepare(sql).all() as Row[]
  } finally {
    database.close()
  }
}

const [{ key: publicKey } = { key: new Uint8Array() }] = read<{ key: Uint8Array }>(
  SOUND,
  'SELECT public_key AS key FROM log_keys',
)
/** What an auditor has got by another way. */
const KEYS = [2026, 2027].map((year) => vkeyOf(shardVerifier(ORIGIN, year, publicKey)))

interface Harm {
  /** To the database: statements. Or to the whole folder, which may be replaced too. */
  readonly harm: string | ((dataDir: string) => void | Promise<unknown>)
  /** What a start says; null = it starts. */
  readonly start: string | null
  /** The first finding of `audit verify`; null = it is found sound. */
  readonly finds: { readonly index: number | null; readonly says: RegExp } | null
  /** What it finds with a checkpoint that somebody kept, where it finds nothing without. */
  readonly kept?: RegExp
}

const other = generateKeyPairSync('ed25519')

const leafHash = (leaf: string): Buffer => createHash('sha256').update('\0').update(leaf).digest()

/** Changes record 18 (entry 17 of 2026), and its hash too. */
function changeWithHash(database: DatabaseSync): void {
  const { leaf } = database.prepare('SELECT leaf FROM records WHERE position = 18').get() as { leaf: string }
  const changed = leaf.replace('"city":"fushun"', '"city":"benxi"')
  database.prepare('UPDATE records SET leaf = ?, leaf_hash = ? WHERE position = 18').run(changed, leafHash(changed))
}

/** The tree of a year made anew over whatever the records now say; signed, if a key is given. */
function rebuild(database: DatabaseSync, year: number, key: KeyObject | null): void {
  const shard = database.prepare('SELECT * FROM log_shards WHERE year = ?').get(year) as {
    first_position: number
    size: number
  }
  const rows = database
    .prepare('SELECT leaf_hash AS hash FROM records WHERE position >= ? ORDER BY position LIMIT ?')
    .all(shard.first_position, shard.size) as { hash: Uint8Array }[]
  const edge = openEdge()
  const put = database.prepare('UPDATE log_nodes SET hash = ? WHERE year = ? AND level = ? AND node = ?')
  for (const { hash } of rows)
    for (const { level, index, hash: root } of edge.add(hash)) put.run(root, year, level, index)
  if (key === null) return
  const text = checkpointText({ origin: `${ORIGIN}/${year}`, size: edge.size(), root: edge.root() })
  const verifier = verifierOf(`${ORIGIN}/${year}`, 1, rawPublicKey(other.publicKey))
  const note = `${text}\n${signatureLine(verifier, sign(null, Buffer.from(text), key))}`
  database.prepare('UPDATE log_shards SET size = ?, checkpoint = ? WHERE year = ?').run(edge.size(), note, year)
}

const inDatabase =
  (change: (database: DatabaseSync) => void) =>
  (dataDir: string): void => {
    const database = new DatabaseSync(databaseFile(dataDir), { enableForeignKeyConstraints: false })
    try {
      change(database)
    } finally {
      database.close()
    }
  }

/** Puts a key of somebody else's in the place of the log's, in the file alone or in the database too. */
function otherKey(dataDir: string, everywhere: boolean): void {
  const seed = other.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)
  writeFileSync(keyFile(dataDir, 'log', 1), `${seed.toString('base64url')}\n`, { mode: 0o600 })
  if (!everywhere) return
  inDatabase((database) => {
    const fingerprint = Buffer.from(hkdfSync('sha256', seed, '', 'fingerprint', 32))
      .subarray(0, 16)
      .toString('hex')
    database.prepare("UPDATE store_keys SET fingerprint = ? WHERE purpose = 'log'").run(fingerprint)
    database.prepare('UPDATE log_keys SET public_key = ?').run(rawPublicKey(other.publicKey))
    changeWithHash(database)
    for (const year of [2026, 2027]) rebuild(database, year, other.privateKey)
  })(dataDir)
}

/** Everything is put back to what it was before: database and keys. */
function rollBack(dataDir: string): void {
  rmSync(dataDir, { recursive: true, force: true })
  cpSync(OLDER, dataDir, { recursive: true })
}

const moveUp = (from: number, by: number): string => `
  UPDATE records SET position = -position WHERE position >= ${from};
  UPDATE records SET position = -position + ${by} WHERE position < 0;`

const COLUMNS = read<{ name: string }>(SOUND, "SELECT name FROM pragma_table_info('records')")
  .map(({ name }) => name)
  .filter((name) => name !== 'position' && name !== 'id')
  .join(', ')

const HARMS: Readonly<Record<string, Harm>> = {
  'records: a leaf changed': {
    harm: `UPDATE records SET leaf = replace(leaf, '"city":"fushun"', '"city":"benxi"') WHERE position = 18`,
    start: null,
    finds: { index: 17, says: /Entry 17 \(.*\) does not fit the tree: it was changed/ },
  },
  'records: one deleted': {
    harm: 'DELETE FROM records WHERE position = 41',
    start: null,
    finds: { index: 40, says: /Entry 40 is missing/ },
  },
  'records: one deleted, the rest moved down': {
    harm: `DELETE FROM records WHERE position = 41; ${moveUp(42, -1)}`,
    start: 'LOG_SHORTENED',
    finds: { index: 40, says: /sequence of node gateway-1 goes from 40 to 42/ },
  },
  'records: one inserted, the rest moved up': {
    harm: `${moveUp(41, 1)}
      INSERT INTO records (position, id, ${COLUMNS}) SELECT 41, 'made-up', ${COLUMNS} FROM records WHERE position = 3`,
    start: 'LOG_CHANGED',
    finds: { index: 40, says: /sequence of node gateway-1 goes from 40 to 3/ },
  },
  'records: two swapped': {
    harm: `UPDATE records SET position = -8 WHERE position = 8; UPDATE records SET position = 8 WHERE position = 9;
      UPDATE records SET position = 9 WHERE position = -8`,
    start: null,
    finds: { index: 7, says: /Entry 7|sequence of node gateway-1 goes from 7 to 9/ },
  },
  'records: the newest cut off': {
    harm: 'DELETE FROM records WHERE position > 880',
    start: 'LOG_SHORTENED',
    finds: { index: 280, says: /Entry 280 is missing/ },
  },
  'records and leaf hashes: one changed in both': {
    harm: inDatabase(changeWithHash),
    start: null,
    finds: { index: null, says: /Tile 0 of level 1/ },
  },
  'records, leaf hashes and tiles: one changed in all of them': {
    harm: inDatabase((database) => {
      changeWithHash(database)
      rebuild(database, 2026, null)
    }),
    start: null,
    finds: { index: null, says: /root is not the one that was signed/ },
  },
  'leaf hashes: one changed': {
    harm: 'UPDATE records SET leaf_hash = zeroblob(32) WHERE position = 18',
    start: null,
    finds: { index: 17, says: /Entry 17 \(.*\) does not fit/ },
  },
  'leaf hashes: one of the newest changed': {
    harm: 'UPDATE records SET leaf_hash = zeroblob(32) WHERE position = 890',
    start: 'LOG_CHANGED',
    finds: { index: 289, says: /Entry 289 \(.*\) does not fit/ },
  },
  'tiles: a hash changed': {
    harm: 'UPDATE log_nodes SET hash = zeroblob(32) WHERE year = 2027 AND node = 0',
    start: 'LOG_CHANGED',
    finds: { index: null, says: /2027|Tile 0 of level 1/ },
  },
  'tiles: a hash changed in a year that is over': {
    harm: 'UPDATE log_nodes SET hash = zeroblob(32) WHERE year = 2026 AND node = 1',
    start: null,
    finds: { index: null, says: /Tile 0 of level 1/ },
  },
  'tiles: a hash deleted': {
    harm: 'DELETE FROM log_nodes WHERE year = 2027',
    start: 'LOG_SHORTENED',
    finds: { index: null, says: /Tile 0 of level 1/ },
  },
  'tiles: two swapped': {
    harm: `UPDATE log_nodes SET node = 9 WHERE year = 2026 AND node = 0; UPDATE log_nodes SET node = 0 WHERE
      year = 2026 AND node = 1; UPDATE log_nodes SET node = 1 WHERE year = 2026 AND node = 9`,
    start: null,
    finds: { index: null, says: /Tile 0 of level 1/ },
  },
  'checkpoint: its size changed': {
    harm: `UPDATE log_shards SET size = 290, checkpoint = replace(checkpoint, char(10) || '300' || char(10),
      char(10) || '290' || char(10)) WHERE year = 2027`,
    start: 'LOG_FOREIGN',
    finds: { index: null, says: /forged/ },
  },
  'checkpoint: deleted, with its year': {
    harm: 'DELETE FROM log_nodes WHERE year = 2027; DELETE FROM log_shards WHERE year = 2027',
    start: null,
    finds: null,
    kept: /a witness has seen 300 entries of this log, and it is not here/,
  },
  'checkpoint: an older one put back, with all its records': {
    harm: (dataDir) => {
      const [old] = read<{ size: number; checkpoint: string }>(OLDER, 'SELECT * FROM log_shards WHERE year = 2027')
      inDatabase((database) => {
        const put = database.prepare('UPDATE log_shards SET size = ?, checkpoint = ? WHERE year = 2027')
        put.run(old?.size ?? 0, old?.checkpoint ?? '')
        database.exec('DELETE FROM log_nodes WHERE year = 2027')
      })(dataDir)
    },
    start: null,
    finds: null,
    kept: /rolled back: a witness has seen 300 entries, and now there are 250/,
  },
  'checkpoint: that of another year in its place': {
    harm: 'UPDATE log_shards SET checkpoint = (SELECT checkpoint FROM log_shards WHERE year = 2026) WHERE year = 2027',
    start: 'LOG_FOREIGN',
    finds: { index: null, says: /of another log: gateway\.example\/log\/2026, not gateway\.example\/log\/2027/ },
  },
  'shard: another year’s put in its place whole': {
    harm: `DELETE FROM log_nodes WHERE year = 2027; DELETE FROM log_shards WHERE year = 2027;
      UPDATE log_shards SET year = 2027; UPDATE log_nodes SET year = 2027`,
    start: 'LOG_FOREIGN',
    finds: { index: null, says: /of another log/ },
  },
  'everything: rolled back to an older whole state': {
    harm: rollBack,
    start: null,
    finds: null,
    kept: /rolled back: a witness has seen 300 entries, and now there are 250/,
  },
  'everything: rolled back, and gone on with otherwise': {
    harm: async (dataDir) => {
      rollBack(dataDir)
      await work(t, dataDir, (store) => append(store, 60, CHINA_NEW_YEAR + 2000))
    },
    start: null,
    finds: null,
    kept: /first 300 entries are not what a witness has seen: the log was rewritten/,
  },
  'everything: rewritten and signed with another key': {
    harm: (dataDir) => otherKey(dataDir, true),
    start: null,
    finds: { index: null, says: /not signed by a trusted key/ },
  },
  'key file: another key': {
    harm: (dataDir) => otherKey(dataDir, false),
    start: 'KEY_WRONG',
    finds: null,
  },
  'key file: gone': {
    harm: (dataDir) => rmSync(keyFile(dataDir, 'log', 1)),
    start: 'KEY_MISSING',
    finds: null,
  },
  'key table: another key': {
    harm: 'UPDATE log_keys SET public_key = zeroblob(32)',
    start: 'LOG_FOREIGN',
    finds: null,
  },
}

async function startOf(t: Test, dataDir: string): Promise<string | null> {
  try {
    await work(t, dataDir, async () => undefined)
    return null
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

async function verify(
  dataDir: string,
  keys: readonly string[],
  kept: readonly string[],
): Promise<readonly { readonly index: number | null; readonly says: string }[]> {
  const { shards } = await verifyPlace(dataDir, {
    keys,
    witnesses: [],
    required: 0,
    earlier: kept.map((note) => ({ by: 'a witness', checkpoint: readCheckpoint(readNote(note)!.text)!, note })),
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  return shards.flatMap((shard) => shard.findings.map(({ index, what }) => ({ index, says: what.en })))
}

t.test('untouched, it starts and is sound, with what was kept as well', async (t) => {
  t.strictSame(await verify(SOUND, KEYS, [NEWEST]), [])
  t.strictSame(await verify(SOUND, [], []), [], 'with its own keys, too')
  const copy = join(folder, 'untouched')
  cpSync(SOUND, copy, { recursive: true })
  t.equal(await startOf(t, copy), null)
})

let copies = 0
for (const [what, { harm, start, finds, kept }] of Object.entries(HARMS)) {
  t.test(what, async (t) => {
    copies += 1
    const dataDir = join(folder, `copy-${copies}`)
    cpSync(SOUND, dataDir, { recursive: true })
    await (typeof harm === 'string' ? inDatabase((database) => database.exec(harm))(dataDir) : harm(dataDir))
    const [first] = await verify(dataDir, KEYS, [])
    if (finds === null) t.equal(first, undefined, 'it verifies')
    else t.match(first, finds)
    if (kept !== undefined) t.match((await verify(dataDir, KEYS, [NEWEST]))[0], { says: kept })
    t.equal(await startOf(t, dataDir), start, 'what a start says')
    t.ok(finds !== null || kept !== undefined || start !== null, 'one way or another it is found')
  })
}

t.test('verifying leaves nothing in the folder, so that it stays evidence', async (t) => {
  const before = readdirSync(SOUND, { recursive: true })
  const changed = join(folder, 'never-written')
  cpSync(SOUND, changed, { recursive: true })
  t.strictSame(await verify(changed, KEYS, []), [])
  t.strictSame(readdirSync(changed, { recursive: true }), before)
})
