// Brings a city's news to the gateway, again and again until they are acknowledged or three days old.

import { join } from 'node:path'
import { openJournal, readIfThere, readJournal } from './disk.ts'
import type { NewsFlaw } from './faults.ts'
import type { NewsEvent } from './life.ts'
import type { Push } from './protocols/wire.ts'

const FIRST_PAUSE_MS = 1000
const PAUSE_MS_MAX = 300_000
const GIVE_UP_MS = 3 * 24 * 3_600_000
const CALL_MS = 10_000
/** How long shuffled news wait for later ones to overtake them. */
const SHUFFLE_MS = 300

export interface Pusher extends AsyncDisposable {
  push(event: NewsEvent): void
}

/**
 * `path` keeps what was acknowledged, so that a restart goes on with the rest of `earlier`. The gateway's address is read from
 * gateway.json in the data folder for each attempt: it may come up later, or elsewhere.
 */
export async function openPusher(options: {
  readonly city: string
  readonly dataDir: string
  readonly path: string
  readonly push: Push
  readonly earlier: readonly NewsEvent[]
  readonly flaw: () => NewsFlaw | null
}): Promise<Pusher> {
  const { city, push } = options
  const acknowledged = new Set((readJournal(options.path) as readonly { readonly id: string }[]).map(({ id }) => id))
  const journal = await openJournal(options.path)
  const timers = new Set<NodeJS.Timeout>()
  const held: NewsEvent[] = []
  const closing = new AbortController()

  function later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, ms)
    timer.unref()
    timers.add(timer)
  }

  async function attempt(event: NewsEvent, pauseMs: number): Promise<void> {
    if (closing.signal.aborted) return
    if (await isTaken(event)) {
      if (!closing.signal.aborted) await journal.append({ id: event.id })
    } else if (Date.now() - Date.parse(event.at) < GIVE_UP_MS) {
      later(pauseMs, () => void attempt(event, Math.min(pauseMs * 2, PAUSE_MS_MAX)))
    }
  }

  async function isTaken(event: NewsEvent): Promise<boolean> {
    try {
      const gateway = addressIn(options.dataDir)
      if (gateway === null) return false
      const call = push.encode(event)
      const response = await fetch(`${gateway}/v1/cities/${city}/events`, {
        method: 'POST',
        headers: call.headers,
        body: new Uint8Array(call.body),
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(CALL_MS), closing.signal]),
      })
      return push.isAcknowledged({ status: response.status, body: Buffer.from(await response.arrayBuffer()) }, call)
    } catch {
      return false
    }
  }

  for (const event of options.earlier) if (!acknowledged.has(event.id)) void attempt(event, FIRST_PAUSE_MS)

  return {
    push(event) {
      const flaw = options.flaw()
      if (flaw === 'shuffled-news') {
        held.push(event)
        later(SHUFFLE_MS, () => {
          const last = held.pop()
          if (last !== undefined) void attempt(last, FIRST_PAUSE_MS)
        })
        return
      }
      void attempt(event, FIRST_PAUSE_MS)
      if (flaw === 'duplicate-news') void attempt(event, FIRST_PAUSE_MS)
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      for (const timer of timers) clearTimeout(timer)
      await journal[Symbol.asyncDispose]()
    },
  }
}

function addressIn(dataDir: string): string | null {
  const content = readIfThere(join(dataDir, 'gateway.json'))
  return content === null ? null : (JSON.parse(content) as { readonly address: string }).address
}
