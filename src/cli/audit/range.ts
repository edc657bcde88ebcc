// Checks a stretch of a log by itself: each entry against its tile, and what the entries of each node say of their order.

import { rootOfRange } from '../../audit/log/edge.ts'
import { HASH_BYTES, leafHashOf } from '../../audit/log/merkle.ts'
import { TILE_WIDTH, readBundle, tilePath } from '../../audit/log/tile.ts'
import type { Sentence } from '../../domain/words.ts'
import { readPart } from './source.ts'

export interface Stretch {
  readonly prefix: string
  /** Entries of the whole log. */
  readonly size: number
  /** Index of the first bundle, and how many follow from there. */
  readonly from: number
  readonly bundles: number
  /** Bundles whose leaf hashes are wanted, because an older checkpoint ends in them. */
  readonly wanted: readonly number[]
}

/** Something that is wrong with the evidence. `index` = of the entry, null where it is not one entry. */
export interface Finding {
  readonly index: number | null
  readonly what: Sentence
}

/** What a stretch says of one node: where its sequence begins there, where it ends, and how its times run. */
export interface NodeRun {
  readonly node: string
  readonly first: number
  readonly firstIndex: number
  readonly firstTime: number
  last: number
  /** The latest time so far: records come nearly in order, not quite. */
  latest: number
}

export interface StretchReport {
  /** Roots of the stretch's full bundles, in order: what tiles of the level above hold. */
  readonly roots: Uint8Array
  /** Leaf hashes of the bundles that are wanted, and of one that is not full. */
  readonly leaves: ReadonlyMap<number, Uint8Array>
  readonly runs: readonly NodeRun[]
  readonly findings: readonly Finding[]
  readonly remarks: readonly Finding[]
}

/** How far back a time may lie without a remark: a record is made before it waits for its commit. */
const LAG_MS_MAX = 60_000

const finding = (index: number | null, zh: string, en: string): Finding => ({ index, what: { zh, en } })

interface Place {
  readonly id: string
  readonly node: string
  readonly seq: number
  readonly time: number
}

function readLeaf(leaf: Uint8Array): Place | null {
  try {
    const { id, node, seq, time } = JSON.parse(
      Buffer.from(leaf.buffer, leaf.byteOffset, leaf.byteLength).toString(),
    ) as Record<string, unknown>
    const at = typeof time === 'string' ? Date.parse(time) : Number.NaN
    if (typeof id !== 'string' || typeof node !== 'string' || !Number.isSafeInteger(seq) || Number.isNaN(at))
      return null
    return { id, node, seq: seq as number, time: at }
  } catch {
    return null
  }
}

/** What a log says of itself is not to be trusted with the terminal either. */
export const shown = (text: string): string => text.slice(0, 100).replaceAll(/[^\x21-\x7e]/g, '?')

/** Follows the nodes' sequences. `runs` may go on from an earlier stretch. */
export function follow(
  runs: Map<string, NodeRun>,
  { node, seq, time }: Omit<Place, 'id'>,
  index: number,
  report: { readonly findings: Finding[]; readonly remarks: Finding[] },
): void {
  const run = runs.get(node)
  if (run === undefined) {
    runs.set(node, { node, first: seq, firstIndex: index, firstTime: time, last: seq, latest: time })
    return
  }
  if (seq !== run.last + 1) {
    report.findings.push(
      finding(
        index,
        `节点 ${shown(node)} 的序号由 ${run.last} 跳到 ${seq}：中间有记录缺失或顺序被调换。`,
        `The sequence of node ${shown(node)} goes from ${run.last} to ${seq}: records are missing or out of order.`,
      ),
    )
  }
  if (run.latest - time > LAG_MS_MAX) {
    report.remarks.push(
      finding(
        index,
        `节点 ${shown(node)} 的时间倒退 ${Math.round((run.latest - time) / 1000)} 秒（时钟被调整，或记录被改写）。`,
        `The time of node ${shown(node)} goes back by ${Math.round((run.latest - time) / 1000)} s (a clock was set back, or a record was rewritten).`,
      ),
    )
  }
  run.last = seq
  run.latest = Math.max(run.latest, time)
}

/** Throws CommandError where the place cannot be read; what is missing or wrong there is a finding. */
export async function checkStretch({ prefix, size, from, bundles, wanted }: Stretch): Promise<StretchReport> {
  const findings: Finding[] = []
  const remarks: Finding[] = []
  const runs = new Map<string, NodeRun>()
  const leaves = new Map<number, Uint8Array>()
  const roots: Buffer[] = []
  for (let bundle = from; bundle < from + bundles; bundle++) {
    const start = bundle * TILE_WIDTH
    const width = Math.min(TILE_WIDTH, size - start)
    const [entries, tile] = await Promise.all([
      readPart(prefix, `tile/${tilePath({ level: null, index: bundle, width })}`),
      readPart(prefix, `tile/${tilePath({ level: 0, index: bundle, width })}`),
    ])
    const held = entries === null ? null : readBundle(entries)
    if (held === null || held.length !== width) {
      const said =
        held === null
          ? { zh: '缺失或已损坏', en: 'is missing or broken' }
          : { zh: `有 ${held.length} 条`, en: `holds ${held.length}` }
      findings.push(
        finding(
          start,
          `第 ${start} 条起应有 ${width} 条记录的条目包${said.zh}。`,
          `The bundle of ${width} entries from ${start} on ${said.en}.`,
        ),
      )
    }
    if (tile === null || tile.length !== width * HASH_BYTES) {
      findings.push(
        finding(
          start,
          `第 ${start} 条起的瓦片缺失或长度不对。`,
          `The tile of the entries from ${start} on is missing or has another length.`,
        ),
      )
    }
    // What cannot be read stands as it was signed, so that the rest can still be held against the root.
    const hashes = Buffer.alloc(width * HASH_BYTES)
    if (tile !== null) hashes.set(tile.subarray(0, hashes.length))
    for (const [at, leaf] of (held ?? []).slice(0, width).entries()) {
      const index = start + at
      if (leaf.length === 0) {
        findings.push(finding(index, `第 ${index} 条记录缺失。`, `Entry ${index} is missing.`))
        continue
      }
      const own = leafHashOf(leaf)
      const place = readLeaf(leaf)
      if (tile !== null && !own.equals(tile.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES))) {
        findings.push(
          finding(
            index,
            `第 ${index} 条记录${place === null ? '' : `（${shown(place.id)}）`}与树不符：它被更改、替换或调换过。`,
            `Entry ${index}${place === null ? '' : ` (${shown(place.id)})`} does not fit the tree: it was changed, replaced or moved.`,
          ),
        )
      }
      hashes.set(own, at * HASH_BYTES)
      if (place === null)
        findings.push(finding(index, `第 ${index} 条不是审计记录。`, `Entry ${index} is no audit record.`))
      else follow(runs, place, index, { findings, remarks })
    }
    if (width === TILE_WIDTH) roots.push(rootOfRange(hashes, 0, TILE_WIDTH))
    if (width < TILE_WIDTH || wanted.includes(bundle)) leaves.set(bundle, hashes)
  }
  return { roots: Buffer.concat(roots), leaves, runs: [...runs.values()], findings, remarks }
}
