// The sequencer: takes records in the order of their commits into the tree, and signs a checkpoint over them.

import type { Clock } from '../../domain/clock.ts'
import type { LogStore, LogTail } from '../../domain/log.ts'
import { checkpointText } from './checkpoint.ts'
import { openEdge, type Edge, type TileNode } from './edge.ts'
import { isMissing, openHead, type Head } from './head.ts'
import { HASH_BYTES } from './merkle.ts'
import { originOf, shardVerifier, yearOf } from './names.ts'
import { signatureLine } from './note.ts'
import { LogProblem, torn } from './problem.ts'

export interface Sequencer extends AsyncDisposable {
  /** Something was committed: a checkpoint covers it within `everyMs`, or a little later on a busy machine. Costs nothing. */
  wake(): void
  /** Resolves when all records are covered that were durable when it was called. Throws what the store throws. */
  catchUp(): Promise<void>
  /** For how long records have been waiting to be covered, in milliseconds; 0 = none are. */
  behindMs(): number
}

export interface SequencerOptions {
  readonly store: LogStore
  readonly clock: Pick<Clock, 'monotonic' | 'delay'>
  /** The log's origin without a year. A shard keeps the one that it began with. */
  readonly origin: string
  /** At most one checkpoint in this time. */
  readonly everyMs: number
  /** How often it is looked for what other gateways have committed and not covered; absent = there are none. */
  readonly pollMs?: number
  /** Each failed attempt; the next one follows by itself. */
  readonly onError: (error: unknown) => void
  /** The log is not what was signed. Nothing is signed any more. */
  readonly onBroken: (problem: LogProblem) => void
}

// A page is hashed in one go, which takes about as long as a query holds the thread; the next one is read in between.
const PAGE_RECORDS = 256
/** Pages of one step: what was never signed yet (data of an earlier version) is signed bit by bit. */
const PAGES_MAX = 256

/**
 * Opens the log where it was left, which reads little however long it is. Throws LogProblem if it is not what was signed.
 *
 * One step: read what no checkpoint covers, hash it, sign, and put the new checkpoint in the place of the old one, together with
 * what enters the tree above the leaves, in one transaction. Killed anywhere, it has happened wholly or not at all, and the next
 * step takes the same records in the same order. After a failure of which it is not known whether it happened, the log is
 * opened anew. Disposing covers what is left.
 */
export async function openSequencer(options: SequencerOptions): Promise<Sequencer> {
  const { store, clock, everyMs, onError, onBroken } = options
  const closing = new AbortController()
  let head: Head | null = await openHead(store)
  /** False while a step changes the edge, and after one that failed: what the store holds is then read anew. */
  let isKnown = true
  let broken: LogProblem | null = null
  let turn: Promise<unknown> = Promise.resolve()
  /** Since when something waits that the round under way does not take, and what that round takes. */
  let wokenAt: number | null = null
  let takenUp: number | null = null
  let loop: Promise<void> | null = null

  async function readTail(skip: number): ReturnType<LogStore['logTail']> {
    try {
      return await store.logTail(skip, PAGE_RECORDS)
    } catch (error) {
      throw isMissing(error) ? torn(error) : error
    }
  }

  /** Takes records of this year into the edge, from `page` on. `more` = not all that are there. */
  async function gather(edge: Edge, year: number, page: LogTail): Promise<{ nodes: TileNode[]; more: boolean }> {
    const nodes: TileNode[] = []
    let { times, hashes } = page
    let taken = 0
    for (let pages = 1; ; pages++) {
      // Records come nearly in order of time: one of last year that comes late stays where it comes.
      const end = times.findIndex((time) => yearOf(time) > year)
      const count = end < 0 ? times.length : end
      for (let at = 0; at < count; at++)
        nodes.push(...edge.add(hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)))
      taken += count
      if (end >= 0 || pages === PAGES_MAX) return { nodes, more: true }
      if (times.length < PAGE_RECORDS) return { nodes, more: false }
      ;({ times, hashes } = await readTail(taken))
    }
  }

  async function sign(origin: string, year: number, edge: Edge): Promise<string> {
    const text = checkpointText({ origin: originOf(origin, year), size: edge.size(), root: edge.root() })
    const signature = await store.signLog(Buffer.from(text))
    const [key] = store.logKeys
    if (key === undefined) throw new Error('the store has no key for the log')
    return `${text}\n${signatureLine(shardVerifier(origin, year, key.publicKey), signature)}`
  }

  /** One step. Gives whether there is more to do at once. */
  async function step(): Promise<boolean> {
    const base = isKnown ? head : (head = await openHead(store))
    isKnown = true
    const page = await readTail(0)
    const [first] = page.times
    if (first === undefined) return false
    const continues = base !== null && yearOf(first) <= base.year
    const year = continues ? base.year : yearOf(first)
    const origin = continues ? base.origin : options.origin
    const edge = continues ? base.edge : openEdge()
    isKnown = false
    const { nodes, more } = await gather(edge, year, page)
    const checkpoint = await sign(origin, year, edge)
    const isFirst = await store.replaceCheckpoint(base?.checkpoint ?? null, {
      year,
      size: edge.size(),
      checkpoint,
      nodes,
    })
    if (!isFirst) return true
    head = { year, origin, checkpoint, edge }
    isKnown = true
    return more
  }

  /** One after the other, whoever asks. */
  function stepInTurn(): Promise<boolean> {
    const own = turn.then(() => (broken === null ? step() : Promise.reject(broken)))
    turn = own.catch((error: unknown) => {
      if (error instanceof LogProblem && broken === null) onBroken((broken = error))
    })
    return own
  }

  async function catchUp(): Promise<void> {
    while (await stepInTurn());
  }

  async function work(): Promise<void> {
    while (wokenAt !== null) {
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
      takenUp = wokenAt
      wokenAt = null
      try {
        await catchUp()
        takenUp = null
      } catch (error) {
        // What broke it has been told.
        if (broken !== null) break
        onError(error)
        if (closing.signal.aborted) break
        wokenAt = takenUp
      }
    }
    loop = null
  }

  function wake(): void {
    wokenAt ??= clock.monotonic()
    if (!closing.signal.aborted) loop ??= work()
  }

  async function poll(everyPollMs: number): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(everyPollMs, closing.signal).catch(() => undefined)
      wake()
    }
  }
  const polling = options.pollMs === undefined ? null : poll(options.pollMs)

  return {
    wake,
    catchUp,
    behindMs() {
      const since = takenUp ?? wokenAt
      return since === null ? 0 : clock.monotonic() - since
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await polling
      await loop
      if (broken === null) await catchUp().catch(onError)
    },
  }
}
