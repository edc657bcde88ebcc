// The thread that holds the sockets to PostgreSQL. Threads that do the work wait for it as they would for a disk.

import { Socket } from 'node:net'
import { parentPort } from 'node:worker_threads'
import { Client, DatabaseError, TypeOverrides, types as builtIn, type QueryResult } from 'pg'
import type { SqlRow } from '../sql.ts'
import type { Answered, FromLink, Line, PostgresAddress, Refused, Sent, ToLink } from './messages.ts'

// As SQLite gives them: numbers as numbers, truth as 1 and 0. Bytes of their own: what lies in a shared pool would be copied whole.
const BOOL = 16
const BYTEA = 17
const INT8 = 20
const NUMERIC = 1700
const bytesOf: (text: string) => Buffer = builtIn.getTypeParser(BYTEA)
const types = new TypeOverrides()
types.setTypeParser(BOOL, (text: string) => (text === 't' ? 1 : 0))
types.setTypeParser(BYTEA, (text: string) => new Uint8Array(bytesOf(text)))
types.setTypeParser(INT8, Number)
types.setTypeParser(NUMERIC, Number)

const LOCK_TIMEOUT_MS = 10_000
/** A process that stands still in the middle of a transaction loses it, and the next one goes on. */
const IDLE_IN_TRANSACTION_MS = 10_000

/** The driver takes from the address what stands in it, and would pass over what stands beside it. */
function addressOf({ url, password, tls }: PostgresAddress): string {
  const whole = new URL(url)
  if (password !== null) whole.password = encodeURIComponent(password)
  if (tls !== null) whole.searchParams.delete('sslmode')
  return whole.href
}

interface Connected {
  readonly client: Client
  /** To be destroyed where the server does not answer any more: the driver would wait for it. */
  readonly socket: Socket
}

async function connect(address: PostgresAddress, readOnly: boolean, name: string): Promise<Connected> {
  const { tls, connectTimeoutMs, statementTimeoutMs } = address
  const socket = new Socket()
  const client = new Client({
    connectionString: addressOf(address),
    ...(tls === null ? {} : { ssl: { ...tls.own, ...(tls.ca === null ? {} : { ca: tls.ca }) } }),
    stream: () => socket,
    types,
    pipeline: true,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  })
  // Whoever uses it hears of its end by what it asks next.
  client.on('error', () => undefined)
  try {
    await client.connect()
    // Only what is on the disk is acknowledged, whatever the server's own setting.
    await client.query(`SET synchronous_commit = on; SET default_transaction_read_only = ${readOnly ? 'on' : 'off'}`)
    return { client, socket }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The names of prepared statements, the same on each connection. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  const known = names.get(text)
  if (known !== undefined) return known
  const name = `s${names.size + 1}`
  names.set(text, name)
  return name
}

/** All at once, and each is carried out after the one before it. Throws the first error of them. */
async function send(client: Client, sent: readonly Sent[]): Promise<readonly Answered[]> {
  const settled = await Promise.allSettled(
    sent.map(({ text, values }) =>
      client.query(values === null ? { text } : { name: nameOf(text), text, values: [...values] }),
    ),
  )
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    // A script of several statements has a result for each.
    const result = Array.isArray(one.value) ? (one.value.at(-1) as QueryResult) : one.value
    return { rows: result.rows as SqlRow[], changes: result.rowCount ?? 0, command: result.command }
  })
}

/** Classes of SQLSTATE whose messages may quote values: the code alone is told. */
const QUOTES = /^(?:22|23)/
/** The server ends the connection with these: idle too long in a transaction, shut down, crashed. */
const ENDS = /^(?:25P03|57P0[1-5]|08)/
/** A newer gateway has added a column: what this session has prepared is of no use any more, and a new session prepares it anew. */
const OUTDATED = /^cached plan must not change result type/

function refusedOf(error: unknown): Refused {
  const { code = '', message } = error as { code?: string; message: string }
  const fromServer = error instanceof DatabaseError
  return {
    code,
    message: fromServer && QUOTES.test(code) ? `PostgreSQL refused it (SQLSTATE ${code})` : message,
    lost: !fromServer || ENDS.test(code) || OUTDATED.test(message),
  }
}

function serve({ port, flag }: Line): void {
  const raised = new Int32Array(flag)
  let held: Connected | undefined

  async function carryOut(message: ToLink): Promise<readonly Answered[]> {
    if ('connect' in message) {
      held?.socket.destroy()
      held = undefined
      held = await connect(message.connect, message.readOnly, message.name)
      return []
    }
    if ('close' in message) {
      await held?.client.end().catch(() => undefined)
      held = undefined
      return []
    }
    if (held === undefined) throw new Error('there is no connection')
    return send(held.client, message.send)
  }

  async function answer(message: ToLink): Promise<void> {
    const { no } = message
    const reply: FromLink = await carryOut(message).then(
      (answered) => ({ no, answered }),
      (error: unknown) => ({ no, refused: refusedOf(error) }),
    )
    port.postMessage(reply)
    Atomics.store(raised, 0, 1)
    Atomics.notify(raised, 0)
    if ('close' in message) port.close()
  }

  port.on('message', (message: ToLink) => void answer(message))
}

parentPort?.on('message', (message: Line | { readonly end: true }) => {
  if ('end' in message) parentPort?.close()
  else serve(message)
})
