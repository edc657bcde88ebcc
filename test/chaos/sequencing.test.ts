// kill -9, and failures, at each step by which records become a signed log: nothing acknowledged is missing from it, it is
// whole, and each checkpoint goes on from every one that was served before.

import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { readCheckpoint, type Checkpoint } from '../../src/audit/log/checkpoint.ts'
import { readNote } from '../../src/audit/log/note.ts'
import { readBundle, tilePath, TILE_WIDTH } from '../../src/audit/log/tile.ts'
import { checkReceipt } from '../../src/cli/audit/receipt.ts'
import { trustIn } from '../../src/cli/audit/trust.ts'
import { verifyPlace } from '../../src/cli/audit/verify-place.ts'
import { call, startGateway, tokenOf, until } from '../gateway/harness.ts'
import { planNext, struckCase, type Plan } from './plan.ts'

const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]
const gateway = await startGateway(t, {}, [], STEPS)
const keys = (await (await fetch(`${gateway.address}/.well-known/audit-keys`)).text()).trim().split('\n')

/** As the table in docs/failure-modes.md has them. `kept` = whether the new checkpoint is there after the crash. */
const ROWS = [
  { step: 'log read:before', kept: false, blocks: false },
  { step: 'log read:after', kept: false, blocks: false },
  { step: 'log signed:before', kept: false, blocks: false },
  { step: 'log signed:after', kept: false, blocks: false },
  { step: 'log kept:before', kept: false, blocks: false },
  { step: 'log rows:before', kept: false, blocks: true },
  { step: 'log rows:after', kept: false, blocks: true },
  { step: 'log kept:after', kept: true, blocks: false },
] as const

/** More than a tile, so that each round writes a row of the tree above the leaves. */
const RECORDS = 300
const AT_ONCE = 12

/** Every checkpoint that anybody was served. */
const served = new Map<string, Checkpoint>()
/** Ids of records whose answers arrived. */
const acknowledged = new Set<string>()

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${gateway.address}/metrics`)).text()
  const line = text.split('\n').find((one) => one.startsWith(`${name} `))
  return Number(line?.slice(name.length))
}

async function serve(): Promise<Checkpoint> {
  const text = await (await fetch(`${gateway.address}/v1/audit/log/checkpoint`)).text()
  const checkpoint = readCheckpoint(readNote(text)?.text ?? '')
  if (checkpoint === null) throw new Error(`no checkpoint: ${text}`)
  served.set(text, checkpoint)
  return checkpoint
}

/** Answered requests, each with its record. What is cut off by a kill was not answered, and is not counted. */
async function request(count: number): Promise<number> {
  const token = tokenOf(gateway, 'clerk')
  let left = count
  let answered = 0
  async function one(): Promise<void> {
    while (left > 0) {
      left -= 1
      const answer = await call(gateway, 'GET', '/v1/cities', { token }).catch(() => null)
      if (answer === null) return
      acknowledged.add(answer.headers.get('audit-record') ?? 'no record')
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, one))
  return answered
}

interface Struck {
  /** Resolves when all requests were answered or cut off. */
  readonly requests: Promise<number>
  /** What was served before the step, and what while it was held, or soon after it had failed. */
  readonly before: Checkpoint
  readonly after: Checkpoint
}

async function strike(plan: Plan, blocks: boolean): Promise<Struck> {
  const before = await serve()
  planNext(gateway.dataDir, plan)
  const requests = request(RECORDS)
  // Only a step that is held inside the store's transaction keeps requests waiting.
  if (!blocks) await requests
  const struck = await until(
    async () => struckCase(gateway.dataDir),
    (one) => one !== null,
  )
  if (struck === null) throw new Error(`${plan.step} was never reached:\n${gateway.output()}`)
  return { requests, before, after: await serve() }
}

/** Ids in the log, read as anybody may. */
async function idsInLog({ size }: Checkpoint): Promise<ReadonlySet<string>> {
  const ids = new Set<string>()
  for (let index = 0; index * TILE_WIDTH < size; index++) {
    const width = Math.min(TILE_WIDTH, size - index * TILE_WIDTH)
    const path = tilePath({ level: null, index, width })
    const bytes = await (await fetch(`${gateway.address}/v1/audit/log/tile/${path}`)).arrayBuffer()
    for (const leaf of readBundle(new Uint8Array(bytes)) ?? []) {
      ids.add((JSON.parse(Buffer.from(leaf).toString()) as { id: string }).id)
    }
  }
  return ids
}

/** What an auditor finds who has kept every checkpoint that was ever served. */
async function isWhole(t: Test, what: string): Promise<void> {
  const last = [...acknowledged].at(-1) ?? ''
  const proof = await until(
    () => call(gateway, 'GET', `/v1/audit/records/${last}/proof`),
    ({ status }) => status === 200,
  )
  t.equal(proof.status, 200, `${what}: the last record acknowledged has its proof`)
  t.equal(checkReceipt(proof.text, null, trustIn(keys, '', []), []).leaf['id'], last, what)
  const newest = await serve()
  const ids = await idsInLog(newest)
  t.strictSame(
    [...acknowledged].filter((id) => !ids.has(id)),
    [],
    `${what}: nothing acknowledged is missing`,
  )
  const { shards } = await verifyPlace(gateway.address, {
    keys,
    witnesses: [],
    required: 0,
    earlier: [...served].map(([note, checkpoint]) => ({ by: `a checkpoint of ${checkpoint.size}`, checkpoint, note })),
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  t.strictSame(
    shards.flatMap(({ findings }) => findings.map(({ what: { en } }) => en)),
    [],
    `${what}: the log is whole, and goes on from each of ${served.size} checkpoints`,
  )
}

for (const { step, kept, blocks } of ROWS) {
  t.test(`killed at ${step}`, async (t) => {
    const { requests, before, after } = await strike({ step, doing: 'hold' }, blocks)
    t.ok(after.size >= before.size)
    if (kept) t.ok(after.size > before.size, 'the new checkpoint is kept, and served')
    if (!blocks) {
      t.equal(await request(5), 5, 'requests are answered while nothing is signed')
      t.ok((await metric('gateway_audit_log_behind_seconds')) > 0, 'and the metrics say that it is behind')
    }
    await gateway.kill()
    await requests
    await gateway.restart()
    t.ok((await serve()).size >= after.size, 'the log never becomes shorter')
    await isWhole(t, step)
  })
}

for (const { step } of ROWS) {
  t.test(`${step} fails once`, async (t) => {
    const { requests } = await strike({ step, doing: 'throw' }, false)
    t.equal(await requests, RECORDS, 'every request is answered')
    await isWhole(t, step)
  })
}

t.test('each failure is counted, but for those within the transaction, which the store carries out anew', async (t) => {
  const outside = ROWS.filter(({ step }) => !step.startsWith('log rows'))
  t.equal(await metric('gateway_audit_log_failures_total'), outside.length)
  const behind = await until(
    () => metric('gateway_audit_log_behind_seconds'),
    (seconds) => seconds === 0,
  )
  t.equal(behind, 0, 'and nothing is behind in the end')
})

t.test('every row of the table in the documents was tried, and no other', async (t) => {
  const text = readFileSync(new URL('../../docs/failure-modes.md', import.meta.url), 'utf8')
  const rows = [...text.matchAll(/^\| `(log [a-z]+:(?:before|after))`/gm)].map(([, step]) => step)
  t.strictSame(
    rows,
    ROWS.map(({ step }) => step as string),
  )
})
