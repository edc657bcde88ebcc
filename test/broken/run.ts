// `npm run test:broken`: applies each patch of the kept set to a scratch copy of the project, and demands that the named test
// turns red. `--only <name>` tries one. Exits with 1 where a patch survives or does not apply.

import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs, styleText } from 'node:util'
import { root } from '../project/source.ts'
import { apply, PATCHES, type Patch } from './apply.ts'

const LIMIT_MS = 300_000
const COPIED = ['src', 'config', 'schemas', 'test', 'docs', 'package.json', 'tsconfig.json', '.taprc']

interface Run {
  readonly end: 'green' | 'red' | 'nothing named' | 'too slow'
  /** The first test that failed, by its name. */
  readonly caughtBy: string
}

/** A copy of the tree, of which each lane has its own. */
function makeCopy(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-broken-'))
  // PostgreSQL has a user of its own, who passes it on the way to its data.
  chmodSync(folder, 0o711)
  for (const name of COPIED) cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  mkdirSync(join(folder, 'tmp'))
  return folder
}

/** Runs one test file until its first named test fails; whatever it had started ends with it. */
function runTest(folder: string, file: string): Promise<Run> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], {
      cwd: folder,
      // A process group of its own, so that the servers which the test has started can be ended with it.
      detached: true,
      env: { ...process.env, TAP_TIMEOUT: String(LIMIT_MS / 1000), TMPDIR: join(folder, 'tmp') },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    let caughtBy = ''
    let late = false
    const endGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of it has ended already.
      }
    }
    const limit = setTimeout(() => {
      late = true
      endGroup()
    }, LIMIT_MS)
    createInterface({ input: child.stdout }).on('line', (line) => {
      // A test with its time is one with a name; a single assertion has none.
      const failed = /^ *not ok \d+ - (.+) # time=[\d.]+ms$/.exec(line)?.[1]
      if (failed === undefined || caughtBy !== '') return
      caughtBy = failed
      endGroup()
    })
    child.once('close', (status) => {
      clearTimeout(limit)
      endGroup()
      const end = caughtBy !== '' ? 'red' : late ? 'too slow' : status === 0 ? 'green' : 'nothing named'
      resolve({ end, caughtBy })
    })
  })
}

interface Verdict {
  readonly ok: boolean
  readonly says: string
}

async function tryPatch(folder: string, patch: Patch): Promise<Verdict> {
  let mend: () => void
  try {
    mend = apply(folder, patch)
  } catch (error) {
    return { ok: false, says: `does not apply: ${(error as Error).message}` }
  }
  try {
    const { end, caughtBy } = await runTest(folder, patch.test)
    if (end === 'red') return { ok: true, says: `${patch.test} › ${caughtBy}` }
    const why = { green: 'SURVIVED', 'nothing named': 'broke without naming a test:', 'too slow': 'took too long:' }[
      end
    ]
    return { ok: false, says: `${why} ${patch.test}` }
  } finally {
    mend()
  }
}

/** What is red without any patch proves nothing. */
async function tryUnbroken(folder: string, file: string): Promise<Verdict> {
  const { end, caughtBy } = await runTest(folder, file)
  return {
    ok: end === 'green',
    says: end === 'green' ? 'green without a patch' : `${end} without a patch: ${caughtBy}`,
  }
}

function print(name: string, { ok, says }: Verdict, tookMs: number): void {
  const mark = ok ? styleText('green', '✓') : styleText('red', '✗')
  console.log(`${mark} ${name.padEnd(34)} ${(tookMs / 1000).toFixed(1).padStart(6)} s  ${says}`)
}

const { values } = parseArgs({ options: { only: { type: 'string' } } })
const patches = PATCHES.filter(({ name }) => values.only === undefined || name === values.only)
if (patches.length === 0) {
  console.error(`没有名为 ${values.only} 的补丁。 There is no patch called ${values.only}.`)
  process.exit(2)
}

const began = performance.now()
const files = [...new Set(patches.map(({ test }) => test))]
const jobs: { readonly name: string; readonly run: (folder: string) => Promise<Verdict> }[] = [
  ...files.map((file) => ({ name: file, run: (folder: string) => tryUnbroken(folder, file) })),
  ...patches.map((patch) => ({ name: patch.name, run: (folder: string) => tryPatch(folder, patch) })),
]
let failed = 0

async function work(): Promise<void> {
  const folder = makeCopy()
  try {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
      const started = performance.now()
      const verdict = await job.run(folder)
      if (!verdict.ok) failed += 1
      print(job.name, verdict, performance.now() - started)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await Promise.all(Array.from({ length: Math.max(1, Math.min(4, availableParallelism())) }, work))
const seconds = ((performance.now() - began) / 1000).toFixed(0)
console.log(`\n${patches.length} patches in ${seconds} s, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
