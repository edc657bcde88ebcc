// Finds, when a gateway starts, where its writing of the log had broken off: in the life before, at most so many records back.

import type { LogGap } from '../domain/audit.ts'
import { inBlock, termOf } from './record-blocks.ts'
import type { Sql } from './sql.ts'

/** Records of all gateways that are looked at, the newest, in some 50 ms: what a death cut off is among them. */
const LOOKED_AT_MAX = 10_000
/** Gaps that are told. */
const GAPS_MAX = 500

interface Row {
  readonly id: string
  readonly position: number
  readonly leaf: string
}

type Leaf = LogGap['about'] & {
  readonly boot: string
  readonly node: string
  readonly seq: number
  readonly kind: string
  readonly intent?: string
}

interface Seen {
  readonly id: string
  readonly leaf: Leaf
}

const leafIn = ({ leaf }: Pick<Row, 'leaf'>): Leaf => JSON.parse(leaf) as Leaf

/** Intents that no outcome names, oldest first. */
function withoutOutcome(life: readonly Seen[]): readonly LogGap[] {
  const answered = new Set(life.map(({ leaf }) => leaf.intent))
  return life
    .filter(({ id, leaf: { kind } }) => kind === 'forwarded' && !answered.has(id))
    .map(({ id, leaf: { item, city, caseNo, leg, call } }) => ({
      gap: 'no-outcome',
      record: id,
      about: { item, city, caseNo, leg, call },
      missing: 0,
    }))
}

/** Numbers that are left out, each before the record that it names. */
const leftOut = (life: readonly Seen[]): readonly LogGap[] =>
  life.flatMap(({ id, leaf }, at) => {
    const before = life[at - 1]?.leaf.seq ?? leaf.seq - 1
    return leaf.seq === before + 1
      ? []
      : [{ gap: 'missing', record: id, about: {}, missing: Math.max(0, leaf.seq - before - 1) }]
  })

/** To be asked before the start is on record: each life is looked at once, by the start after it. */
export function openGapFinder(database: Sql): (node: string, boot: string) => readonly LogGap[] {
  const newestOf = database.prepare(`
    SELECT r.position, r.id, r.leaf FROM record_terms b JOIN records r ON ${inBlock('r')}
    WHERE b.term = ?1 AND r.kind = ?2 AND json_extract(r.leaf, '$.node') = ?3
    ORDER BY b.block DESC, r.position DESC LIMIT 1`)
  const newest = database.prepare(`
    SELECT position, id, leaf FROM records WHERE position >= ? ORDER BY position DESC LIMIT ${LOOKED_AT_MAX}`)

  const find = (kind: string, node: string): Row | undefined =>
    newestOf.get(termOf('kind', kind), kind, node) as unknown as Row | undefined

  return (node, boot) => {
    const started = find('gateway-started', node)
    if (started === undefined) return []
    const life = (newest.all(started.position) as unknown as readonly Row[])
      .map((row): Seen => ({ id: row.id, leaf: leafIn(row) }))
      .filter(({ leaf }) => leaf.node === node && leaf.boot !== boot)
      .toReversed()
    const stopped = find('gateway-stopped', node)
    const isOver = stopped !== undefined && stopped.position > started.position
    const crash: LogGap = { gap: 'crashed', record: life.at(-1)?.id ?? started.id, about: {}, missing: 0 }
    return [...(isOver ? [] : [crash]), ...leftOut(life), ...withoutOutcome(life)].slice(0, GAPS_MAX)
  }
}
