// Opens the database file with the settings that the promises rest on, and keeps a second process out of the folder.

import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { LogKey } from '../domain/log.ts'
import { syncFolder } from './keys.ts'
import type { Keys } from './keys.ts'
import { prepareTables } from './prepare-tables.ts'
import { StoreProblem } from './problem.ts'

const LOCK_WAIT_MS = 250
const BUSY_TIMEOUT_MS = 5000

export const databaseFile = (dataDir: string): string => join(dataDir, 'store.sqlite')

/**
 * The writing connection. FULL = the log is synced before a commit returns. Ordinary checkpoints run in the commit that
 * fills the log; 4000 pages (16 MB) between two let pages that change often be copied once instead of many times.
 * What is deleted is overwritten: of data that somebody had erased nothing is left in the file.
 * The cache (32 MB) holds the random-keyed indexes, without which each insert would read a page.
 */
export function openForWriting(file: string, sizeBytesMax: number | null): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true })
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32000;
    PRAGMA wal_autocheckpoint = 4000;
    PRAGMA journal_size_limit = 67108864;
  `)
  if (sizeBytesMax !== null) {
    const { page_size: pageBytes } = database.prepare('PRAGMA page_size').get() as { page_size: number }
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(sizeBytesMax / pageBytes))}`)
  }
  return database
}

export function openForReading(file: string): DatabaseSync {
  return new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true })
}

/**
 * Locks the folder until the returned connection is closed. The lock is the operating system's, held through an
 * otherwise empty database, so it ends with the process however that ends. Throws StoreProblem STORE_LOCKED.
 */
function lockFolder(dataDir: string): DatabaseSync {
  const lock = new DatabaseSync(join(dataDir, 'store.lock'), { timeout: LOCK_WAIT_MS })
  try {
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw new StoreProblem(
      'STORE_LOCKED',
      `数据目录 ${dataDir} 正被另一个网关进程使用。请先停止该进程，或用 GATEWAY_DATA_DIR 指定别的目录。`,
      `Another gateway process is using the data folder ${dataDir}. Stop it first, or name another folder by GATEWAY_DATA_DIR.`,
      error,
    )
  }
  return lock
}

export interface PreparedFolder {
  readonly keys: Keys
  /** Newest first. */
  readonly logKeys: readonly LogKey[]
  /** Closes the connection that prepared the folder. While it is open, a reader finds the log's files in place. */
  readonly release: () => void
  readonly unlock: () => void
}

export interface FolderOptions {
  readonly dataDir: string
  readonly now: number
  readonly bytes: (size: number) => Buffer
}

/**
 * Locks the folder, checks the version and the keys, and runs the migrations. Tables and the keys' fingerprints come
 * into being in one transaction, so that a store has both or neither. Throws StoreProblem.
 */
export function prepareFolder(options: FolderOptions): PreparedFolder {
  const { dataDir, now, bytes } = options
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = lockFolder(dataDir)
  let database: DatabaseSync | undefined
  try {
    const file = databaseFile(dataDir)
    database = openForWriting(file, null)
    // The log and the index file beside the database take their mode from it.
    chmodSync(file, 0o600)
    database.exec('BEGIN IMMEDIATE')
    const { keys, logKeys } = prepareTables(database, { dataDir, now, bytes, isNew: isEmpty(database) })
    database.exec('COMMIT')
    syncFolder(dataDir)
    const opened = database
    return { keys, logKeys, release: () => opened.close(), unlock: () => lock.close() }
  } catch (error) {
    database?.close()
    lock.close()
    throw damaged(error) ? damagedProblem(dataDir, error) : error
  }
}

/** As `prepareFolder`, for what is done to a store that must be there: throws StoreProblem where there is none. */
export function prepareKeptFolder(options: FolderOptions): PreparedFolder {
  const { dataDir } = options
  if (existsSync(databaseFile(dataDir))) return prepareFolder(options)
  throw new StoreProblem(
    'STORE_MISSING',
    `${dataDir} 中没有嵌入式存储（store.sqlite）。`,
    `There is no embedded store (store.sqlite) in ${dataDir}.`,
  )
}

const isEmpty = (database: DatabaseSync): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'").get() === undefined

const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

function damaged(error: unknown): boolean {
  const primary = Number((error as { errcode?: unknown } | null)?.errcode) & 0xff
  return primary === SQLITE_CORRUPT || primary === SQLITE_NOTADB
}

const damagedProblem = (dataDir: string, cause: unknown): StoreProblem =>
  new StoreProblem(
    'STORE_DAMAGED',
    `数据目录 ${dataDir} 中的数据库文件已损坏，无法打开。请从备份恢复；不要删除密钥文件。`,
    `The database in ${dataDir} is damaged and cannot be opened. Restore it from a backup; keep the key files.`,
    cause,
  )
