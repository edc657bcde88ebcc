// How a server of the benchmark tells the process that started it where it listens, and how it ends with that process.

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One line on stdout. The end of stdin means that nobody needs it any more: nothing is left behind by a broken run. */
export function ready(server: Server): void {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`${JSON.stringify({ port })}\n`)
  process.stdin.resume().once('close', () => process.exit(0))
}
