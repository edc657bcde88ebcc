// The city's side of the benchmark: a small server that speaks docs/wire/anshan.md and answers every message at once.

import { createServer } from 'node:http'
import { writeMembers } from '../../src/sandbox/protocols/anshan-form.ts'
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
    authority: '鞍山市市场监督管理局',
  },
  issuedBy: '鞍山市市场监督管理局',
  issuedAt: '2026-11-02T09:30:00+08:00',
  validUntil: '2026-12-02',
  verificationCode: 'V0123456789ABCDEF',
}

const answerOf = (data: object): Buffer => Buffer.from(JSON.stringify({ retcode: 0, retmsg: '成功', data }))

const HEALTH = answerOf({ status: '1' })
const NO_NEWS = answerOf({ events: [], next_cursor: 'MA==', has_more: '0' })
const FOUND = answerOf({ exist: '1', result: writeMembers(RESULT) })
const taken = (reference: string): Buffer =>
  answerOf({ outer_no: reference, case_no: 'AS-20261122-000001', status: '10' })

const server = createServer((request, response) => {
  const { method, url = '' } = request
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => {
    const body =
      method === 'GET'
        ? url.includes('/news')
          ? NO_NEWS
          : HEALTH
        : url.endsWith('/applications')
          ? taken(/(?:^|&)outer_no=([^&]*)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1] ?? '')
          : FOUND
    response.writeHead(200, { 'content-type': 'application/json; charset=UTF-8', 'content-length': body.length })
    response.end(body)
  })
})
server.keepAliveTimeout = 75_000
server.listen(0, '127.0.0.1', () => ready(server))
