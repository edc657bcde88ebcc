// Verifies a log from its first entry to its last: signatures, tree, every entry, and the order within each node.

import { readCheckpoint, readSigned, type Checkpoint } from '../../audit/log/checkpoint.ts'
import { originOf } from '../../audit/log/names.ts'
import { readNote, verifierOf, type Verifier } from '../../audit/log/note.ts'
import { TILE_WIDTH } from '../../audit/log/tile.ts'
import { checkInOrder } from './pool.ts'
import { follow, shown, type Finding, type NodeRun, type StretchReport } from './range.ts'
import { readPart, type ShardPlace } from './source.ts'
import type { Trust } from './trust.ts'
import { openUpperTree } from './upper-tree.ts'
import { cosignedBy, type Cosigned } from './witnessed.ts'

/** A checkpoint that somebody else kept: the log must have been this at this size. */
export interface Earlier {
  /** Which witness, stamp or file says so. */
  readonly by: string
  readonly checkpoint: Checkpoint
  /** The whole signed note; null where who says so has checked the signature. */
  readonly note: string | null
}

export interface ShardReport {
  readonly origin: string
  readonly size: number
  readonly root: string
  readonly witnesses: readonly Cosigned[]
  readonly findings: Finding[]
  readonly remarks: Finding[]
}

export interface ShardOptions {
  readonly trust: Trust
  readonly witnesses: readonly Verifier[]
  /** How many of the witnesses must have cosigned. */
  readonly required: number
  readonly earlier: readonly Earlier[]
  /** Sequences of the years before, which this one goes on from. */
  readonly runs: Map<string, NodeRun>
  /** Years before it may have been removed, as retention does. */
  readonly isEarliest: boolean
  readonly onProgress: (entries: number, size: number) => void
}

/** Bundles of one stretch: large enough to be worth a message, small enough to show how far it is. */
const STRETCH_BUNDLES = 64

const finding = (zh: string, en: string): Finding => ({ index: null, what: { zh, en } })

/** The checkpoint as a trusted key signed it for this year, or what is wrong with it. */
async function signedCheckpoint(
  place: ShardPlace,
  { trust }: ShardOptions,
): Promise<{ readonly checkpoint: Checkpoint; readonly bytes: string } | Finding> {
  const bytes = (await readPart(place.prefix, 'checkpoint'))?.toString()
  const claimed = bytes === undefined ? null : readCheckpoint(readNote(bytes)?.text ?? '')
  if (bytes === undefined || claimed === null)
    return finding('检查点缺失或格式不对。', 'The checkpoint is missing or malformed.')
  const expected = place.year === null ? null : originOf(trust.base, place.year)
  if ((expected !== null && claimed.origin !== expected) || !claimed.origin.startsWith(`${trust.base}/`)) {
    return finding(
      `检查点属于另一个日志：${claimed.origin}${expected === null ? '' : `，应为 ${expected}`}。`,
      `The checkpoint is of another log: ${claimed.origin}${expected === null ? '' : `, not ${expected}`}.`,
    )
  }
  const results = trust.keys.map(({ publicKey }) => readSigned(bytes, verifierOf(claimed.origin, 1, publicKey)))
  const signed = results.find((result) => result.kind === 'signed')
  if (signed !== undefined) return { checkpoint: signed.checkpoint, bytes }
  return results.some(({ kind }) => kind === 'forged')
    ? finding(
        '检查点的签名是伪造的，或签名后被更改。',
        'The checkpoint’s signature is forged, or it was changed after it was signed.',
      )
    : finding(
        '检查点不是由可信的密钥签名的：日志可能被另一个密钥重新签名。',
        'The checkpoint is not signed by a trusted key: the log may have been signed anew by another.',
      )
}

export async function verifyShard(place: ShardPlace, options: ShardOptions): Promise<ShardReport> {
  const findings: Finding[] = []
  const remarks: Finding[] = []
  const signed = await signedCheckpoint(place, options)
  if (!('checkpoint' in signed)) {
    const origin = place.year === null ? place.prefix : originOf(options.trust.base, place.year)
    return { origin, size: 0, root: '', witnesses: [], findings: [signed], remarks }
  }
  const { checkpoint, bytes } = signed
  const { origin, size } = checkpoint
  const witnessed = (await readPart(place.prefix, 'witnessed'))?.toString()
  const earlier = withWitnessed(witnessed, options, checkpoint, { findings, remarks })
  await readEntries(place.prefix, checkpoint, earlier, options, { findings, remarks })
  const notes = witnessed === undefined ? [bytes] : [bytes, witnessed]
  const witnesses = cosignedBy(notes, checkpoint, options, { findings, remarks })
  return { origin, size, root: checkpoint.root.toString('base64'), witnesses, findings, remarks }
}

