// A process that listens and, for a while, accepts nobody: once its short queue is full, further connects get no answer.
// It tells its port, sleeps with its event loop stopped, then serves, and tells each request that
// reaches it. Started without that time, as by a runner that takes every file for a test, it does nothing.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [, , sleepMs] = process.argv
if (sleepMs !== undefined) {
  const server = createServer((request, response) => {
    process.send?.({ request: request.url })
    response.end()
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    process.send?.({ port: (server.address() as AddressInfo).port }, () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(sleepMs))
    })
  })
}
