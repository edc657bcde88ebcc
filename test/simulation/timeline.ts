// Simulated time: what is going to happen, in order, one thing after the other; and the trace of what has happened.

import { createHash } from 'node:crypto'
import type { Clock } from '../../src/domain/clock.ts'

export interface Timeline {
  /** Milliseconds since 1970, always whole. */
  now(): number
  /** Lets `happen` happen after so long; things of one moment happen in the order in which they were planned. Gives what takes it back. */
  after(delayMs: number, what: string, happen: () => void): () => void
  /** Enters a line into the trace. */
  note(line: string): void
  /** Lets the next thing happen, and whatever that sets going without waiting. False: nothing is planned any more. */
  step(): Promise<boolean>
  readonly steps: number
  /** Over every line of the trace so far. */
  digest(): string
}

interface Planned {
  readonly at: number
  readonly order: number
  readonly what: string
  happen: (() => void) | null
}

/** `onLine` sees each line of the trace, to print it. */
export function openTimeline(begin: number, onLine: ((line: string) => void) | null): Timeline {
  const hash = createHash('sha256')
  const heap: Planned[] = []
  let now = begin
  let order = 0
  let steps = 0

  function note(line: string): void {
    const whole = `${now - begin} ${line}`
    hash.update(whole).update('\n')
    onLine?.(whole)
  }

  return {
    now: () => now,
    after(delayMs, what, happen) {
      const planned: Planned = { at: now + Math.max(0, Math.round(delayMs)), order: order++, what, happen }
      push(heap, planned)
      return () => {
        planned.happen = null
      }
    },
    note,
    async step() {
      let next = pop(heap)
      while (next !== undefined && next.happen === null) next = pop(heap)
      if (next === undefined) return false
      now = Math.max(now, next.at)
      steps += 1
      if (next.what !== '') note(next.what)
      next.happen?.()
      // A macrotask: every promise that this has settled is carried on to its next wait before it comes.
      await new Promise((resolve) => setImmediate(resolve))
      return true
    },
    get steps() {
      return steps
    },
    digest: () => hash.copy().digest('hex'),
  }
}

/** Something that can end at any moment: nothing that was planned for it happens any more then. */
export interface Life {
  readonly name: string
  readonly isOver: boolean
  end(): void
  after(delayMs: number, what: string, happen: () => void): () => void
}

export function openLife(timeline: Timeline, name: string): Life {
  let isOver = false
  return {
    name,
    get isOver() {
      return isOver
    },
    end() {
      isOver = true
    },
    after: (delayMs, what, happen) =>
      timeline.after(delayMs, what === '' ? '' : `${name}: ${what}`, () => {
        if (!isOver) happen()
      }),
  }
}

/** The clock of one life: after its end no wait of it ever ends. */
export function clockOf(timeline: Timeline, life: Life): Clock {
  return {
    now: timeline.now,
    monotonic: timeline.now,
    delay: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted === true) {
          reject(signal.reason)
          return
        }
        const giveUp = (): void => {
          takeBack()
          reject(signal?.reason)
        }
        const takeBack = life.after(delayMs, '', () => {
          signal?.removeEventListener('abort', giveUp)
          resolve()
        })
        signal?.addEventListener('abort', giveUp, { once: true })
      }),
  }
}

const isBefore = (one: Planned, other: Planned): boolean =>
  one.at < other.at || (one.at === other.at && one.order < other.order)

function push(heap: Planned[], planned: Planned): void {
  let index = heap.length
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(planned, parent)) break
    heap[index] = parent
    index = above
  }
  heap[index] = planned
}

function pop(heap: Planned[]): Planned | undefined {
  const [first] = heap
  const last = heap.pop()
  if (first === undefined || last === undefined || heap.length === 0) return first
  let index = 0
  for (;;) {
    let below = 2 * index + 1
    const [left, right] = [heap[below], heap[below + 1]]
    if (left === undefined) break
    if (right !== undefined && isBefore(right, left)) below += 1
    const least = heap[below]
    if (least === undefined || !isBefore(least, last)) break
    heap[index] = least
    index = below
  }
  heap[index] = last
  return first
}