/** What others kept of this shard; the place's own cosigned checkpoint too, if it is signed as it must be. */
function withWitnessed(
  bytes: string | undefined,
  { trust, earlier }: ShardOptions,
  newest: Checkpoint,
  { findings, remarks }: Pick<ShardReport, 'findings' | 'remarks'>,
): readonly Earlier[] {
  const own = earlier.filter(({ checkpoint }) => checkpoint.origin === newest.origin)
  const kept: Earlier[] = []
  for (const { publicKey } of trust.keys) {
    const signed = bytes === undefined ? null : readSigned(bytes, verifierOf(newest.origin, 1, publicKey))
    if (signed?.kind === 'signed') kept.push({ by: 'witnessed', checkpoint: signed.checkpoint, note: null })
  }
  for (const { by, checkpoint, note } of [...own, ...kept]) {
    // Who holds it against a log has to know that anybody could have written it. One that a key before has signed, of which the
    // auditor did not think, is no reason to call the log unsound.
    if (note !== null && !isOwn(note, checkpoint.origin, trust)) {
      remarks.push(
        finding(
          `${by} 不是由可信的密钥签名的，它说的不能作为证据；如由以前的密钥签名，请用 --key 一并给出。`,
          `${by} is not signed by a trusted key, so what it says is no evidence; if a key before has signed it, give that one with --key too.`,
        ),
      )
    }
    if (checkpoint.size <= newest.size) continue
    findings.push(
      finding(
        `日志被回退：${by} 见过 ${checkpoint.size} 条，现在只有 ${newest.size} 条。`,
        `The log was rolled back: ${by} has seen ${checkpoint.size} entries, and now there are ${newest.size}.`,
      ),
    )
  }
  return [...own, ...kept].filter(({ checkpoint }) => checkpoint.size <= newest.size)
}

const isOwn = (note: string, origin: string, trust: Trust): boolean =>
  trust.keys.some(({ publicKey }) => readSigned(note, verifierOf(origin, 1, publicKey)).kind === 'signed')

async function readEntries(
  prefix: string,
  { size, root }: Checkpoint,
  earlier: readonly Earlier[],
  { runs, isEarliest, onProgress }: ShardOptions,
  report: Pick<ShardReport, 'findings' | 'remarks'>,
): Promise<void> {
  const tree = openUpperTree(prefix, report.findings)
  const bundles = Math.ceil(size / TILE_WIDTH)
  const bundleOf = (entries: number): number => Math.floor(entries / TILE_WIDTH)
  const wanted = earlier.map(({ checkpoint }) => bundleOf(checkpoint.size))
  const stretches = Array.from({ length: Math.ceil(bundles / STRETCH_BUNDLES) }, (_, at) => {
    const from = at * STRETCH_BUNDLES
    return { prefix, size, from, bundles: Math.min(STRETCH_BUNDLES, bundles - from), wanted }
  })
  let bundle = 0
  let last: Uint8Array = new Uint8Array()

  /** With the leaf hashes of the bundle that comes next: the tree as it was when it ended within it. */
  function holdAgainst(leaves: Uint8Array): void {
    for (const { by, checkpoint } of earlier) {
      if (bundleOf(checkpoint.size) !== bundle || checkpoint.size === 0) continue
      const rest = leaves.subarray(0, (checkpoint.size - bundle * TILE_WIDTH) * 32)
      if (tree.root(rest).equals(checkpoint.root)) continue
      report.findings.push(
        finding(
          `前 ${checkpoint.size} 条与 ${by} 见过的不同：日志被改写。`,
          `The first ${checkpoint.size} entries are not what ${by} has seen: the log was rewritten.`,
        ),
      )
    }
  }

  for await (const stretch of checkInOrder(stretches)) {
    join(stretch, runs, isEarliest, report)
    for (let at = 0; at * 32 < stretch.roots.length; at++) {
      holdAgainst(stretch.leaves.get(bundle) ?? new Uint8Array())
      await tree.add(stretch.roots.subarray(at * 32, (at + 1) * 32))
      bundle += 1
    }
    last = stretch.leaves.get(bundle) ?? last
    onProgress(Math.min(size, bundle * TILE_WIDTH), size)
  }
  holdAgainst(last)
  await tree.finish()
  if (!tree.root(last).equals(root) && report.findings.length === 0) {
    report.findings.push(
      finding(
        '树根与签名的不同，而各瓦片与记录相符：整个日志被改写过，仅凭这一份无法指出是哪一条。',
        'The root is not the one that was signed, though tiles and entries agree: the whole was rewritten, and this copy alone cannot tell where.',
      ),
    )
  }
  onProgress(size, size)
}

/** Goes on with the sequences from where the stretch before has left them. */
function join(
  stretch: StretchReport,
  runs: Map<string, NodeRun>,
  isEarliest: boolean,
  report: Pick<ShardReport, 'findings' | 'remarks'>,
): void {
  for (const { node, first, firstIndex, firstTime, last, latest } of stretch.runs) {
    if (!runs.has(node) && first !== 1) {
      const into = isEarliest ? report.remarks : report.findings
      into.push({
        index: firstIndex,
        what: {
          zh: `节点 ${shown(node)} 的序号从 ${first} 开始：之前的记录不在这里。`,
          en: `The sequence of node ${shown(node)} begins with ${first}: the records before it are not here.`,
        },
      })
    }
    follow(runs, { node, seq: first, time: firstTime }, firstIndex, report)
    const run = runs.get(node)!
    run.last = last
    run.latest = Math.max(run.latest, latest)
  }
  report.findings.push(...stretch.findings)
  report.remarks.push(...stretch.remarks)
  report.findings.sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity))
}
