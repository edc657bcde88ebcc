// What stands between a process and its disk: writes wait for each other, may be slow, lost, refused, or done without an answer.

import type { Choices } from '../../src/catalogue/seeded.ts'
import { Fault } from '../../src/domain/fault.ts'
import type { Keyed } from '../../src/domain/ids.ts'
import type { Store } from '../../src/domain/store.ts'
import type { ReadOperation, WriteOperation } from '../../src/store/operations.ts'
import { storeOver, type Disk, type OpenedDisk } from './disk.ts'
import type { Life, Timeline } from './timeline.ts'
import type { Weather, WriteFate } from './weather.ts'

/** As `store.stallMs` of the configuration; the real store notices up to a quarter of it late. */
export const STALL_MS = 5000

const unavailable = (written: 'no' | 'unknown'): Fault =>
  new Fault('STORE_UNAVAILABLE', { cause: Object.assign(new Error('simulated'), { written }) })

export interface SlowStoreOptions {
  readonly disk: Disk
  readonly opened: OpenedDisk
  readonly life: Life
  readonly timeline: Timeline
  readonly choices: Choices
  readonly weather: Weather
  /** Carries a write out, looking at what it does. Throws what the disk throws. */
  readonly carryOut: (operation: WriteOperation) => unknown
  /** The caller of a write has been told that it failed, or that nobody knows. */
  readonly onFailure: (operation: WriteOperation) => void
}

/** Writes are carried out in the order in which they were called, as the one writer thread does it. */
export function openSlowStore(options: SlowStoreOptions): Store & { readonly keyed: Keyed } {
  const { disk, opened, life, timeline, choices, weather, carryOut, onFailure } = options
  /** When the writer has done what it was given so far. */
  let freeAt = 0
  /** From when to when the store refuses everything, because a write has been away for too long. */
  let stalled = { from: 0, until: 0 }

  function write(operation: WriteOperation): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const now = timeline.now()
    const { kind } = operation
    const fail = (delayMs: number, fault: Fault): void => {
      life.after(delayMs, `${kind} fails`, () => {
        onFailure(operation)
        reject(fault)
      })
    }
    const fate = weather.write()
    if (now < stalled.until) fail(stalled.from - now, unavailable('no'))
    else if (fate === 'busy') fail(0, new Fault('STORE_BUSY'))
    else if (fate === 'stalled') {
      stalled = {
        from: Math.max(freeAt, now) + STALL_MS,
        until: Math.max(freeAt, now) + choices.pick(2 * STALL_MS) + STALL_MS,
      }
      freeAt = stalled.until
      fail(stalled.from - now, unavailable('unknown'))
      life.after(freeAt - now, `${kind} is written after all`, () => carryOutQuietly(operation))
    } else {
      freeAt = commitAt(fate, now)
      const delayMs = freeAt - now
      if (fate === 'failed') fail(delayMs, unavailable('no'))
      else if (fate === 'unknown not written') fail(delayMs, unavailable('unknown'))
      else {
        life.after(delayMs, `${kind} is written`, () => {
          try {
            const result = carryOut(operation)
            const answerMs = choices.pick(4)
            if (fate === 'unknown written') fail(answerMs, unavailable('unknown'))
            else life.after(answerMs, `${kind} is answered`, () => resolve(result))
          } catch (error) {
            onFailure(operation)
            reject(error)
          }
        })
      }
    }
    return promise
  }

  /** A batch waits for the one before it, each away for no longer than a stall: two of them at most. */
  function commitAt(fate: WriteFate, now: number): number {
    const tookMs = fate === 'slow' ? STALL_MS / 2 + choices.pick(STALL_MS / 2) : choices.pick(12)
    return Math.max(freeAt, Math.min(Math.max(freeAt, now) + tookMs, now + 2 * STALL_MS))
  }

  /** Nobody waits for it any more. */
  function carryOutQuietly(operation: WriteOperation): void {
    try {
      carryOut(operation)
    } catch {
      // Its caller has been told that nobody knows.
    }
  }

  function read(look: (operation: ReadOperation) => unknown, operation: ReadOperation): Promise<unknown> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const fails = weather.readFails()
    life.after(choices.pick(4), operation.kind, () => {
      try {
        if (fails) throw unavailable('no')
        const result = look(operation)
        life.after(choices.pick(3), '', () => resolve(result))
      } catch (error) {
        reject(error)
      }
    })
    return promise
  }

  return storeOver(
    disk,
    {
      write,
      lookUp: (operation) => read(opened.lookUp, operation),
      search: (operation) => read(opened.search, operation),
      now: timeline.now,
    },
    () => {},
  )
}
