// What a protocol of a sandbox city is to its server: bytes in, bytes out, with the desk behind it.

import type { IncomingHttpHeaders } from 'node:http'
import type { Desk } from '../desk.ts'
import type { NewsEvent } from '../life.ts'
import type { Place } from '../places.ts'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Null if it was larger than the protocol takes. */
  readonly body: Buffer | null
  readonly peer: Peer | null
}

/** Whoever shows a certificate; null where the connection is plain, or none was shown. */
export interface Peer {
  /** CN of the subject, '' if it has none. */
  readonly name: string
  /** Signed by the authority that the city trusts, within its time, and meant for callers. */
  readonly isTrusted: boolean
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What a protocol is given of its city. */
export interface Context {
  readonly place: Place
  /** The sandbox's folder; what the city shares with the gateway lies in `secrets/` below it. */
  readonly folder: string
  /** The city's own clock, in milliseconds since 1970; wrong while the fault clock-skew holds. */
  now(): number
  /** Whether what is signed at this moment must not verify: the fault wrong-signature. */
  signsWrong(): boolean
  /** Whether each token or fetched secret counts as over: the fault expired-tokens. */
  tokensAreOver(): boolean
}

/** A call of the city to its callers, with news. */
export interface PushCall {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Push {
  /** Made anew for each attempt: times and signatures are of the moment. */
  encode(event: NewsEvent): PushCall
  /** `call` is the attempt that was answered. */
  isAcknowledged(answer: { readonly status: number; readonly body: Buffer }, call: PushCall): boolean
}

/** What a server over mutual TLS needs, each in PEM. Whoever shows no certificate, or another, is told to the protocol all the same. */
export interface ServerTls {
  readonly key: string
  readonly cert: string
  /** The authority that has signed the certificates of those who may call. */
  readonly ca: string
}

export interface Protocol {
  /** Never throws for what a caller may send; throws if the city itself is at fault, after which `broken` is the answer. */
  handle(request: WireRequest, desk: Desk): Promise<WireReply>
  readonly broken: WireReply
  /** How large a body may be, where not BODY_BYTES_MAX: uploads of materials are larger. */
  bodyBytesMax?(request: Pick<WireRequest, 'method' | 'path' | 'headers'>): number
  /** An answer that breaks off, for the fault `garbage`. */
  readonly truncated: WireReply
  /** What stands in front of the city when it is unwell, for the faults `error-500` and `garbage`; absent = as anywhere. */
  readonly errorPage?: WireReply
  /** What the city says while it is in maintenance, for the fault of that name; absent = an HTTP 503 of what stands in front of it. */
  readonly maintenance?: (request: WireRequest) => WireReply
  /** Null where news are only asked for. */
  readonly push: Push | null
  /** Null where the city speaks plain HTTP. */
  readonly tls: ServerTls | null
  /** Ends all tokens or secrets that were given out; null where there are none. */
  readonly expireTokens: (() => void) | null
}

export const BODY_BYTES_MAX = 1_048_576

/** Whether a Content-Type is `type`, with no charset or with UTF-8. */
export function isMediaType(header: string | undefined, type: string): boolean {
  const [given, ...parameters] = (header ?? '').toLowerCase().split(';')
  return given!.trim() === type && parameters.every((parameter) => /^\s*charset="?utf-8"?\s*$/.test(parameter))
}

/** UTF-8 bytes as text, null if they are not valid UTF-8. */
export function readUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

/** The JSON object in the bytes, null if there is none. */
export function readJsonObject(bytes: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(readUtf8(bytes) ?? '')
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
