// A process of its own that reads and checks the whole configuration and keeps it: the memory that this takes goes with it.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { configOptions, loadConfig, readEnvironment } from '../config.ts'
import { writeKept } from './kept-file.ts'
import { forgetKept, noteKept, sourcesOf } from './kept-note.ts'
import { ConfigProblems } from './problems.ts'
import type { ConfigProblem } from './problems.ts'
import { lookAt } from './stamp.ts'

/** What it writes to stdout. `failed` says why what is in order could not be kept. */
export interface KeepAnswer {
  readonly problems: readonly ConfigProblem[]
  readonly failed: string | null
}

/** Leaves in `folder` the kept configuration and its note, and nothing else. */
function keep(folder: string): void {
  const options = configOptions(readEnvironment())
  const before = lookAt(sourcesOf(options, []))
  const config = loadConfig(options)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  forgetKept(folder)
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
  const name = `${config.version}.sqlite`
  writeKept(join(folder, name), config.written, config.catalogue)
  // What was read while somebody wrote may be half of one state and half of another: the next start reads it again.
  if (lookAt(sourcesOf(options, [])).stamp !== before.stamp) throw new Error('the files changed while they were read')
  noteKept(folder, name, lookAt(sourcesOf(options, config.keyFiles)), config.keyFiles)
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
