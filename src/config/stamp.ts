// Tells whether files are still those that were read: by what the file system says of them, or by their bytes.

import { createHash, hash } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs'
import { sep } from 'node:path'

/** What is read: single files, and all files below folders whose names end in one of the suffixes. */
export interface SourceList {
  readonly files: readonly string[]
  readonly folders: readonly { readonly folder: string; readonly suffixes: readonly string[] }[]
}

export interface Look {
  readonly paths: readonly string[]
  /** Changes with each name, size, inode and time of change. The last cannot be set by hand, as the time of writing can. */
  readonly stamp: string
  /** When the newest of them was changed, by the clock of the file system. */
  readonly newestMs: number
}

const CHUNK_BYTES = 1024 * 1024

/** Throws what the file system throws where a file or folder is missing. */
export function lookAt({ files, folders }: SourceList): Look {
  const paths = [...files, ...folders.flatMap(({ folder, suffixes }) => filesBelow(folder, suffixes))].toSorted()
  let seen = ''
  let newestMs = 0
  for (const path of paths) {
    const { size, ino, mtimeMs, ctimeMs } = statSync(path)
    newestMs = Math.max(newestMs, mtimeMs, ctimeMs)
    seen += `${path}\t${size}\t${ino}\t${mtimeMs}\t${ctimeMs}\n`
  }
  return { paths, stamp: hash('sha256', seen), newestMs }
}

/** Node's own recursive reading takes five times as long, which every start with thousands of items would wait for. */
function filesBelow(folder: string, suffixes: readonly string[]): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${sep}${entry.name}`
    if (entry.isDirectory()) return filesBelow(path, suffixes)
    return suffixes.some((suffix) => path.endsWith(suffix)) ? [path] : []
  })
}

/** SHA-256 (hexadecimal) over the names and bytes of these files. */
export function digestOfAll(paths: readonly string[]): string {
  const whole = createHash('sha256')
  for (const path of paths) whole.update(`${path}\t${createHash('sha256').update(readFileSync(path)).digest('hex')}\n`)
  return whole.digest('hex')
}

/** SHA-256 (hexadecimal) over the bytes of one file, wherever it lies and however long it is. */
export function digestOfOne(path: string): string {
  const whole = createHash('sha256')
  const chunk = Buffer.alloc(CHUNK_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let length = 1; length > 0;) {
      length = readSync(file, chunk)
      whole.update(chunk.subarray(0, length))
    }
  } finally {
    closeSync(file)
  }
  return whole.digest('hex')
}
