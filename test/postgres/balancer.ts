// A thread that passes each request on to the next of several gateways, as a balancer does that keeps no account of who asked whom.
// A thread of its own, because some tests stand still while a command runs that asks the gateway.

import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parentPort } from 'node:worker_threads'

let addresses: readonly string[] = []
let turn = 0

/** What an operator does at one gateway, the others do within two seconds (docs/operations.md); tests of one gateway do not wait. */
const OPERATED = /^\/v1\/operations\//
const TAKES_HOLD_MS = 2200

/** As it came, header by header; an end on one side ends the other. */
function passOn(asked: IncomingMessage, answer: ServerResponse): void {
  const { hostname, port } = new URL(addresses[turn++ % addresses.length] ?? '')
  const onwards = request(
    { hostname, port, method: asked.method, path: asked.url, headers: asked.rawHeaders, agent: false, setHost: false },
    (given) => {
      given.on('error', () => answer.destroy())
      const isOperated = given.statusCode === 200 && asked.method === 'POST' && OPERATED.test(asked.url ?? '')
      const pass = (): void => {
        answer.writeHead(given.statusCode ?? 502, given.rawHeaders)
        given.pipe(answer)
      }
      setTimeout(pass, isOperated ? TAKES_HOLD_MS : 0)
    },
  )
  onwards.on('error', () => answer.destroy())
  asked.pipe(onwards)
  answer.on('close', () => onwards.destroy())
}

const server = createServer(passOn)
parentPort?.on('message', (told: readonly string[]) => {
  addresses = told
  parentPort?.postMessage((server.address() as AddressInfo).port)
})
server.listen(0, '127.0.0.1')
