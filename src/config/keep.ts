// A process of its own that reads and checks the whole configuration and keeps it: the memory that this takes goes with it.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import type { CheckedConfig, ConfigOptions } from '../config.ts'
import { writeKept } from './kept-file.ts'
import { forgetKept, noteKept, sourcesOf } from './kept-note.ts'
import { ConfigProblems } from './problems.ts'
import type { ConfigProblem } from './problems.ts'
import { lookAt } from './stamp.ts'
import type { Look } from './stamp.ts'

/** What it writes to stdout. `failed` says why what is in order could not be kept. */
export interface KeepAnswer {
  readonly problems: readonly ConfigProblem[]
  readonly failed: string | null
}

// Somebody who saves one file after another is waited for no longer than this.
const TRIES = 3

/** Leaves in `folder` the kept configuration and its note, and nothing else. */
function keep(folder: string): void {
  const options = configOptions(readEnvironment())
  const config = readUndisturbed(options)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  forgetKept(folder)
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  const name = `${config.version}.sqlite`
  writeKept(join(folder, name), config.written, config.catalogue)
  noteKept(folder, name, config.look, config.keyFiles)
}

/** What is read while somebody writes may be half of one state and half of another: then it is read again. */
function readUndisturbed(options: ConfigOptions): CheckedConfig & { readonly look: Look } {
  for (let tries = 0; tries < TRIES; tries++) {
    const before = lookAt(sourcesOf(options, [])).stamp
    const config = loadConfig(options)
    const look = lookAt(sourcesOf(options, config.keyFiles))
    if (lookAt(sourcesOf(options, [])).stamp === before) return { ...config, look }
  }
  throw new Error('the files change while they are read')
}

function answerOf(work: () => void): KeepAnswer {
  try {
    work()
    return { problems: [], failed: null }
  } catch (error) {
    if (error instanceof ConfigProblems) return { problems: error.problems, failed: null }
    return { problems: [], failed: error instanceof Error ? error.message : String(error) }
  }
}

process.umask(0o077)
const [folder = ''] = process.argv.slice(2)
process.stdout.write(JSON.stringify(answerOf(() => keep(folder))))
