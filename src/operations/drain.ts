// Ends the HTTP server without cutting a request: nothing new is taken, what runs is finished, idle connections are closed.

import type { Server } from 'node:http'
import type { Clock } from '../domain/clock.ts'

const LOOK_EVERY_MS = 25

/**
 * Resolves when every connection has ended, at the latest after `withinMs`, when the rest is cut.
 * fastify's own close can wait for an idle keep-alive connection until that times out (fastify#7044), so we close those ourselves, again and again:
 * a connection becomes idle only after its last answer.
 */
export async function drain(server: Server, clock: Clock, withinMs: number): Promise<{ readonly cut: boolean }> {
  const end = clock.monotonic() + withinMs
  let ended = false
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      ended = true
      resolve()
    })
  })
  while (clock.monotonic() < end) {
    server.closeIdleConnections()
    await Promise.race([closed, clock.delay(LOOK_EVERY_MS)])
    if (ended) return { cut: false }
  }
  server.closeAllConnections()
  await closed
  return { cut: true }
}
