// `npm run chaos`: strikes at random under load, then reckons up every promise; exits with 1 where one was broken. --help says how.

import { writeFileSync } from 'node:fs'
import { argumentsBy } from '../arguments.ts'

const HELP = `用法 Usage: npm run chaos -- [options]

在负载下按随机顺序打击网关和它的存储，其间城市轮流出故障；最后逐项核对：已告知 = 已保存 = 只送达一次 = 有审计记录，日志可核对。
有承诺被违背时以 1 结束，并说明是哪一项。
Strikes gateways and their store under load while cities fall sick, each way once and then at random; then reckons up:
acknowledged = stored = delivered once = in the audit log, which verifies. Ends with 1 where a promise was broken, and says which.

  --store <store>     postgres（默认）：几个网关共用一个 PostgreSQL；embedded：一个网关
                      postgres (default): several gateways on one PostgreSQL; embedded: one gateway
  --gateways <n>      共用 PostgreSQL 的网关数，1 到 4，默认 2 / how many share PostgreSQL, 1 to 4, 2 by default
  --strikes <n>       打击多少次，默认 60 / how many strikes, 60 by default
  --kills <n>         直到其中至少这么多次是 kill -9，默认 0 / until so many of them were kills, 0 by default
  --minutes <n>       超过此时间不再打击，默认 120 / no strike begins later, 120 by default
  --quiet <ms>        两次打击之间最多的毫秒数，默认 3000 / milliseconds between two strikes at most, 3000 by default
  --callers <n>       同时办事的调用方，默认 8 / callers at work, 8 by default
  --rolling           改为在 haproxy 后逐个重启两个网关（--strikes、--callers、--seed 有效）
                      restarts two gateways in turn behind haproxy instead (--strikes, --callers and --seed count)

  --seed <number>     相同的种子作相同的选择 / the same seed makes the same choices
  --json <file>       把报告写入文件 / write the report to a file
  -h, --help          显示帮助 / show this help`

const values = argumentsBy(
  {
    store: { type: 'string', default: 'postgres' },
    strikes: { type: 'string', default: '60' },
    kills: { type: 'string', default: '0' },
    gateways: { type: 'string', default: '2' },
    callers: { type: 'string', default: '8' },
    quiet: { type: 'string', default: '3000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '120' },
    rolling: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
  HELP,
)
const [strikes = 0, gateways = 0, callers = 0, quietMsMax = 0, seed = 0] = [
  values.strikes,
  values.gateways,
  values.callers,
  values.quiet,
  values.seed,
].map(Number)
const isWhole = (number: number, max: number): boolean => Number.isSafeInteger(number) && number >= 1 && number <= max
if (
  !isWhole(strikes, 10_000) ||
  !isWhole(gateways, 4) ||
  !isWhole(callers, 64) ||
  !isWhole(quietMsMax, 60_000) ||
  !Number.isSafeInteger(seed) ||
  !(Number(values.kills) >= 0) ||
  !(Number(values.minutes) > 0) ||
  !['postgres', 'embedded'].includes(values.store)
) {
  console.error(
    '--store 为 postgres 或 embedded，--strikes、--callers、--quiet、--minutes 为正数，--kills 不为负，--gateways 为 1 到 4，--seed 为整数。\n' +
      '--store is postgres or embedded, --strikes, --callers, --quiet and --minutes are positive, --kills is not negative, --gateways is 1 to 4, --seed an integer.',
  )
  process.exit(2)
}

// Only what is needed is loaded, so that help is there at once.
const { inOwnMounts } = await import('../own-mounts.ts')
const mayMount = !values.rolling && inOwnMounts(import.meta.filename)
const { openChance } = await import('../chance.ts')
const teardowns: (() => unknown)[] = []
const test = { teardown: (work: () => unknown) => void teardowns.push(work) }
const say = (line: string): void => console.log(line)
const began = performance.now()
say(`seed ${seed}`)
try {
  const { broken, ...report } = await (values.rolling ? restarted() : struck())
  const whole = { seed, ...report, seconds: Math.round((performance.now() - began) / 1000) }
  console.log(JSON.stringify(whole, null, 2))
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ ...whole, broken }, null, 2)}\n`)
  for (const line of broken) console.log(line)
  say(
    broken.length === 0
      ? '没有一项承诺被打破。 No promise was broken.'
      : `打破了 ${broken.length} 处。 Broken in ${broken.length} places.`,
  )
  process.exitCode = broken.length === 0 ? 0 : 1
} finally {
  for (const work of teardowns.toReversed()) await work()
}

async function restarted() {
  const { runRolling } = await import('./rolling.ts')
  return { store: 'postgres', ...(await runRolling(test, { restarts: strikes, seed, callers, say })) }
}

async function struck() {
  const { runStruck } = await import('./struck.ts')
  const random = openChance(seed)
  const options = {
    strikes,
    killsMin: Number(values.kills),
    random,
    callers,
    quietMsMax,
    minutesMax: Number(values.minutes),
    say,
  }
  if (values.store === 'embedded') {
    const { openEmbedded } = await import('./embedded.ts')
    return { store: 'embedded', ...(await runStruck(await openEmbedded(test, { random, mayMount }), options)) }
  }
  const { openShared } = await import('./shared.ts')
  const target = await openShared(test, { gateways, random, mayMount })
  return { store: 'postgres', gateways, ...(await runStruck(target, options)) }
}
