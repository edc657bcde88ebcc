// What node:http is told before it listens: its own bounds on heads, times and connections.

import type { RequestListener, Server } from 'node:http'
import type { Connections } from './connections.ts'

// An import of it would load what its WebSocket needs as well, for a twentieth of a second of every start.
const { createServer } = process.getBuiltinModule('node:http')

export interface ServerBounds {
  readonly headerBytesMax: number
  /** For a head, and for a request that is no upload; `connections` looks after the body. */
  readonly requestTimeoutMs: number
  /** From the first byte of a request to its last, whatever it is. */
  readonly uploadTimeoutMs: number
}

/** A request that came too slowly is noticed at most so much later. */
const CONNECTIONS_CHECK_MS = 5000

/** Longer than a front proxy keeps an idle connection, so that it never writes into one that we are closing. */
const KEEP_ALIVE_MS = 75_000

/** Not listening yet. `serve` gets the requests of each connection one after the other. */
export function openServer(bounds: ServerBounds, connections: Connections, serve: RequestListener): Server {
  const { headerBytesMax, requestTimeoutMs, uploadTimeoutMs } = bounds
  const server = createServer({
    maxHeaderSize: headerBytesMax,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // Node would answer a missing Host itself, without a problem; refuseAmbiguousHead does.
    requireHostHeader: false,
    requestTimeout: Math.max(requestTimeoutMs, uploadTimeoutMs),
    // Node's own minute for the head alone would outlast the whole request.
    headersTimeout: requestTimeoutMs,
    connectionsCheckingInterval: Math.min(CONNECTIONS_CHECK_MS, requestTimeoutMs / 2),
  })
  // Bytes bound a head; of a longer list than its default node would drop the rest, which other readers may heed.
  server.maxHeadersCount = 0
  // An expectation that we do not know is ignored (RFC 9110, 10.1.1); node would answer 417 without a problem.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  connections.watch(server, serve)
  return server
}
