// A registered program: takes what it is sent by webhooks, checks it with the specification's library, and answers as it is told to.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { Webhook } from 'standardwebhooks'
import type { Json } from './harness.ts'

export const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`

export interface Told {
  readonly id: string
  readonly body: Json
  readonly at: number
}

/** It listens until the test ends. */
export async function program(t: Pick<Test, 'teardown'>) {
  const told: Told[] = []
  const answer = { status: 204, hangs: false }
  let port = 0
  let server: Server

  async function listen(): Promise<void> {
    const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const text = Buffer.concat(chunks).toString()
      const headers = request.headers as Record<string, string>
      const body = new Webhook(SECRET).verify(text, headers) as Json
      told.push({ id: String(headers['webhook-id']), body, at: performance.now() })
      if (!answer.hangs) response.writeHead(answer.status).end()
    }
    server = createServer((request, response) => void take(request, response))
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    port = (server.address() as AddressInfo).port
  }

  async function close(): Promise<void> {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }

  await listen()
  t.teardown(close)
  return {
    told,
    answer,
    listen,
    close,
    address: () => `http://127.0.0.1:${port}/hooks`,
    of: (caseNo: string): Json[] =>
      told.map(({ body }) => body['data'] as Json).filter((data) => data['caseNo'] === caseNo),
  }
}

export type Program = Awaited<ReturnType<typeof program>>
