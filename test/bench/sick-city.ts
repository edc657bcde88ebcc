// The city that hangs, or does not: it speaks docs/wire/benxi.md and has found nothing; with `hang` it never answers at all.

import { createServer } from 'node:http'
import { ready } from './ready.ts'

const hangs = process.argv[2] === 'hang'
const NOTHING = Buffer.from(JSON.stringify({ code: 1, success: true, msg: '未查询到相关信息', data: null }))

const server = createServer((request, response) => {
  request.resume()
  if (hangs) return
  request.once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'content-length': NOTHING.length })
    response.end(NOTHING)
  })
})
server.keepAliveTimeout = 75_000
server.listen(0, '127.0.0.1', () => ready(server))
