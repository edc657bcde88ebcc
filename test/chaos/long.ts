// `npm run test:long`: attacks the gateway for as long as one likes, and prints what was found; exits with 1 where a promise
// was broken. --help says in which ways; each loads what it needs, so that help is there at once.

import { writeFileSync } from 'node:fs'
import { argumentsBy } from '../arguments.ts'
import type { InputsReport } from './random-inputs.ts'

const HELP = `用法 Usage: npm run test:long -- [options]

长时间攻击网关并核对每项承诺；有承诺被违背时以 1 结束，并说明是哪一项。三种方式任选一种，默认为 --inputs 20000；kill -9 等打击见 npm run chaos。
Attacks the gateway and reckons up every promise; ends with 1 where one was broken, and says which. One way at a time,
--inputs 20000 by default. For kill -9 and other strikes there is npm run chaos.

  --inputs <number>   发送这么多随机编造的请求，其间城市轮流出故障
                      so many made-up requests, while cities fall sick
  --load <number>     每秒提交这么多份申请，其间城市轮流以不同方式出故障
                      so many applications a second, while the cities fail in turn, each in another way
    --seconds <n>     持续多少秒，默认 60 / for how long, 60 by default
  --answers <number>  让每个城市的协议各读这么多份编造的答复
                      so many made-up answers for each protocol to read
    --city <city>     只用这个城市，可多次 / this city alone, repeatable

  --seed <number>     相同的种子作相同的选择 / the same seed makes the same choices
  --json <file>       把报告写入文件 / write the report to a file
  -h, --help          显示帮助 / show this help`

const values = argumentsBy(
  {
    inputs: { type: 'string', default: '20000' },
    answers: { type: 'string' },
    load: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    city: { type: 'string', multiple: true },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    json: { type: 'string' },
  },
  HELP,
)
const { answers: answersWanted = '1', load: loadWanted = '1' } = values
const [inputs = 0, answers = 0, perSecond = 0, seconds = 0] = [
  values.inputs,
  answersWanted,
  loadWanted,
  values.seconds,
].map(Number)
const seed = Number(values.seed)
if (![inputs, answers, perSecond, seconds].every((number) => number >= 1) || !Number.isSafeInteger(seed)) {
  console.error(
    '--inputs、--answers、--load、--seconds 须为正整数，--seed 须为整数。 --inputs, --answers, --load and --seconds must be positive, --seed an integer.',
  )
  process.exit(2)
}

/** A gateway that answers one in a hundred later than this, or grows by more, is not well. */
const P99_MS_MAX = 5000
const GROWTH_MB_MAX = 400

const teardowns: (() => unknown)[] = []
const test = { teardown: (work: () => unknown) => void teardowns.push(work) }
const say = (line: string): void => console.log(line)
say(`seed ${seed}`)
try {
  const broken = await attacked()
  for (const line of broken) console.log(line)
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  for (const work of teardowns.toReversed()) await work()
}

async function attacked(): Promise<readonly string[]> {
  if (values.answers !== undefined) return read()
  return values.load !== undefined ? loaded() : sent()
}

async function loaded(): Promise<readonly string[]> {
  const { runLoad } = await import('./load.ts')
  const { broken, answers: told, ...report } = await runLoad(test, { perSecond, seconds, say })
  console.table(report)
  console.table(told)
  keep({ ...report, answers: told, broken })
  return broken
}

async function sent(): Promise<readonly string[]> {
  const { runInputs } = await import('./random-inputs.ts')
  const report = await runInputs(test, { inputs, seed, sickCities: true, say })
  const { answers, broken, warmMb, mostMb } = report
  print(report)
  keep(report)
  const slow = report.p99Ms <= P99_MS_MAX ? [] : [`p99 ${report.p99Ms} ms > ${P99_MS_MAX} ms`]
  const grown =
    warmMb === null || mostMb === null || mostMb - warmMb <= GROWTH_MB_MAX ? [] : [`${warmMb} → ${mostMb} MB`]
  const ours = Object.keys(answers).filter((name) => /^500\b/.test(name))
  return [...broken, ...slow, ...grown, ...ours]
}

/** Nothing runs but the protocols themselves: no gateway, no network. */
async function read(): Promise<readonly string[]> {
  const { readMadeUp } = await import('../cities/support/made-up.ts')
  const { openSubjects } = await import('../cities/support/readers.ts')
  const all = openSubjects()
  const unknown = values.city?.find((name) => !all.some(({ city }) => city === name))
  if (unknown !== undefined) return [`没有城市 ${unknown} 的协议。 There is no protocol of a city ${unknown}.`]
  const subjects = all.filter(({ city }) => values.city?.includes(city) ?? true)
  const reports = subjects.map((subject) => {
    const began = performance.now()
    const report = readMadeUp(subject, answers, seed)
    const seconds = Math.round((performance.now() - began) / 1000)
    say(`${report.city}: ${report.inputs} · ${seconds} s · ${JSON.stringify(report.endings)}`)
    return { ...report, seconds }
  })
  keep({ seed, answers, reports })
  return reports.flatMap(({ city, broken }) => (broken === null ? [] : [`${city}: ${broken}`]))
}

function print(report: InputsReport): void {
  const rows: readonly (readonly [zh: string, en: string, value: string | number])[] = [
    ['请求', 'inputs', report.inputs],
    ['用时', 'time', `${report.seconds} s`],
    ['每秒', 'per second', report.perSecond],
    [
      '答复时间 p50 / p99 / 最长',
      'answer time p50 / p99 / slowest',
      `${report.p50Ms} / ${report.p99Ms} / ${report.slowestMs} ms`,
    ],
    ['内存：预热后 / 最多', 'memory: once warm / at most', `${report.warmMb ?? '?'} / ${report.mostMb ?? '?'} MB`],
    ['办件', 'cases', report.cases],
    ['审计记录', 'audit records', report.records],
    ['违背承诺', 'promises broken', report.broken.length],
  ]
  for (const [zh, en, value] of rows) say(`${zh} · ${en}: ${value}`)
  say('\n状态与代码 · status and code')
  for (const [name, count] of Object.entries(report.answers)) say(`  ${name.padEnd(32)} ${String(count).padStart(7)}`)
}

function keep(report: object): void {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}
