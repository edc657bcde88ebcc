// A connection to PostgreSQL that is used as an embedded one is: each call waits for its answer, and this thread with it.

import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { SqlRow, SqlScripts, SqlValue, Statement } from '../sql.ts'
import { scriptOf, statementOf } from './dialect.ts'
import type { Answered, FromLink, Line, PostgresAddress, Refused, Sent, ToLink } from './messages.ts'

/** `code`: SQLSTATE, or that of a socket's error. `lost`: the connection is no more. */
export class PostgresError extends Error {
  readonly code: string
  readonly lost: boolean

  constructor({ code, message, lost }: Refused) {
    super(message)
    this.name = 'PostgresError'
    this.code = code
    this.lost = lost
  }
}

export const isLost = (error: unknown): boolean => error instanceof PostgresError && error.lost

export interface PostgresConnection extends SqlScripts {
  /** Anew if there was one before. Throws PostgresError. */
  connect(): void
  readonly isConnected: boolean
  /** Sends what has been run and not been waited for, and waits for all of it; throws the first error. */
  flush(): void
  /** One statement for PostgreSQL as it is, after all that was run before. */
  send(text: string, ...values: readonly SqlValue[]): Answered
  /** One statement that nobody waits for, where there is a connection. What it fails with, the next one will. */
  post(text: string): void
  /** Drops what was run and has not been sent. */
  forget(): void
  close(): void
}

export interface ConnectionOptions {
  readonly line: Line
  readonly address: PostgresAddress
  readonly readOnly: boolean
  /** As the server lists it. */
  readonly name: string
}

/** Its reply is passed over. */
const UNASKED = 0

interface Pending {
  readonly sent: Sent
  answered: Answered | undefined
}

/** How much longer than the server's own bounds an answer may take: then the server is out of reach. */
const GRACE_MS = 5_000

export function openConnection({ line, address, readOnly, name }: ConnectionOptions): PostgresConnection {
  const ask = openAsking(line, address.statementTimeoutMs + GRACE_MS)
  let isConnected = false
  let pending: Pending[] = []

  function asked(message: Omit<Extract<ToLink, { send: unknown }>, 'no'>): readonly Answered[] {
    if (!isConnected) throw new PostgresError({ code: '08003', message: 'there is no connection', lost: true })
    try {
      return ask(message)
    } catch (error) {
      if (isLost(error)) isConnected = false
      throw error
    }
  }

  function flush(): void {
    if (pending.length === 0) return
    const all = pending
    pending = []
    const answers = asked({ send: all.map(({ sent }) => sent) })
    for (const [index, one] of all.entries()) one.answered = answers[index]
  }

  /** What nobody needs the result of travels with the next one that somebody does. */
  function later(text: string, values: readonly SqlValue[]): Pending {
    const one: Pending = { sent: { text, values: values.map(sendable) }, answered: undefined }
    pending.push(one)
    return one
  }

  function answerOf(one: Pending): Answered {
    if (one.answered === undefined) flush()
    if (one.answered === undefined) throw new Error('a statement failed before this one')
    return one.answered
  }

  function send(text: string, ...values: readonly SqlValue[]): Answered {
    return answerOf(later(text, values))
  }

  function prepare(sql: string): Statement {
    const text = statementOf(sql)
    return {
      run(...values) {
        const one = later(text, values)
        return {
          get changes() {
            return answerOf(one).changes
          },
          get lastInsertRowid() {
            return Number(answerOf(one).rows[0]?.['rowid'] ?? 0)
          },
        }
      },
      get: (...values) => send(text, ...values).rows[0],
      all: (...values) => send(text, ...values).rows as SqlRow[],
    }
  }

  return {
    prepare,
    exec(sql) {
      flush()
      asked({ send: [{ text: scriptOf(sql), values: null }] })
    },
    connect() {
      pending = []
      isConnected = false
      ask({ connect: address, readOnly, name })
      isConnected = true
    },
    get isConnected() {
      return isConnected
    },
    flush,
    send,
    post(text) {
      if (isConnected) line.port.postMessage({ no: UNASKED, send: [{ text, values: [] }] } satisfies ToLink)
    },
    forget() {
      pending = []
    },
    close() {
      isConnected = false
      ask({ close: true })
    },
  }
}

/**
 * A view of a larger buffer would travel with all of it. A text of PostgreSQL holds no NUL: U+FFFD stands for it, as for half of a
 * surrogate pair, so that a number which somebody made up is nobody's here too, and not an error.
 */
function sendable(value: SqlValue): SqlValue {
  if (typeof value === 'string') return value.replaceAll('\0', '\uFFFD')
  if (!(value instanceof Uint8Array)) return value
  return value.byteLength === value.buffer.byteLength ? value : Uint8Array.prototype.slice.call(value)
}

type Question = ToLink extends infer Message ? (Message extends ToLink ? Omit<Message, 'no'> : never) : never

/** Asks and waits: the link's thread raises the flag when the reply lies at the port. */
function openAsking({ port, flag }: Line, waitMs: number): (question: Question) => readonly Answered[] {
  const raised = new Int32Array(flag)
  let no = 0
  return (question) => {
    no += 1
    port.postMessage({ ...question, no })
    for (let waited = ''; ; waited = Atomics.wait(raised, 0, 0, waitMs)) {
      // Lowered before the port is looked at: what comes after that look raises it again.
      Atomics.store(raised, 0, 0)
      for (let reply = received(port); reply !== undefined; reply = received(port)) {
        if (reply.no !== no) continue
        if ('refused' in reply) throw new PostgresError(reply.refused)
        return reply.answered
      }
      if (waited === 'timed-out') {
        throw new PostgresError({ code: '08000', message: `no answer in ${waitMs} ms`, lost: true })
      }
    }
  }
}

const received = (port: MessagePort): FromLink | undefined =>
  receiveMessageOnPort(port)?.message as FromLink | undefined
