// Brings one message over HTTP: to the address that was looked at and no other, bounded in time, and never led on elsewhere.

import { lookup as lookUp } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { request as requestTls } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import type { Clock } from '../domain/clock.ts'
import type { WebhookFailure, WebhookSend, WebhookSent } from '../domain/webhook.ts'
import { mayCallAddress } from './addresses.ts'
import { signedHeaders } from './signature.ts'

// Not by an import: see src/http/server.ts.
const { request: requestPlain } = process.getBuiltinModule('node:http')

/** All addresses of a name. Rejects where there is none. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface SendOptions {
  readonly clock: Clock
  /** For looking up the name, connecting, sending and the whole answer together. */
  readonly timeoutMs: number
  /** Names that may lead to private addresses. */
  readonly privateHosts: readonly string[]
  /** Whether this machine itself may be called, and without TLS: in the sandbox. */
  readonly loopback: boolean
  readonly resolve: Resolve
}

/**
 * By the machine's own look-up, which takes one of few threads for as long as a name server hangs: so only `atOnceMax` at a time, and
 * files and cities keep the others. Who has to wait does so within the time of the attempt.
 */
export function openResolve(atOnceMax: number): Resolve {
  const turns: (() => void)[] = []
  let underWay = 0
  return async (host) => {
    if (underWay >= atOnceMax) await new Promise<void>((resolve) => turns.push(resolve))
    else underWay += 1
    try {
      return (await lookUp(host, { all: true, verbatim: true })).map(({ address }) => address)
    } finally {
      const next = turns.shift()
      if (next === undefined) underWay -= 1
      else next()
    }
  }
}

/** What it says beside the status is nothing to us; so much of it is let run past. */
const ANSWER_BYTES_MAX = 65_536

class AddressRefused extends Error {}

export function openSend(options: SendOptions): WebhookSend {
  const { clock, timeoutMs } = options

  return async (endpoint, message, closing) => {
    const url = new URL(endpoint.address)
    const host = url.hostname.replaceAll(/^\[|\]$/g, '')
    const over = new AbortController()
    const timedOut = clock.delay(timeoutMs, over.signal).then(
      (): WebhookSent => failed('timeout'),
      () => null,
    )
    const cutting = new AbortController()
    const cut = (): void => cutting.abort()
    closing.addEventListener('abort', cut)
    if (closing.aborted) cut()
    const sent = call(url, host, cutting.signal)
    try {
      return (await Promise.race([sent, timedOut])) ?? failed('timeout')
    } finally {
      over.abort()
      cut()
      closing.removeEventListener('abort', cut)
    }

    function call(to: URL, name: string, signal: AbortSignal): Promise<WebhookSent> {
      return new Promise((resolve) => {
        // A name is looked at as it is resolved, below; a number never is.
        if (isIP(name) !== 0 && !mayCallAddress(name, name, options)) {
          resolve(failed('address-refused'))
          return
        }
        const send = to.protocol === 'https:' ? requestTls : requestPlain
        const outgoing = send(
          to,
          {
            method: 'POST',
            signal,
            agent: false,
            lookup: checkedLookup(options),
            maxHeaderSize: 16_384,
            headers: {
              'content-type': 'application/cloudevents+json; charset=utf-8',
              'content-length': Buffer.byteLength(message.body),
              'user-agent': 'cross-city-gateway',
              ...signedHeaders(endpoint.secrets, message),
            },
          },
          (answer) => {
            const answered = {
              kind: 'answered',
              status: answer.statusCode ?? 0,
              retryAfterMs: retryAfterOf(answer),
            } as const
            // A program that is cut off before it has said all may give up what it was doing with the message.
            let bytes = 0
            answer.on('data', (chunk: Buffer) => {
              bytes += chunk.length
              if (bytes <= ANSWER_BYTES_MAX) return
              resolve(answered)
              answer.destroy()
            })
            answer.on('end', () => resolve(answered))
            answer.on('error', () => resolve(failed('broken-off')))
          },
        )
        outgoing.on('error', (error) => resolve(failed(sorted(error))))
        outgoing.end(message.body)
      })
    }
  }
}

/** Gives the connection the very addresses that were checked: asked again, a name could lead elsewhere (DNS rebinding). */
function checkedLookup(options: SendOptions): LookupFunction {
  const find = callbackify(async (host: string) => {
    const addresses = await options.resolve(host)
    // One that leads anywhere it must not is not to be trusted with the others.
    const [first] = addresses
    if (first === undefined || !addresses.every((address) => mayCallAddress(address, host, options))) {
      throw new AddressRefused()
    }
    return { first, entries: addresses.map((address) => ({ address, family: isIP(address) })) }
  })
  return (host, { all }, done) => {
    find(host, (error, found) => {
      if (error !== null) done(error, '', 0)
      else if (all === true) done(null, found.entries)
      else done(null, found.first, isIP(found.first))
    })
  }
}

const failed = (why: WebhookFailure): WebhookSent => ({ kind: 'failed', why })

const CONNECTING: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
])

/** The error's own words may hold what the other side said: only its kind is kept. */
function sorted(error: NodeJS.ErrnoException): WebhookFailure {
  if (error instanceof AddressRefused) return 'address-refused'
  const code = error.code ?? ''
  if (CONNECTING.has(code)) return 'unreachable'
  return /CERT|ERR_TLS|ERR_SSL|SELF_SIGNED|UNABLE_TO|EPROTO/.test(code) ? 'certificate' : 'broken-off'
}

/** In seconds; a date there is left alone, since clocks differ. */
function retryAfterOf({ headers }: IncomingMessage): number | null {
  const value = headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(value) ? Number(value) * 1000 : null
}
