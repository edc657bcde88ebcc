// The last line of `npm test` tells the truth, whatever way a test file ends.

import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { noTally, readTap, summary, type Tally } from '../tally.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sample = 'test/project/sample'
const tap = createRequire(import.meta.url)
  .resolve('tap/package.json')
  .replace('package.json', 'dist/esm/run.mjs')

/** What our runner makes of samples, run by tap itself. */
async function runSamples(names: readonly string[], timeoutSeconds: number): Promise<ReadonlyMap<string, Tally>> {
  const found = new Map<string, Tally>()
  const parser = readTap(({ file, tally }) => found.set(file.slice(sample.length + 1), tally))
  const files = names.map((name) => `${sample}/${name}`)
  const child = spawn(process.execPath, [tap, '-R', 'tap', `--timeout=${timeoutSeconds}`, ...files], {
    cwd: root,
    // What tap tells its test files by the environment must not reach this run of its own.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(_?TAP|NODE_)/.test(name))),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.stdout.on('data', (chunk: Buffer) => parser.write(chunk))
  await new Promise((resolve) => child.once('close', resolve))
  parser.end()
  return found
}

const counted = (found: ReadonlyMap<string, Tally>, file: string): string => summary(found.get(file) ?? noTally())

// Both begin at once: one of them only waits.
const hanging = runSamples(['hangs.ts'], 12)
const ending = runSamples(['mixed.ts', 'throws.ts', 'exits.ts', 'empty.ts'], 60)

t.test('each way in which a test file can end is counted', async (t) => {
  const found = await ending
  t.equal(counted(found, 'mixed.ts'), '2 passed, 1 failed, 2 skipped', 'assertions count once, at whatever depth')
  t.match(found.get('mixed.ts')?.failures[0]?.name, /mixed\.ts > outer > inner > one is two$/)
  t.match(found.get('mixed.ts')?.failures[0]?.diagnostics, { diff: /-2\n\+1/ }, 'a failure comes with its difference')
  t.equal(counted(found, 'throws.ts'), '1 passed, 1 failed', 'a file that throws has failed')
  t.equal(counted(found, 'exits.ts'), '1 passed, 1 failed', 'a file whose process dies in the middle has failed')
  t.equal(counted(found, 'empty.ts'), '0 passed, 1 failed', 'a file without a test has failed')
})

t.test('a file that never ends has failed', async (t) => {
  const found = await hanging
  t.equal(counted(found, 'hangs.ts'), '1 passed, 1 failed')
})

t.test('output that is cut off counts what it held', async (t) => {
  const total: Tally[] = []
  const parser = readTap(({ tally }) => total.push(tally))
  parser.end('TAP version 14\n# Subtest: test/a.test.ts\n    ok 1 - first\n    not ok 2 - second\n')
  t.strictSame(total.map(summary), ['1 passed, 1 failed'])
})

t.test('the last line names skipped tests only where there are any', async (t) => {
  t.equal(summary({ ...noTally(), passed: 7 }), '7 passed, 0 failed')
  t.equal(summary({ ...noTally(), passed: 7, skipped: 1 }), '7 passed, 0 failed, 1 skipped')
})
