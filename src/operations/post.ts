// Sends a small text to a witness and takes a small text back, within a bounded time.

import type { Clock } from '../domain/clock.ts'

/** What a witness says is a line or two. */
const ANSWER_BYTES_MAX = 16 * 1024

interface Posted {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Follows no redirects. Throws if there is no answer within `timeoutMs`, or one that is longer than any can be. */
export function openPost(clock: Pick<Clock, 'delay'>, timeoutMs: number) {
  return async (address: string, body: string, stop: AbortSignal): Promise<Posted> => {
    const over = new AbortController()
    const done = new AbortController()
    clock.delay(timeoutMs, done.signal).then(
      () => over.abort(new Error(`no answer within ${timeoutMs} ms`)),
      () => undefined,
    )
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        body,
        redirect: 'error',
        signal: AbortSignal.any([over.signal, stop]),
      })
      return {
        status: response.status,
        type: response.headers.get('content-type') ?? '',
        body: await textOf(response),
      }
    } catch (error) {
      // fetch says "fetch failed"; why it did stands in the cause.
      const { cause } = error as { readonly cause?: unknown }
      throw cause instanceof Error ? cause : error
    } finally {
      done.abort()
    }
  }
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`an answer of more than ${ANSWER_BYTES_MAX} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
