// A disk in memory: the store's own tables and modules, writing and reading in this thread, one transaction after the other.

import { createSecretKey } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Keyed } from '../../src/domain/ids.ts'
import type { LogKey } from '../../src/domain/log.ts'
import type { Store } from '../../src/domain/store.ts'
import { faultOf } from '../../src/store/batches.ts'
import { storeCalls, type Operators } from '../../src/store/calls.ts'
import { keyedBy } from '../../src/store/keys.ts'
import { ed25519Of, noteLogKey, openLogSigner, publicKeyOf, readLogKeys } from '../../src/store/log-keys.ts'
import { openLookups } from '../../src/store/lookups.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { ReadOperation, WriteOperation } from '../../src/store/operations.ts'
import { SEED_BYTES } from '../../src/store/random.ts'
import { openSealer } from '../../src/store/sealed.ts'
import { openSearches } from '../../src/store/searches.ts'
import { sqliteWriting } from '../../src/store/sqlite-writing.ts'
import { openWriting } from '../../src/store/writing.ts'

/** What a process has of the disk. Each call is whole and done when it returns; it throws the Fault that the store would. */
export interface OpenedDisk {
  readonly write: (operation: WriteOperation) => unknown
  readonly lookUp: (operation: ReadOperation) => unknown
  readonly search: (operation: ReadOperation) => unknown
}

export interface Disk {
  /** For looking on from outside, never for writing. */
  readonly database: Pick<DatabaseSync, 'prepare'>
  readonly keyed: Keyed
  readonly logKeys: readonly LogKey[]
  readonly signLog: Store['signLog']
  /** For the next process: one at a time, as the real store's lock has it. What was written before is there. */
  open(boot: string): OpenedDisk
  /** Nobody uses it any more: the next empty one may be made of it. */
  close(): void
}

export interface Disks {
  /** An empty one. Whoever has the same `bytes` gets the same references and sealed values. */
  empty(bytes: (size: number) => Buffer): Disk
}

const KEY_BYTES = 32
const DATA_KEY_ID = 1

/** All of them have the same keys, made of `bytes`, and tables that the migrations have made once. */
export function openDisks(options: {
  readonly node: string
  readonly now: number
  readonly bytes: (size: number) => Buffer
}): Disks {
  const { node, now, bytes } = options
  const dataKeys = new Map([[DATA_KEY_ID, createSecretKey(bytes(KEY_BYTES))]])
  const keyed = keyedBy(bytes(KEY_BYTES))
  const logKey = ed25519Of(bytes(KEY_BYTES))
  const signLog = openLogSigner(logKey)
  const made = new DatabaseSync(':memory:')
  made.exec('BEGIN')
  migrate(made, new Set(), now)
  noteLogKey(made, { keyId: 1, publicKey: publicKeyOf(logKey), since: now, succession: null })
  made.exec('COMMIT')
  const logKeys = readLogKeys(made)
  const tables = made.serialize()
  made.close()
  const free: Tables[] = []

  return {
    empty(bytes) {
      const used = free.pop() ?? openTables(tables)
      const { database } = used
      const sealer = openSealer({ keys: dataKeys, newestKeyId: DATA_KEY_ID, bytes })
      // Readers keep nothing but their statements: those of one process are as good for the next.
      const lookUp = openLookups(database, sealer)
      let searches: ReturnType<typeof openSearches> | undefined
      return {
        database,
        keyed,
        logKeys,
        signLog,
        open(boot) {
          const seed = bytes(SEED_BYTES)
          const carryOut = openWriting(sqliteWriting(used.connection, database.prepare), {
            dataKeys,
            newestDataKeyId: DATA_KEY_ID,
            node,
            boot,
            seed,
          })
          return {
            write(operation) {
              const { results, failures } = carryOut([copied(operation)])
              const [failed] = failures
              if (failed !== undefined) throw faultOf(failed[1])
              return results[0]
            },
            lookUp: (operation) => read(() => lookUp(operation)),
            search: (operation) => read(() => (searches ??= openSearches(database, sealer))(operation)),
          }
        },
        close() {
          used.clear()
          free.push(used)
        },
      }
    },
  }
}

/** A database in memory that is emptied and used again: to prepare its statements costs as much as a quarter of a seed. */
interface Tables {
  readonly connection: DatabaseSync
  /** Prepares each statement once, whoever asks for it. */
  readonly database: Pick<DatabaseSync, 'prepare'>
  /** Makes everything as it was at first. */
  clear(): void
}

function openTables(filled: Uint8Array): Tables {
  const connection = new DatabaseSync(':memory:', { enableForeignKeyConstraints: true })
  connection.deserialize(filled)
  const prepared = new Map<string, StatementSync>()
  const names = tablesOf(connection)
  // What the migrations have put in, some tables have rows from the beginning.
  for (const name of names) connection.exec(`CREATE TEMP TABLE "first_${name}" AS SELECT * FROM main."${name}"`)
  const clearing = [
    ...names.map((name) => `DELETE FROM main."${name}"`),
    ...names.toReversed().map((name) => `INSERT INTO main."${name}" SELECT * FROM temp."first_${name}"`),
  ].map((sql) => connection.prepare(sql))
  return {
    connection,
    database: {
      prepare(sql) {
        const known = prepared.get(sql)
        if (known !== undefined) return known
        const statement = connection.prepare(sql)
        prepared.set(sql, statement)
        return statement
      },
    },
    clear() {
      if (connection.isTransaction) connection.exec('ROLLBACK')
      connection.exec('BEGIN')
      for (const statement of clearing) statement.run()
      connection.exec('COMMIT')
    },
  }
}

/** Those that refer to others before those that they refer to. */
function tablesOf(connection: DatabaseSync): readonly string[] {
  const all = connection
    .prepare("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all()
    .map(({ name }) => String(name))
  const referredTo = connection.prepare('SELECT "table" AS name FROM pragma_foreign_key_list(?)')
  const sorted: string[] = []
  const place = (name: string): void => {
    if (sorted.includes(name)) return
    for (const { name: other } of referredTo.all(name)) place(String(other))
    sorted.push(name)
  }
  for (const name of all) place(name)
  return sorted.toReversed()
}

/** As it would come to the writer's thread; what cannot be sent there fails alone. */
function copied(operation: WriteOperation): WriteOperation {
  try {
    return structuredClone(operation)
  } catch (error) {
    throw faultOf({ why: 'bad', written: 'no', message: String(error) })
  }
}

/** As the reader threads tell it. */
function read(look: () => unknown): unknown {
  try {
    return look()
  } catch (error) {
    const why = error instanceof Error && 'errcode' in error ? 'unavailable' : 'bad'
    throw faultOf({ why, written: 'no', message: String(error) })
  }
}

/** The store over a disk, whatever stands between the two. `close`: what disposing does. */
export function storeOver(disk: Disk, operators: Operators, close: () => void): Store & { readonly keyed: Keyed } {
  return {
    ...storeCalls(operators),
    keyed: disk.keyed,
    logKeys: disk.logKeys,
    signLog: disk.signLog,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  }
}
