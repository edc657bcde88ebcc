// What a protocol of a sandbox city is to its server: bytes in, bytes out, with the desk behind it.

import type { IncomingHttpHeaders } from 'node:http'
import type { Desk } from '../desk.ts'

export interface WireRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Null if it was larger than BODY_BYTES_MAX. */
  readonly body: Buffer | null
}

export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export interface Protocol {
  /** Never throws for what a caller may send; throws if the city itself is at fault, after which `broken` is the answer. */
  handle(request: WireRequest, desk: Desk): Promise<WireReply>
  readonly broken: WireReply
  /** An answer that breaks off, for the fault `garbage`. */
  readonly truncated: WireReply
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
