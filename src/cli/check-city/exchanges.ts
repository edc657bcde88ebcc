// Listens to what really goes over the wire while a check runs, by the channels that the HTTP client publishes.

import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SubmissionBody } from '../../domain/submission.ts'
import type { Shown } from './finding.ts'
import { mask, maskHeader, personalIn } from './mask.ts'

/** One request as it left, and what came back. */
export interface Exchange {
  readonly method: string
  readonly path: string
  /** Name, value, name, value … */
  readonly headers: readonly string[]
  readonly body: Buffer
  status: number | null
  answerHeaders: readonly string[]
  readonly answer: Buffer[]
}

export interface Exchanges extends Disposable {
  /** Does `work`, and gives what it exchanged beside its result, in order. */
  during<Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly exchanged: readonly Exchange[] }>
}

interface Published {
  readonly request: Readonly<Record<'method' | 'path', string>> & {
    readonly headers: readonly (string | readonly string[])[]
    readonly body: unknown
  }
}

export function openExchanges(): Exchanges {
  const current = new AsyncLocalStorage<Exchange[]>()
  const known = new WeakMap<object, Exchange>()
  const onCreate = (message: unknown): void => {
    const list = current.getStore()
    if (list === undefined) return
    const { request } = message as Published
    const { method, path, headers, body } = request
    const exchange: Exchange = {
      method,
      path,
      headers: headers.map(String),
      body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      status: null,
      answerHeaders: [],
      answer: [],
    }
    known.set(request, exchange)
    list.push(exchange)
  }
  const onHeaders = (message: unknown): void => {
    const { request, response } = message as Published & {
      readonly response: { readonly statusCode: number; readonly headers: readonly Buffer[] }
    }
    const exchange = known.get(request)
    if (exchange === undefined) return
    exchange.status = response.statusCode
    exchange.answerHeaders = response.headers.map((part) => part.toString('latin1'))
  }
  const onChunk = (message: unknown): void => {
    const { request, chunk } = message as Published & { readonly chunk: Buffer }
    known.get(request)?.answer.push(Buffer.from(chunk))
  }
  const heard = {
    'undici:request:create': onCreate,
    'undici:request:headers': onHeaders,
    'undici:request:bodyChunkReceived': onChunk,
  }
  for (const [channel, listener] of Object.entries(heard)) subscribe(channel, listener)

  return {
    async during(work) {
      const exchanged: Exchange[] = []
      return { value: await current.run(exchanged, work), exchanged }
    },
    [Symbol.dispose]() {
      for (const [channel, listener] of Object.entries(heard)) unsubscribe(channel, listener)
    },
  }
}

/** The last exchange, which is the one that a call ended with. `records`: its answer holds what a city knows of somebody. */
export function shownOf(exchanged: readonly Exchange[], body: SubmissionBody | null, records = false): Shown | null {
  const last = exchanged.at(-1)
  if (last === undefined) return null
  const personal = body === null ? [] : personalIn(body)
  const sent = [`${last.method} ${last.path}`, ...headerLines(last.headers), '', textOf(last.body, last.headers)]
  return {
    sent: mask(sent.join('\n').trimEnd(), personal, false),
    received:
      last.status === null
        ? null
        : mask(
            [
              `HTTP ${last.status}`,
              ...headerLines(last.answerHeaders),
              '',
              textOf(Buffer.concat(last.answer), last.answerHeaders),
            ]
              .join('\n')
              .trimEnd(),
            personal,
            records,
          ),
  }
}

/** The answer's words, not masked: to look for something in them. */
export function answerText(exchanged: readonly Exchange[]): string {
  const last = exchanged.at(-1)
  return last === undefined ? '' : textOf(Buffer.concat(last.answer), last.answerHeaders)
}

function headerLines(flat: readonly string[]): string[] {
  return Array.from({ length: flat.length >> 1 }, (_, index) => {
    const name = flat[index * 2] ?? ''
    return `${name}: ${maskHeader(name, flat[index * 2 + 1] ?? '')}`
  })
}

function textOf(bytes: Buffer, headers: readonly string[]): string {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  const type = at < 0 ? '' : (headers[at + 1] ?? '')
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1] ?? 'utf-8'
  let text: string
  try {
    text = new TextDecoder(charset).decode(bytes)
  } catch {
    text = bytes.toString('latin1')
  }
  if (!type.includes('x-www-form-urlencoded')) return text
  // As people read it: what is masked has to be recognized.
  return text.split('&').map(readable).join('\n&')
}

function readable(pair: string): string {
  try {
    return decodeURIComponent(pair.replaceAll('+', ' '))
  } catch {
    return pair
  }
}
