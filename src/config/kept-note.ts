// The note beside a kept configuration: of which files it is, and how to tell that these and it are still the same.

import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { PROJECT_DIR } from '../config.ts'
import type { ConfigOptions } from '../config.ts'
import { digestOfAll, digestOfOne, lookAt } from './stamp.ts'
import type { Look, SourceList } from './stamp.ts'

interface Note {
  /** Node's version: what it writes, another may not read. */
  readonly node: string
  /** Over the names and bytes of all that was read, the program's own files among them. */
  readonly sources: string
  /** Null where a file had been written so lately that a further change could bear the same time: then bytes decide. */
  readonly stamp: string | null
  /** Absolute paths of files of keys that the configuration names. */
  readonly keyFiles: readonly string[]
  readonly kept: { readonly name: string; readonly digest: string; readonly stamp: string }
}

const NOTE = 'current.json'

// The coarsest file systems count in two seconds.
const TICK_MS = 2000

/** All that decides what is kept: configuration, schemas, keys, and the program that reads and checks them. */
export function sourcesOf({ configDir, schemasDir }: ConfigOptions, keyFiles: readonly string[]): SourceList {
  return {
    files: [...keyFiles, ...['src/config.ts', 'package.json'].map((name) => join(PROJECT_DIR, name))],
    folders: [
      { folder: configDir, suffixes: ['.yaml', '.json'] },
      { folder: schemasDir, suffixes: ['.json'] },
      ...['config', 'catalogue', 'cities', 'domain', 'identity'].map((part) => ({
        folder: join(PROJECT_DIR, 'src', part),
        suffixes: ['.ts'],
      })),
    ],
  }
}

/** Path of the kept configuration in `folder`; null where there is none, it is damaged, or it is not of these files as they are now. */
export function findKept(options: ConfigOptions, folder: string): string | null {
  try {
    const note = JSON.parse(readFileSync(join(folder, NOTE), 'utf8')) as Note
    if (note.node !== process.version) return null
    const path = join(folder, basename(note.kept.name))
    const look = lookAt(sourcesOf(options, note.keyFiles))
    const own = lookAt({ files: [path], folders: [] })
    if (look.stamp === note.stamp && own.stamp === note.kept.stamp) return path
    if (look.stamp !== note.stamp && digestOfAll(look.paths) !== note.sources) return null
    if (own.stamp !== note.kept.stamp && digestOfOne(path) !== note.kept.digest) return null
    writeNote(folder, look, { ...note, kept: { ...note.kept, stamp: own.stamp } })
    return path
  } catch {
    // Whatever is wrong with it, it can be made anew.
    return null
  }
}

/** Notes that the file `name` in `folder` holds what was read from the files of `look`. */
export function noteKept(folder: string, name: string, look: Look, keyFiles: readonly string[]): void {
  const path = join(folder, name)
  const { stamp } = lookAt({ files: [path], folders: [] })
  const kept = { name, digest: digestOfOne(path), stamp }
  writeNote(folder, look, { node: process.version, sources: digestOfAll(look.paths), keyFiles, kept })
}

/** From now on nothing counts as kept. */
export function forgetKept(folder: string): void {
  rmSync(join(folder, NOTE), { force: true })
}

function writeNote(folder: string, { stamp, newestMs }: Look, note: Omit<Note, 'stamp'>): void {
  const beside = join(folder, `${NOTE}.${process.pid}.tmp`)
  writeFileSync(beside, '', { mode: 0o600 })
  // The clock that files get their times from need not be this machine's.
  const isSettled = newestMs + TICK_MS < statSync(beside).mtimeMs
  writeFileSync(beside, JSON.stringify({ ...note, stamp: isSettled ? stamp : null } satisfies Note))
  renameSync(beside, join(folder, NOTE))
}
