// Asks the cities that cannot call us what happened to their cases.

import type { CityBackend } from '../domain/delivery.ts'
import type { Duty } from '../domain/duty.ts'
import { takeNews } from './news.ts'
import type { Parts } from './parts.ts'

export interface NewsPollerOptions {
  /** Of the gateways that share a store one asks. */
  readonly duty: Duty
  /** Pause between two rounds of one backend. */
  readonly pollMs: number
  /** How many events are asked for at once, 1 to 100. */
  readonly pageMax: number
  /** How many pages of one backend are fetched in a row before the others get their turn. */
  readonly pagesMax: number
  readonly onError: (error: unknown) => void
}

/**
 * Works until disposed; disposing waits for the round under way. Keeps the cursor after the page's events are durable: after a
 * crash in between, the same events come again and change nothing. A failing line is left alone until the next round.
 */
export function openNewsPoller(parts: Parts, options: NewsPollerOptions): AsyncDisposable {
  const { clock, cities } = parts
  const closing = new AbortController()

  const isAtWork = (): boolean => !closing.signal.aborted && options.duty.isOurs()

  async function work(backend: CityBackend): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(options.pollMs, closing.signal).catch(() => undefined)
      if (isAtWork() && backend.isOpenForCalls()) await round(backend).catch(options.onError)
    }
  }

  async function round(backend: CityBackend): Promise<void> {
    const { news: channel, city } = backend
    if (channel?.kind !== 'poll') return
    const source = `${city}/${backend.key}`
    let cursor = await parts.store.newsCursor(source)
    for (let pages = 0; pages < options.pagesMax && isAtWork(); pages += 1) {
      const fetched = await channel.fetch(cursor, options.pageMax)
      if (fetched.kind === 'failed') {
        // A city that lost its data knows our cursor no more. From the beginning again: what has come before changes nothing.
        if (cursor === null || fetched.faultCode !== 'CITY_MESSAGE_REFUSED') return
        cursor = null
        continue
      }
      const { news, next, more } = fetched.page
      for (const event of news) await takeNews(parts, city, event, null)
      if (next !== null && next !== cursor) await parts.store.keepNewsCursor(source, next)
      cursor = next ?? cursor
      if (!more) return
    }
  }

  const working = Promise.all(cities.all.filter(({ news }) => news?.kind === 'poll').map(work))
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
    },
  }
}
