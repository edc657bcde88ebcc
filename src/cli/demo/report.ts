// Says what the demo saw: a table per city and three sample answers, or the same as JSON.

import Table from 'cli-table3'
import type { CityFacts } from '../../domain/words.ts'
import type { DemoOutcome, DemoResult } from './run.ts'

export interface CityRow {
  readonly city: string
  readonly name: string
  readonly sent: number
  readonly delivered: number
  readonly local: number
  readonly refused: number
  readonly stored: number
  readonly unexpected: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export function rowsOf(results: readonly DemoResult[], cities: readonly CityFacts[]): readonly CityRow[] {
  return cities.map(({ key, name }) => {
    const own = results.filter(({ city }) => city === key)
    const count = (outcome: DemoOutcome): number => own.filter((result) => result.outcome === outcome).length
    const took = own.map(({ tookMs }) => tookMs).sort((a, b) => a - b)
    return {
      city: key,
      name: name.zh,
      sent: own.length,
      delivered: count('delivered'),
      local: count('local'),
      refused: count('refused'),
      stored: count('stored'),
      unexpected: count('unexpected'),
      p50Ms: quantile(took, 0.5),
      p99Ms: quantile(took, 0.99),
    }
  })
}

export function isExpected(outcome: DemoOutcome): boolean {
  return outcome === 'delivered' || outcome === 'local' || outcome === 'stored'
}

/** The smallest value that at least that share of the sorted values does not exceed; 0 where there are none. */
function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0
  return Math.round(value * 10) / 10
}

export function reportText(results: readonly DemoResult[], cities: readonly CityFacts[]): string {
  const rows = rowsOf(results, cities)
  const table = new Table({
    head: [
      '城市 city',
      '发送 sent',
      '送达 delivered',
      '本地办理 local',
      '不予受理 refused',
      '留存 stored',
      '意外 unexpected',
      'p50 ms',
      'p99 ms',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  for (const { city, name, sent, delivered, local, refused, stored, unexpected, p50Ms, p99Ms } of rows) {
    table.push([
      `${name} ${city}`,
      sent,
      delivered,
      local,
      refused,
      stored,
      unexpected,
      p50Ms.toFixed(1),
      p99Ms.toFixed(1),
    ])
  }
  const unexpected = results.filter(({ outcome }) => !isExpected(outcome))
  const total = results.length
  const good = total - unexpected.length
  return [
    table.toString(),
    '',
    ...samples(results),
    ...unexpected.slice(0, 20).map(({ item, city, note }) => `  意外 unexpected  ${item} → ${city}: ${note}`),
    unexpected.length === 0
      ? `全部 ${total} 件均如预期，审计记录齐全。 / All ${total} came back as expected, each with its audit record.`
      : `${total} 件中有 ${unexpected.length} 件意外（${good} 件如预期）。 / ${unexpected.length} of ${total} came back unexpectedly (${good} as expected).`,
    '',
  ].join('\n')
}

/** One query, one application and one joint application, as callers get them. */
function samples(results: readonly DemoResult[]): string[] {
  const isJoint = ({ answer }: DemoResult): boolean => (answer as { handlingMode?: string }).handlingMode === 'joint'
  const picked = [
    results.find(({ interaction, outcome }) => interaction === 'query' && outcome === 'delivered'),
    results.find(
      (result) => result.interaction === 'application' && result.outcome !== 'unexpected' && !isJoint(result),
    ),
    results.find(
      (result) => result.interaction === 'application' && result.outcome !== 'unexpected' && isJoint(result),
    ),
  ].filter((result) => result !== undefined)
  return picked.flatMap(({ item, city, status, answer }) => [
    `${item} → ${city}  HTTP ${status}`,
    indent(trimmed(JSON.stringify(answer, null, 2))),
    '',
  ])
}

// Three of them and the table fill a terminal.
const LINES_MAX = 14

function trimmed(text: string): string {
  const lines = text.split('\n')
  if (lines.length <= LINES_MAX) return text
  const rest = lines.length - LINES_MAX + 1
  return [
    ...lines.slice(0, LINES_MAX - 1),
    `… 另 ${rest} 行，--json 输出全部 / ${rest} more lines, all with --json`,
  ].join('\n')
}

function indent(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
