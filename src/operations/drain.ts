// Ends the HTTP server without cutting a request: nothing new is taken, what runs is finished, idle connections are closed.

import type { Server } from 'node:http'
import { Server as NetServer, type Socket } from 'node:net'
import type { Clock } from '../domain/clock.ts'

const LOOK_EVERY_MS = 25

/** How long a connection may still bring the request that was on its way when we began; its answer says that it is the last. */
const GRACE_MS = 500

export interface Drainable {
  /** Connections that have not sent a byte yet: node counts them as busy. */
  untouched(): readonly Socket[]
  /** Whether a whole answer is still on its way to a caller that reads it slowly: node counts its connection as idle. */
  isSending(): boolean
}

/**
 * Resolves when every connection has ended, at the latest after `withinMs`, when the rest is cut.
 * Idle connections are left a moment, for requests that are under way to us, and then closed again and again: a connection
 * becomes idle only after its last answer. Server.close of node:http would close them at once, and cut those requests;
 * fastify's own close can wait for an idle one until that times out (fastify#7044).
 */
export async function drain(
  server: Server,
  connections: Drainable,
  clock: Clock,
  withinMs: number,
): Promise<{ readonly cut: boolean }> {
  const begin = clock.monotonic()
  let ended = false
  const closed = new Promise<void>((resolve) => {
    NetServer.prototype.close.call(server, () => {
      ended = true
      resolve()
    })
  })
  while (clock.monotonic() < begin + withinMs) {
    if (clock.monotonic() >= begin + GRACE_MS) {
      if (!connections.isSending()) server.closeIdleConnections()
      for (const socket of connections.untouched()) socket.destroy()
    }
    await Promise.race([closed, clock.delay(LOOK_EVERY_MS)])
    if (ended) return { cut: false }
  }
  server.closeAllConnections()
  for (const socket of connections.untouched()) socket.destroy()
  await closed
  return { cut: true }
}
