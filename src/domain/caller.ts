// One authenticated HTTP request as handling/ sees it, and what handling gives back to be answered.

import type { Fault } from './fault.ts'
import type { Principal } from './words.ts'

export interface Caller {
  readonly principal: Principal
  readonly requestId: string
  readonly method: string
  /** The route's pattern, e.g. `/v1/items/:code/queries`. */
  readonly route: string
  /** Aborts when the caller goes away. Reading calls to a city end with it, writing ones do not. */
  readonly gone: AbortSignal
}

/** A body as it came: its bytes (for digests and fingerprints) and what strict JSON parsing made of them. */
export interface ReceivedBody {
  readonly bytes: Buffer
  readonly value: unknown
}

/** An answer whose evidence is already durable: `recordId` goes out as the `Audit-Record` header. */
export type Handled =
  | {
      readonly recordId: string
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      /** Of a file: its pieces, as they are read. */
      readonly body: string | Buffer | AsyncIterable<Uint8Array>
    }
  | { readonly recordId: string; readonly fault: Fault }
