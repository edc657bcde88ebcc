// A disk that is slow, that hangs, that fails and that is full, under the whole gateway: nothing is acknowledged that is not on
// it, everything else goes on, callers are told plainly, and it recovers by itself.

import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ask, call, file, receivedBy, sample, startGateway, tokenOf, until, type Answer } from '../gateway/harness.ts'
import { readLog, recorded, wrongWith, type Acknowledged } from './evidence.ts'
import { holdDisk } from './hold-disk.ts'

const ITEM = 'mi-remote-care-filing'
const QUERY = 'ss-personal-rights-record'
const STALL_MS = 2000

const gateway = await startGateway(t, {}, [[/stallMs: \d+/, `stallMs: ${STALL_MS}`]])
const acknowledged: Acknowledged[] = []
const unavailable = { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } }

/** Asks /healthz again and again until `work` ends: how often it was answered meanwhile, and how long the slowest took. */
async function withHealth<Value>(
  work: Promise<Value>,
): Promise<{ readonly value: Value; readonly healthy: number; readonly longestMs: number }> {
  const state = { ended: false }
  let healthy = 0
  let longestMs = 0
  const done = work.finally(() => (state.ended = true))
  while (!state.ended) {
    const began = performance.now()
    const { status } = await call(gateway, 'GET', '/healthz')
    if (status !== 200) throw new Error(`/healthz answered ${status}`)
    healthy += 1
    longestMs = Math.max(longestMs, performance.now() - began)
  }
  return { value: await done, healthy, longestMs }
}

const ready = (): Promise<Answer> => call(gateway, 'GET', '/readyz')
const isReady = ({ status }: Answer): boolean => status === 200

function fileTo(city: string, repeatable: Parameters<typeof file>[3] = {}): Promise<Answer> {
  return file(gateway, ITEM, city, repeatable)
}

t.test('a slow disk makes callers wait and nobody else', async (t) => {
  const disk = await holdDisk(t, gateway.dataDir, 15, 30)
  const cities = ['shenfu', 'shenyang', 'fushun', 'anshan']
  const work = Promise.all([
    ...cities.flatMap((city) => Array.from({ length: 5 }, async () => ({ city, answer: await fileTo(city) }))),
    ...cities.map(async (city) => ({ city: '', answer: await ask(gateway, QUERY, city) })),
  ])
  const { value: answers, healthy } = await withHealth(work)
  await disk.end()
  for (const { city, answer } of answers) {
    t.match(answer.status, city === '' ? 200 : /^20[12]$/, answer.text)
    if (city !== '') keep(city)(answer)
  }
  t.ok(healthy >= 5, `/healthz was answered ${healthy} times meanwhile`)
})

t.test('a disk that hangs', async (t) => {
  const disk = await holdDisk(t, gateway.dataDir, 3_600_000, 0)
  const key = { body: sample(ITEM, 'fuxin'), headers: { 'idempotency-key': crypto.randomUUID() } }
  const english = { headers: { ...key.headers, 'accept-language': 'en' }, body: key.body }
  const work = Promise.all([fileTo('fuxin', english), ask(gateway, QUERY, 'fuxin'), ready()])
  const { value, healthy, longestMs } = await withHealth(work)
  const [filed, asked, notReady] = value

  // What was away with the writer may have been kept, what waited behind it was not: each is told what is known.
  t.match(
    filed,
    { ...unavailable, body: { detail: /may have been kept.*same Idempotency-Key|was not kept/ } },
    filed.text,
  )
  t.match(asked, { ...unavailable, body: { detail: /未向城市发送/ } }, asked.text)
  t.match(notReady, { status: 503, body: { store: 'STORE_UNAVAILABLE' } })
  t.equal(filed.body['caseNo'], undefined)
  t.ok(healthy >= 20, `/healthz was answered ${healthy} times while the disk hung`)
  t.ok(longestMs < STALL_MS, `the slowest took ${longestMs.toFixed(0)} ms`)

  const began = performance.now()
  t.match(await fileTo('fuxin'), { ...unavailable, body: { detail: /没有保存/ } })
  t.ok(performance.now() - began < STALL_MS, 'who comes now is not made to wait')
  t.equal((await receivedBy(gateway, 'fuxin')).length, 0, 'nothing was sent without its record')

  await disk.end()
  t.equal((await until(ready, isReady)).status, 200, 'ready again by itself')
  const again = await until(
    () => fileTo('fuxin', key),
    ({ status }) => status !== 409,
  )
  t.match(again.status, /^20[12]$/, again.text)
  acknowledged.push({ caseNo: again.body['caseNo'], city: 'fuxin' })
})

/** Bytes that a file may have for a running process, by its soft limit: beyond it each write fails, on every machine with Linux. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}

t.test('a disk that fails', async (t) => {
  await until(ready, isReady)
  // The log file of the database is as long as it is; whatever would make it longer fails from now on.
  limitFiles(gateway.pid, Math.max(4096, statSync(join(gateway.dataDir, 'store.sqlite-wal')).size))
  t.teardown(() => limitFiles(gateway.pid, 'unlimited'))
  const repeatable = { body: sample(ITEM, 'liaoyang'), headers: { 'idempotency-key': crypto.randomUUID() } }
  // Old pages of the log may be written over, so that a few may yet get through.
  const failed = await until(
    () => fileTo('tieling').then(keep('tieling')),
    ({ status }) => status === 503,
  )
  t.match(failed, unavailable, failed.text)
  const { value } = await withHealth(
    Promise.all([fileTo('liaoyang', repeatable), ask(gateway, QUERY, 'liaoyang'), ready()]),
  )
  for (const answer of value.slice(0, 2)) t.match(answer, unavailable, answer.text)
  t.match(value[2], { status: 503, body: { store: 'STORE_UNAVAILABLE' } })
  t.equal((await receivedBy(gateway, 'liaoyang')).length, 0, 'nothing was sent without its record')

  limitFiles(gateway.pid, 'unlimited')
  t.equal((await until(ready, isReady)).status, 200, 'ready again by itself')
  const again = await until(
    () => fileTo('liaoyang', repeatable),
    ({ status }) => status !== 409,
  )
  t.match(again.status, /^20[12]$/, again.text)
  acknowledged.push({ caseNo: again.body['caseNo'], city: 'liaoyang' })
})

function keep(city: string): (answer: Answer) => Answer {
  return (answer) => {
    if (answer.status === 201 || answer.status === 202) acknowledged.push({ caseNo: answer.body['caseNo'], city })
    return answer
  }
}

t.test('after all this every acknowledged case is there and took effect once, kill -9 included', async (t) => {
  await gateway.kill()
  await gateway.restart()
  t.strictSame((await Promise.all(acknowledged.map((one) => wrongWith(gateway, one)))).flat(), [])
  recorded(t, await readLog(gateway), acknowledged)
  t.match(await call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'clerk') }), { status: 200 })
})
