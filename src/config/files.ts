// Reads the folders of the configuration, and digests all their bytes into the version that records and cases name.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import type { ConfigProblem } from './problems.ts'
import { readSource } from './source.ts'
import type { Source } from './source.ts'

/** For the line of a problem found later; a file that has gone since has none. */
function textAgain(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

export interface FileReader {
  /** All files below `folder` whose names end in `suffix`, by name; that there is none is a problem. */
  readAll(folder: string, suffix: string): Source[]
  /** One file; undefined, and a problem, if it cannot be read. */
  read(path: string): Source | undefined
  readonly problems: readonly ConfigProblem[]
  /** First 16 hexadecimal digits of a SHA-256 over the names and bytes of all that was read so far. */
  version(): string
}

/** `rootDir` is what names of files are relative to, where they lie below it. */
export function openFileReader(rootDir: string): FileReader {
  const problems: ConfigProblem[] = []
  const digests = new Map<string, string>()

  const nameOf = (path: string) => {
    const name = relative(rootDir, path)
    return name.startsWith('..') || isAbsolute(name) ? path : name.split(sep).join('/')
  }

  function attempt<Value>(path: string, work: () => Value): Value | undefined {
    try {
      return work()
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      const message = { zh: `无法读取（${code}）`, en: `cannot be read (${code})` }
      problems.push({ file: nameOf(path), line: 0, message })
      return undefined
    }
  }

  function read(path: string): Source | undefined {
    const bytes = attempt(path, () => readFileSync(path))
    if (bytes === undefined) return undefined
    digests.set(nameOf(path), createHash('sha256').update(bytes).digest('hex'))
    const text = attempt(path, () => new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (text === undefined) return undefined
    const source = readSource(nameOf(path), text, () => textAgain(path))
    problems.push(...source.problems)
    return source
  }

  return {
    problems,
    read,
    readAll(folder, suffix) {
      const names = attempt(folder, () => readdirSync(folder, { recursive: true, encoding: 'utf8' }))
      const found = (names ?? []).filter((name) => name.endsWith(suffix)).toSorted()
      if (names !== undefined && found.length === 0) {
        const message = { zh: `目录中没有 ${suffix} 文件`, en: `there is no ${suffix} file in this folder` }
        problems.push({ file: nameOf(folder), line: 0, message })
      }
      return found.map((name) => read(join(folder, name))).filter((source) => source !== undefined)
    },
    version() {
      const hash = createHash('sha256')
      for (const [name, digest] of [...digests].toSorted(([a], [b]) => (a < b ? -1 : 1)))
        hash.update(`${name}\n${digest}\n`)
      return hash.digest('hex').slice(0, 16)
    },
  }
}
