// Puts bytes on disk so that they survive a crash: files replaced whole, and a journal of lines with a shared sync.

import { randomBytes } from 'node:crypto'
import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes a folder that only its owner may enter, and its parents. */
export function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
}

/** Writes a file whole or not at all: after a crash either the old content or the new stands there. Mode 0600. */
export function replaceFile(path: string, content: string): void {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncFolder(dirname(path))
}

/** The same for bytes of any size, without making others wait for the disk. */
export async function replaceBytes(path: string, bytes: Buffer): Promise<void> {
  const draft = `${path}.${randomBytes(4).toString('hex')}.new`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  syncFolder(dirname(path))
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The content of a file, null if there is no such file. */
export function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** The secret that a city shares with the gateway: 43 characters of base64url, made if the file is not there yet. */
export function readOrMakeSecret(path: string): string {
  const kept = readIfThere(path)
  if (kept !== null) {
    chmodSync(path, 0o600)
    return kept.split('\n', 1)[0]!.trim()
  }
  const secret = randomBytes(32).toString('base64url')
  replaceFile(path, `${secret}\n`)
  return secret
}

/** All whole lines of a journal. A last line without its line end was cut by a crash before anybody was told: it is left out. */
export function readJournal(path: string): readonly unknown[] {
  const whole = (readIfThere(path) ?? '').split('\n').slice(0, -1)
  return whole.map((line) => JSON.parse(line) as unknown)
}

export interface Journal extends AsyncDisposable {
  /** Resolves once the entry is on disk. Entries come to lie in the order of the calls. */
  append(entry: object): Promise<void>
}

/** Opens a journal for appending, and cuts off what a crash left half written. */
export async function openJournal(path: string): Promise<Journal> {
  const file = await open(path, 'a+', 0o600)
  await cutTornLine(file, path)
  syncFolder(dirname(path))
  let gathered: { lines: string[]; durable: Promise<void> } | null = null
  let last: Promise<void> = Promise.resolve()

  // While one batch syncs the next one gathers: a sync is shared by all who came meanwhile.
  function gather(): { lines: string[]; durable: Promise<void> } {
    const lines: string[] = []
    const before = last
    const durable = (async () => {
      await before
      gathered = null
      await file.appendFile(lines.join(''))
      await file.datasync()
    })()
    last = durable
    return { lines, durable }
  }

  return {
    append(entry) {
      gathered ??= gather()
      gathered.lines.push(`${JSON.stringify(entry)}\n`)
      return gathered.durable
    },
    async [Symbol.asyncDispose]() {
      await last.catch(() => {})
      await file.close()
    },
  }
}

async function cutTornLine(file: FileHandle, path: string): Promise<void> {
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf(0x0a) + 1
  if (end === bytes.length) return
  await file.truncate(end)
  await file.datasync()
}
