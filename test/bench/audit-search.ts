// What auditors wait for over many records, and what citizens notice of an export: `node test/bench/audit-search.ts 1000000`.

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ask, call, startGateway, tokenOf, type RunningGateway } from '../gateway/harness.ts'
import { fillRecords } from './fill-records.ts'
import { searchCosts } from './search-processor.ts'

const count = Number(process.argv[2] ?? 100_000)
const TRIES = 60
const QUERIES = Number(process.argv[3] ?? 400)
const QUERY = 'ss-personal-rights-record'

/** On a machine that does other work, too, a thread may take seconds to begin. */
const PATIENT: readonly [RegExp, string][] = [
  [/stallMs: \d+/, 'stallMs: 60000'],
  [/deadlineMs: 900/, 'deadlineMs: 20000'],
]

const milliseconds = (value: number): number => Math.round(value * 10) / 10

function percentiles(times: readonly number[]): object {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (part: number): number =>
    milliseconds(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: milliseconds(sorted.at(-1) ?? 0) }
}

async function timed(times: number, doing: (at: number) => Promise<{ readonly status: number }>): Promise<object> {
  const took: number[] = []
  for (let at = 0; at < times; at++) {
    const begun = performance.now()
    const { status } = await doing(at)
    if (status !== 200) throw new Error(`answered ${status}`)
    took.push(performance.now() - begun)
  }
  return percentiles(took)
}

const tell = (name: string, figures: object): void => {
  process.stdout.write(`${JSON.stringify({ records: count, name, ...figures })}\n`)
}

/** Takes the file as fast as it comes until it ends, or until it is told to stop; then how much there was. */
async function download(gateway: RunningGateway, token: string, stopped: { yes: boolean }): Promise<object> {
  const begun = performance.now()
  const leaving = new AbortController()
  const answer = await fetch(`${gateway.address}/v1/audit/export`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leaving.signal,
  })
  let bytes = 0
  try {
    for await (const piece of answer.body ?? []) {
      bytes += (piece as Uint8Array).length
      if (stopped.yes) leaving.abort()
    }
  } catch {
    // Told to stop.
  }
  return {
    exportedMB: Math.round(bytes / 1e6),
    isWhole: !stopped.yes,
    seconds: milliseconds((performance.now() - begun) / 1000),
  }
}

const endings: (() => unknown)[] = []
try {
  const gateway = await startGateway({ teardown: (ending: () => unknown) => void endings.push(ending) }, {}, PATIENT)
  await gateway.stop()
  const filling = performance.now()
  const filled = await fillRecords(gateway.dataDir, count, (done) => {
    if (done % 100_000 === 0) process.stderr.write(`${done} of ${count}\n`)
  })
  tell('filled', {
    seconds: milliseconds((performance.now() - filling) / 1000),
    storeMB: Math.round(statSync(join(gateway.dataDir, 'store.sqlite')).size / 1e6),
  })
  for (const { name, took } of searchCosts(gateway.dataDir, filled)) tell(name, { processorMs: percentiles(took) })
  const { filters, people } = filled
  const restarting = performance.now()
  await gateway.restart()
  tell('started again', { seconds: milliseconds((performance.now() - restarting) / 1000) })

  const token = tokenOf(gateway, 'auditor', { ttlSeconds: 36_000 })
  const list = (query: string) => call(gateway, 'GET', `/v1/audit/records?limit=50&${query}`, { token })
  // Its thread and its statements are made by the first one.
  await timed(5, () => list(''))
  for (const [name, values] of Object.entries(filters)) {
    const page = (at: number) => list(new URLSearchParams({ [name]: values[at % values.length] ?? '' }).toString())
    tell(`first page by ${name}`, await timed(TRIES, page))
  }
  const byPerson = (at: number) => {
    const body = { subject: { certType: '414', certNo: people[at % people.length] } }
    return call(gateway, 'POST', '/v1/audit/searches?limit=50', { token, body })
  }
  tell('first page by person', await timed(TRIES, byPerson))
  const statistics = (query: string) => () => call(gateway, 'GET', `/v1/audit/statistics?${query}`, { token })
  const year = `from=${encodeURIComponent(new Date(Date.now() - 340 * 86_400_000).toISOString())}`
  tell('statistics of a year by city, outcome', await timed(10, statistics(`by=city,outcome&${year}`)))
  tell('statistics of a month by hour', await timed(10, statistics('by=hour')))

  const clerk = tokenOf(gateway, 'clerk', { ttlSeconds: 36_000 })
  const query = () => ask(gateway, QUERY, 'benxi', { token: clerk })
  await timed(20, query)
  tell('query, nothing else', await timed(QUERIES, query))
  const stopped = { yes: false }
  const exporting = download(gateway, token, stopped)
  for (let n = 0; n < 100; n++) await turn()
  const during = await timed(QUERIES, query)
  const asked = performance.now()
  stopped.yes = process.argv[4] !== 'whole'
  tell('query, while an export runs', { ...during, askedFor: milliseconds(asked - restarting) })
  tell('the export', await exporting)
} finally {
  for (const ending of endings.toReversed()) await ending()
}
