// Where a witness remembers the last tree of each log: a small database of its own, owned by one process.

import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { syncFolder } from './keys.ts'
import { StoreProblem } from './problem.ts'

export interface HeadStore extends Disposable {
  find(origin: string): string | null
  replace(origin: string, old: string | null, checkpoint: string): boolean
  keepContradiction(origin: string, checkpoint: string): void
  /** Oldest first. */
  contradictions(): readonly string[]
}

const CONTRADICTIONS_MAX = 1000

/** Synced before each commit returns, and before the first one the name of the file too. Throws StoreProblem STORE_LOCKED. */
export function openWitnessHeads(folder: string): HeadStore {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = join(folder, 'witness.sqlite')
  const database = new DatabaseSync(file, { timeout: 250 })
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      BEGIN EXCLUSIVE;
      CREATE TABLE IF NOT EXISTS heads (origin TEXT PRIMARY KEY, checkpoint TEXT NOT NULL) STRICT;
      CREATE TABLE IF NOT EXISTS contradictions (checkpoint TEXT PRIMARY KEY, origin TEXT NOT NULL) STRICT;
      COMMIT;
    `)
    chmodSync(file, 0o600)
    syncFolder(folder)
  } catch (error) {
    database.close()
    throw new StoreProblem(
      'STORE_LOCKED',
      `无法独占见证目录 ${folder}：可能有另一个见证进程正在使用它。`,
      `The witness's folder ${folder} cannot be opened for this process alone: another witness may be using it.`,
      error,
    )
  }
  const find = database.prepare('SELECT checkpoint FROM heads WHERE origin = ?')
  const begin = database.prepare('INSERT INTO heads (origin, checkpoint) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const move = database.prepare('UPDATE heads SET checkpoint = ? WHERE origin = ? AND checkpoint = ?')
  const keep = database.prepare(`
    INSERT INTO contradictions (checkpoint, origin) SELECT ?, ?
    WHERE (SELECT count(*) FROM contradictions) < ${CONTRADICTIONS_MAX} ON CONFLICT DO NOTHING`)
  const all = database.prepare('SELECT checkpoint FROM contradictions ORDER BY rowid')
  return {
    find: (origin) => (find.get(origin)?.['checkpoint'] as string | undefined) ?? null,
    replace(origin, old, checkpoint) {
      const { changes } = old === null ? begin.run(origin, checkpoint) : move.run(checkpoint, origin, old)
      return Number(changes) === 1
    },
    keepContradiction(origin, checkpoint) {
      keep.run(checkpoint, origin)
    },
    contradictions: () => all.all().map((row) => String(row['checkpoint'])),
    [Symbol.dispose]: () => {
      if (database.isOpen) database.close()
    },
  }
}
