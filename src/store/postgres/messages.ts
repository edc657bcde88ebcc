// What a thread of the store and the thread that holds its connection say to each other.

import type { MessagePort } from 'node:worker_threads'
import type { SqlRow, SqlValue } from '../sql.ts'

/** In PEM. The certificate of the server and its host are checked: by `ca`, or by the authorities that everybody trusts. */
export interface PostgresTls {
  readonly ca: string | null
  /** What the gateway shows of itself. */
  readonly own: { readonly cert: string; readonly key: string } | null
}

/** Where the database is, and how long anything may take. Goes to the driver as it is. */
export interface PostgresAddress {
  /** `postgres://user@host:port/database`, without a password. */
  readonly url: string
  readonly password: string | null
  /** Null = by the address's own `sslmode`. */
  readonly tls: PostgresTls | null
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
}

export interface Sent {
  readonly text: string
  /** Null: a script of several statements. */
  readonly values: readonly SqlValue[] | null
}

export interface Answered {
  readonly rows: readonly SqlRow[]
  readonly changes: number
  readonly command: string
}

/** `code`: SQLSTATE, or the code of a socket's error; `lost`: the connection is no more. */
export interface Refused {
  readonly code: string
  readonly message: string
  readonly lost: boolean
}

/** `no` comes back with the reply: one that nobody waits for any more is passed over. */
export type ToLink =
  | { readonly no: number; readonly connect: PostgresAddress; readonly readOnly: boolean; readonly name: string }
  | { readonly no: number; readonly send: readonly Sent[] }
  | { readonly no: number; readonly close: true }

export type FromLink =
  { readonly no: number; readonly answered: readonly Answered[] } | { readonly no: number; readonly refused: Refused }

/** One connection's way to its socket: the flag is raised when a reply lies at the port. */
export interface Line {
  readonly port: MessagePort
  readonly flag: SharedArrayBuffer
}
