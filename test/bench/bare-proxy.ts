// What a proxy costs that does nothing but pass bytes on: node:http in front, undici's stream behind.

import { createServer } from 'node:http'
import { Pool } from 'undici'
import { ready } from './ready.ts'

const [, , upstream = '', connections = ''] = process.argv
const pool = new Pool(upstream, { connections: Number(connections), pipelining: 1 })

const server = createServer((request, response) => {
  const { host: _host, connection: _connection, ...headers } = request.headers
  pool
    .stream(
      { method: request.method ?? 'GET', path: request.url ?? '/', headers, body: request },
      ({ statusCode, headers: answered }) => {
        const { connection: _hop, 'keep-alive': _hopToo, ...kept } = answered
        return response.writeHead(statusCode, kept)
      },
    )
    .catch(() => response.destroy())
})
server.keepAliveTimeout = 75_000
server.listen(0, '127.0.0.1', () => ready(server))
