// `npm run simulate`: runs the handling through so many seeds, each a world of its own with faults and deaths; exits with 1 at
// the first one that breaks a promise, and says how to run it again. --help says what else there is.

import { writeFileSync } from 'node:fs'
import { argumentsBy } from '../arguments.ts'
import type { Outcome } from './simulate.ts'

const HELP = `用法 Usage: npm run simulate -- [options]

在模拟的时间里运行办件处理：磁盘、城市和进程在每一步都可能失败，每个种子结束时核对每项承诺；遇到第一个违背承诺的种子即停，以 1 结束，并说明怎样重演。
Runs the handling in simulated time: disk, cities and processes fail at every step, and every promise is reckoned up at the
end of each seed. Stops at the first seed that breaks one, ends with 1, and says how to run it again.

  --seeds <number>  运行多少个种子，默认 1000 / how many seeds, 1000 by default
  --seed <number>   从这个种子开始；不写 --seeds 时只运行这一个 / from this one on; this one alone without --seeds
  --trace           打印发生的一切 / print all that happens
  --model <number>  改为用这么多组编造的命令，与办件的模型逐步比对
                    drive that many made-up sequences of commands through a model of a case instead
  --json <file>     把报告写入文件 / write the report to a file
  -h, --help        显示帮助 / show this help`

const values = argumentsBy(
  {
    seeds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    json: { type: 'string' },
    model: { type: 'string' },
  },
  HELP,
)
// Of a seed that was named, that one alone.
const named = process.argv.includes('--seed')
const seeds = Number(values.seeds ?? (named ? '1' : '1000'))
const first = Number(values.seed)
const runs = Number(values.model ?? '1')
if (!([seeds, runs].every((count) => Number.isSafeInteger(count) && count >= 1) && Number.isSafeInteger(first))) {
  console.error(
    '--seeds、--model 须为正整数，--seed 须为整数。 --seeds and --model must be positive integers, --seed an integer.',
  )
  process.exit(2)
}

// Only now: help need not wait for the catalogue.
const { runModel } = await import('./model-run.ts')
const { simulate } = await import('./simulate.ts')
const { openStage } = await import('./stage.ts')
const stage = openStage()
if (values.model !== undefined) process.exit(await model())

const counts = new Map<string, number>()
const began = performance.now()
let steps = 0
let done = 0
let broken: Outcome | null = null
let lastDigest = ''

for (let seed = first; seed < first + seeds && broken === null; seed += 1) {
  const outcome = await simulate(stage, seed, values.trace ? (line) => console.log(line) : null)
  done += 1
  steps += outcome.steps
  lastDigest = outcome.digest
  for (const [what, count] of outcome.counts) counts.set(what, (counts.get(what) ?? 0) + count)
  if (outcome.broken.length > 0) broken = outcome
  if (done % 1000 === 0) console.log(`${done} · ${perSecond()} / s`)
}

const seconds = (performance.now() - began) / 1000
const report = {
  firstSeed: first,
  seeds: done,
  steps,
  seconds: Math.round(seconds * 10) / 10,
  seedsPerSecond: perSecond(),
  ...(done === 1 ? { digest: lastDigest } : {}),
  counts: Object.fromEntries([...counts].toSorted(([one], [other]) => (one < other ? -1 : 1))),
  broken: broken === null ? null : { seed: broken.seed, promises: broken.broken },
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
print()
process.exitCode = broken === null ? 0 : 1

async function model(): Promise<number> {
  const started = performance.now()
  const report = await runModel(stage, runs, first)
  const whole = { ...report, seed: first, seconds: Math.round((performance.now() - started) / 1000) }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(whole, null, 2)}\n`)
  console.log(`模型 · model: ${whole.runs} · ${whole.commands} commands · ${whole.seconds} s`)
  console.log(report.broken ?? '与模型不符 · unlike the model: 0')
  return report.broken === null ? 0 : 1
}

function perSecond(): number {
  return Math.round(done / ((performance.now() - began) / 1000))
}

function print(): void {
  console.log(`种子 · seeds: ${first} … ${first + done - 1} (${report.seconds} s, ${report.seedsPerSecond} / s)`)
  console.log(`步数 · steps: ${steps}`)
  for (const [what, count] of Object.entries(report.counts)) console.log(`  ${what.padEnd(44)} ${count}`)
  if (broken === null) {
    console.log('违背承诺 · promises broken: 0')
    return
  }
  console.log(`\n种子 ${broken.seed} 违背承诺 · seed ${broken.seed} breaks:`)
  for (const line of broken.broken) console.log(`  ${line}`)
  console.log(`重演 · run it again: npm run simulate -- --seed ${broken.seed} --trace`)
}
