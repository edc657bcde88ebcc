// The city's side of the benchmark: a small server that speaks docs/wire/shenfu.md and answers every message at once.

import { createServer } from 'node:http'
import { ready } from './ready.ts'

const RESULT = {
  entity: {
    name: '沈阳示例科技有限公司',
    uscc: '91210102MA0XY2K725',
    kind: 'company',
    legalRepresentative: '张伟',
    registeredOn: '2018-05-04',
    address: '沈阳市和平区示例路 1 号',
    state: 'active',
    authority: '沈抚示范区市场监督管理局',
  },
  issuedBy: '沈抚示范区市场监督管理局',
  issuedAt: '2026-11-02T09:30:00+08:00',
  validUntil: '2026-12-02',
  verificationCode: 'V0123456789ABCDEF',
}

const ANSWERS = {
  health: { status: 200, body: Buffer.from(JSON.stringify({ status: 'ok' })) },
  query: { status: 200, body: Buffer.from(JSON.stringify({ found: true, result: RESULT })) },
  application: {
    status: 201,
    body: Buffer.from(JSON.stringify({ caseNo: '211500-2026-000001', status: 'received' })),
  },
}

const server = createServer((request, response) => {
  const answer = request.url?.endsWith('/applications')
    ? ANSWERS.application
    : request.method === 'POST'
      ? ANSWERS.query
      : ANSWERS.health
  request.resume()
  request.once('end', () => {
    response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': answer.body.length })
    response.end(answer.body)
  })
})
server.keepAliveTimeout = 75_000
server.listen(0, '127.0.0.1', () => ready(server))
