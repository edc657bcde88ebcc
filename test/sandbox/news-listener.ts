// Stands where the gateway would, for cities that call with news: keeps what came, and answers as a test wants.

import { EventEmitter, once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

export interface Heard {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Reply {
  readonly status: number
  readonly body?: string
}

export interface Listener extends AsyncDisposable {
  /** The next call that nobody has taken yet, at most ten seconds from now. */
  next(): Promise<Heard>
  /** How many calls have come in all. */
  count(): number
  /** How calls are answered from now on. */
  answer(how: (heard: Heard) => Reply): void
}

/** Listens, and says so in gateway.json of the data folder. */
export async function openListener(dataDir: string, how: (heard: Heard) => Reply): Promise<Listener> {
  const heard: Heard[] = []
  const came = new EventEmitter()
  let taken = 0
  let answer = how
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => (body += chunk))
    request.on('end', () => {
      const call = { path: request.url ?? '', headers: request.headers, body }
      const reply = answer(call)
      response.writeHead(reply.status)
      response.end(reply.body)
      heard.push(call)
      came.emit('call')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  writeFileSync(join(dataDir, 'gateway.json'), JSON.stringify({ address }))
  return {
    async next() {
      const signal = AbortSignal.timeout(10_000)
      while (heard.length <= taken) await once(came, 'call', { signal })
      return heard[taken++]!
    },
    count: () => heard.length,
    answer(next) {
      answer = next
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
