// Where the sandbox says who it is and where it listens: sandbox.json in the data folder.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readIfThere, replaceFile } from './disk.ts'

export interface SandboxFile {
  readonly pid: number
  /** RFC 3339. */
  readonly startedAt: string
  /** Digest of the sandbox's own source: one that was started from other code is not taken over. */
  readonly version: string
  readonly control: { readonly address: string; readonly token: string }
  readonly cities: Readonly<Record<string, { readonly address: string }>>
}

const pathIn = (dataDir: string): string => join(dataDir, 'sandbox.json')

/** Null if no sandbox was started in this folder, or if it was stopped. After kill -9 the file is still there. */
export function findSandboxFile(dataDir: string): SandboxFile | null {
  const content = readIfThere(pathIn(dataDir))
  return content === null ? null : (JSON.parse(content) as SandboxFile)
}

export function writeSandboxFile(dataDir: string, content: SandboxFile): void {
  replaceFile(pathIn(dataDir), `${JSON.stringify(content, null, 2)}\n`)
}

export function removeSandboxFile(dataDir: string): void {
  rmSync(pathIn(dataDir), { force: true })
}

export function sourceVersion(): string {
  const folder = import.meta.dirname
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ parentPath, name }) => join(parentPath, name)).sort()
  for (const path of paths) hash.update(path.slice(folder.length)).update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}
