// Has the newest checkpoints cosigned by the witnesses of the configuration, beside everything else: nobody waits for it.

import type { Clock } from '../../domain/clock.ts'
import type { LogShard, LogStore } from '../../domain/log.ts'
import type { WitnessState, WitnessView } from '../../domain/witness.ts'
import { askWitness, type Post, type WitnessEntry, type WitnessReply } from './ask-witness.ts'
import { cosignedAt, readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { readNote } from './note.ts'

export interface Witnessing extends AsyncDisposable {
  /** Asks about what has been signed by now, without waiting for the next round. Resolves when it is done. */
  ask(): Promise<void>
  witnesses(): readonly WitnessView[]
  /** For how long the newest checkpoint has had fewer cosignatures than required, in milliseconds; 0 = it has enough. */
  lackingMs(): number
}

export interface WitnessingOptions {
  readonly store: LogStore
  readonly clock: Pick<Clock, 'monotonic' | 'delay'>
  readonly witnesses: readonly WitnessEntry[]
  /** How many must have cosigned for a checkpoint to be kept as witnessed; of 0, one is enough. */
  readonly required: number
  readonly everyMs: number
  readonly post: Post
  /** A witness is in another state than before. */
  readonly onState: (state: WitnessView & { readonly why: string }) => void
  /** The newest checkpoint has fewer cosignatures than required, or has enough again: told once each. */
  readonly onLacking: (isLacking: boolean) => void
  /** The store could not be read or written; the next round follows by itself. */
  readonly onError: (error: unknown) => void
}

interface Asked {
  readonly entry: WitnessEntry
  state: WitnessState
  size: number
  /** By origin: how many entries it has seen, and its line under the newest checkpoint that it cosigned. */
  readonly seen: Map<string, number>
  readonly lines: Map<string, { readonly text: string; readonly line: string }>
}

/**
 * Rounds follow each other while there are witnesses. A checkpoint that enough of them have cosigned is kept with their lines;
 * until then the one before stays in its place. Killed anywhere, nothing is lost: a witness that has cosigned more than was kept
 * says so when it is asked again.
 */
export function openWitnessing(options: WitnessingOptions): Witnessing {
  const { store, clock, required, everyMs, post, onState, onLacking, onError } = options
  const closing = new AbortController()
  const asked = options.witnesses.map((entry): Asked => ({
    entry,
    state: 'waiting',
    size: 0,
    seen: new Map(),
    lines: new Map(),
  }))
  let lackingSince: number | null = null

  function note(one: Asked, { state, why }: WitnessReply, size: number): void {
    const isNews = one.state !== state
    one.state = state
    if (state === 'agrees') one.size = size
    if (isNews) onState({ name: one.entry.verifier.name, state, size: one.size, why })
  }

  async function askOne(one: Asked, shard: LogShard, checkpoint: Checkpoint, text: string): Promise<void> {
    const { origin } = checkpoint
    if (one.lines.get(origin)?.text === text) return
    const reply = await askWitness({
      witness: one.entry,
      checkpoint,
      note: shard.checkpoint,
      seen: one.seen.get(origin) ?? sizeSeenBy(one.entry, shard),
      readTile: async ({ level, index, width }) => {
        const tile = await store.logTile(shard.year, level ?? 0, index, width)
        if (tile === null) throw new Error(`tile ${level}/${index} of ${shard.year} is not covered by its checkpoint`)
        return tile
      },
      post,
      stop: closing.signal,
    })
    if (closing.signal.aborted) return
    one.seen.set(origin, reply.seen)
    if (reply.line !== null) one.lines.set(origin, { text, line: reply.line })
    note(one, reply, checkpoint.size)
  }

  /** Gives whether enough have cosigned it. */
  async function askAbout(shard: LogShard): Promise<boolean> {
    const text = readNote(shard.checkpoint)?.text ?? ''
    const checkpoint = readCheckpoint(text)
    if (checkpoint === null) throw new Error(`the checkpoint of ${shard.year} cannot be read`)
    await Promise.all(asked.map((one) => askOne(one, shard, checkpoint, text)))
    const lines = asked.flatMap(({ lines: all }) => {
      const own = all.get(checkpoint.origin)
      return own?.text === text ? [own.line] : []
    })
    if (lines.length < Math.max(1, required)) return required === 0
    const witnessed = `${shard.checkpoint}${lines.join('')}`
    if (witnessed !== shard.witnessed) await store.keepWitnessed(shard.year, witnessed)
    return true
  }

  async function round(): Promise<void> {
    if (asked.length === 0) return
    try {
      const shards = await store.logShards()
      let isEnough = true
      // A year that is over is asked about until it has what it needs, the one that grows in every round.
      for (const [at, shard] of shards.entries()) {
        const isNewest = at === shards.length - 1
        if (!isNewest && isWitnessed(shard)) continue
        if (!(await askAbout(shard)) && isNewest) isEnough = false
      }
      if (isEnough === (lackingSince === null)) return
      lackingSince = isEnough ? null : clock.monotonic()
      onLacking(!isEnough)
    } catch (error) {
      onError(error)
    }
  }

  let turn: Promise<void> = Promise.resolve()
  const ask = (): Promise<void> => (turn = turn.then(round))

  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      await ask()
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
    }
  }
  const working = asked.length === 0 ? Promise.resolve() : work()

  return {
    ask,
    witnesses: () => asked.map(({ entry, state, size }) => ({ name: entry.verifier.name, state, size })),
    lackingMs: () => (lackingSince === null ? 0 : clock.monotonic() - lackingSince),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
      await turn
    },
  }
}

/** Whether the whole of the shard is kept as witnessed. */
function isWitnessed({ size, witnessed }: LogShard): boolean {
  return witnessed !== null && readCheckpoint(readNote(witnessed)?.text ?? '')?.size === size
}

/** How much the witness has seen as far as was kept: after a start nothing else is known. */
function sizeSeenBy({ verifier }: WitnessEntry, { witnessed }: LogShard): number {
  const note = witnessed === null ? null : readNote(witnessed)
  if (note === null || cosignedAt(note, verifier) === null) return 0
  return readCheckpoint(note.text)?.size ?? 0
}
