// Runs every check of the project: types, lint, format, unused code, then the tests; the last line says how many passed and failed.
// `npm test -- test/store` runs the tests of one folder or file alone.

import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { stringify } from 'yaml'
import { addTally, noTally, readTap, summary, type Failure, type FileResult } from './tally.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const total = noTally()
/** Said again at the end: of a long run, often only the end is kept. */
const red: string[] = []

interface Check {
  readonly name: string
  readonly tool: string
  readonly options: readonly string[]
}

const CHECKS: readonly Check[] = [
  { name: 'types', tool: 'typescript', options: ['--noEmit'] },
  { name: 'lint', tool: 'oxlint', options: ['--type-aware', '--deny-warnings'] },
  { name: 'format', tool: 'prettier', options: ['--check', '.'] },
  { name: 'unused code', tool: 'knip', options: ['--no-progress'] },
]

/** The script of an installed package, run by this same Node: nothing depends on the PATH or on a shell. */
function script(tool: string): string {
  const folder = `${root}node_modules/${tool}/`
  const { bin } = JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { bin: string | Record<string, string> }
  const path = typeof bin === 'string' ? bin : Object.values(bin)[0]
  return `${folder}${path}`
}

/** A folder stands for its test files alone: tap would take each file in it for one. */
function testFiles(path: string): readonly string[] {
  if (!statSync(`${root}${path}`, { throwIfNoEntry: false })?.isDirectory()) return [path]
  const names = readdirSync(`${root}${path}`, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => name.endsWith('.test.ts')).map((name) => join(path, name))
  return files.length > 0 ? files : [path]
}

/** Runs a tool to its end. `onOutput` gets what it prints on stdout; stderr goes through, or along with it. */
function run(
  tool: string,
  options: readonly string[],
  stderr: 'with-stdout' | 'through',
  onOutput: (chunk: Buffer) => void,
): Promise<number | string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script(tool), ...options], {
      cwd: root,
      stdio: ['ignore', 'pipe', stderr === 'through' ? 'inherit' : 'pipe'],
    })
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'unknown'))
  })
}

function print(ok: boolean, name: string, counts: string, tookMs: number): void {
  const mark = ok ? styleText('green', '✓') : styleText('red', '✗')
  console.log(`${mark} ${name.padEnd(52)} ${counts.padStart(24)}  ${(tookMs / 1000).toFixed(1).padStart(6)} s`)
}

function printFailure({ name, diagnostics }: Failure): void {
  console.log(styleText('red', `\n  ✗ ${name}`))
  const text =
    typeof diagnostics === 'string'
      ? diagnostics
      : diagnostics
        ? // As they came: folded lines would spoil what they point at.
          stringify(diagnostics, { blockQuote: 'literal', lineWidth: 0 })
        : ''
  for (const line of text.trimEnd().split('\n')) console.log(`    ${line}`)
}

async function check({ name, tool, options }: Check): Promise<FileResult> {
  const began = performance.now()
  const output: Buffer[] = []
  const status = await run(tool, options, 'with-stdout', (chunk) => output.push(chunk))
  const tally = noTally()
  if (status === 0) tally.passed = 1
  else {
    tally.failed = 1
    tally.failures.push({ name: `${name} (${tool})`, diagnostics: Buffer.concat(output).toString() })
  }
  return { file: name, tookMs: performance.now() - began, tally }
}

function take({ file, tookMs, tally }: FileResult): void {
  addTally(total, tally)
  print(tally.failed === 0, file, summary(tally), tookMs)
  for (const failure of tally.failures) printFailure(failure)
  if (tally.failures.length > 0) console.log('')
  if (tally.failed > 0) red.push(`${file}: ${tally.failures.map(({ name }) => name).join(' | ')}`)
}

// What the files and gateways of one run have in common: a checked configuration (test/project-config.ts,
// test/gateway/prepared.ts) and what Node makes of each source file, which several hundred processes would make again.
const shared = mkdtempSync(join(tmpdir(), 'gateway-tests-'))
process.env['GATEWAY_TESTS_SHARED'] = shared
process.env['NODE_COMPILE_CACHE'] ??= join(shared, 'code-cache')

const began = performance.now()
const selected = process.argv.slice(2).flatMap(testFiles)
if (process.argv.length === 2) {
  for (const result of await Promise.all(CHECKS.map(check))) take(result)
}

let files = 0
const parser = readTap((result) => {
  files += 1
  take(result)
})
const status = await run('tap', ['-R', 'tap', ...selected], 'through', (chunk) => parser.write(chunk))
parser.end()
rmSync(shared, { recursive: true, force: true })
// tap itself may fail where no file did, e.g. when it finds none: that is never "0 failed".
if (files === 0 || (status !== 0 && total.failed === 0)) {
  total.failed += 1
  printFailure({ name: `tap ended with ${status} after ${files} files`, diagnostics: undefined })
}

const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(`\n${files} test files in ${seconds} s`)
for (const line of red) console.log(styleText('red', `✗ ${line}`))
process.exitCode = total.failed === 0 ? 0 : 1
console.log(summary(total))
