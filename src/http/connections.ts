// Who is connected: each connection is served one request at a time, and none may leave its answers unread for ever.

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Clock } from '../domain/clock.ts'
import type { Drainable } from '../operations/drain.ts'

/** Requests that may wait behind the one being served: browsers send none ahead, programs rarely more than a handful. */
const WAITING_MAX = 16

const LOOK_EVERY_MS = 5000

/** Where files come in, which take longer than forms do. */
const UPLOADS = /^\/v1\/materials(?:\?|$)/

export interface Connections extends Drainable, AsyncDisposable {
  /** Takes the server's requests and hands them to `serve`; to be called before the server listens. */
  watch(server: Server, serve: RequestListener): void
  /**
   * Calls `answer` when it is the turn of what could not be read as a request: at once, or after the answers to all that
   * came whole before it on the connection. Only the first call for a connection counts.
   */
  inTurn(socket: Socket, answer: () => void): void
  /** Whether another request already waits behind the one being served. */
  isAwaited(socket: Socket): boolean
}

/** What was too much since the last report. */
export interface Excess {
  /** Connections closed without an answer because `connectionsMax` were open. */
  readonly refused: number
  /** Connections cut because their caller did not read within `answerTimeoutMs`. */
  readonly unread: number
}

interface Connection {
  current: ServerResponse | null
  readonly waiting: ServerResponse[]
  /** On the monotonic clock: since when the current request is being served. */
  begunAt: number
  /** More was sent ahead than may wait: nothing is taken any more, and the last that waits is the last that is answered. */
  full: boolean
  unreadable: (() => void) | null
  /** On the monotonic clock: when it was first seen that the caller does not read; null = it does. */
  unreadSince: number | null
  /** Goes on with the next request; one function for all of them, since each request has to be listened to. */
  readonly proceed: () => void
}

export function openConnections(options: {
  readonly clock: Clock
  readonly connectionsMax: number
  readonly answerTimeoutMs: number
  /** Within which a request must have arrived, from its first byte to its last. */
  readonly requestTimeoutMs: number
  /** The same for a file that is uploaded. Node's own bound is one for all requests, and has to be the longer. */
  readonly uploadTimeoutMs: number
  /** Called at most once in five seconds, and never while nothing is too much. */
  readonly onExcess: (excess: Excess) => void
}): Connections {
  const { clock, connectionsMax, answerTimeoutMs, requestTimeoutMs, uploadTimeoutMs, onExcess } = options
  const open = new Map<Socket, Connection>()
  const closing = new AbortController()
  let refused = 0
  let watched: Server | null = null
  const withinMs = ({ method, url }: IncomingMessage): number =>
    method === 'POST' && UPLOADS.test(url ?? '') ? uploadTimeoutMs : requestTimeoutMs

  function look(): void {
    const now = clock.monotonic()
    let unread = 0
    for (const [socket, connection] of open) {
      // Node closes an answer when the kernel has taken all of it; and what we have ended, the caller must end too.
      const isUnread = connection.current?.writableEnded === true || socket.writableEnded
      connection.unreadSince = isUnread ? (connection.unreadSince ?? now) : null
      const request = connection.current?.req
      if (request?.complete === false && now - connection.begunAt > withinMs(request)) {
        // As node says it of a request that passes its own bound.
        watched?.emit('clientError', Object.assign(new Error('slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
      }
      if (connection.unreadSince === null || now - connection.unreadSince < answerTimeoutMs) continue
      socket.destroy()
      unread++
    }
    if (refused + unread > 0) onExcess({ refused, unread })
    refused = 0
  }

  async function lookOn(): Promise<void> {
    const everyMs = Math.min(LOOK_EVERY_MS, answerTimeoutMs / 2, requestTimeoutMs / 2)
    while (!closing.signal.aborted) {
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
      look()
    }
  }

  const looking = lookOn()
  return {
    watch(server, serve) {
      watched = server
      server.maxConnections = connectionsMax
      server.on('drop', () => refused++)
      server.on('connection', (socket: Socket) => {
        open.set(socket, connectionOf(socket, serve, clock))
        socket.once('close', () => open.delete(socket))
      })
      server.on('request', ({ socket }, response) => {
        const connection = open.get(socket)
        if (connection?.current === null) begin(connection, response, serve, clock)
        else if (connection !== undefined) wait(connection, socket, response)
      })
    },
    inTurn(socket, answer) {
      const connection = open.get(socket)
      if (connection === undefined || isTurnOfUnreadable(connection)) answer()
      else connection.unreadable ??= answer
    },
    isAwaited: (socket) => (open.get(socket)?.waiting.length ?? 0) > 0,
    untouched: () => [...open.keys()].filter((socket) => socket.bytesRead === 0),
    isSending: () => open.values().some(({ current }) => current?.writableEnded === true),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await looking
    },
  }
}

function connectionOf(socket: Socket, serve: RequestListener, clock: Clock): Connection {
  const connection: Connection = {
    current: null,
    begunAt: 0,
    waiting: [],
    full: false,
    unreadable: null,
    unreadSince: null,
    proceed() {
      connection.current = null
      // The caller has gone, or has been told that this answer was the last.
      if (!socket.writable) return
      const next = connection.waiting.shift()
      if (next !== undefined) begin(connection, next, serve, clock)
      if (connection.unreadable !== null && isTurnOfUnreadable(connection)) connection.unreadable()
    },
  }
  return connection
}

function begin(connection: Connection, response: ServerResponse, serve: RequestListener, clock: Clock): void {
  connection.current = response
  connection.begunAt = clock.monotonic()
  connection.unreadSince = null
  // Node says so after the kernel has taken the whole answer, and also when the connection broke.
  response.once('close', connection.proceed)
  serve(response.req, response)
}

function wait(connection: Connection, socket: Socket, response: ServerResponse): void {
  if (connection.waiting.length < WAITING_MAX && !connection.full) {
    connection.waiting.push(response)
    return
  }
  connection.full = true
  const last = connection.waiting.at(-1)
  if (last !== undefined) last.shouldKeepAlive = false
  socket.pause()
  // One piece of bytes can hold thousands of requests, of each of which node would go on to make objects.
  ;(socket as { readonly parser?: { readonly pause?: () => void } }).parser?.pause?.()
}

/** What cannot be read belongs to the request being served, or came after all that there was. */
function isTurnOfUnreadable({ current }: Connection): boolean {
  return current === null || !current.req.complete
}
