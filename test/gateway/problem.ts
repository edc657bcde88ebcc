// What every problem that the gateway answers with promises, in the language that was asked for.

import type { Test } from 'tap'
import { FAULTS, type FaultCode } from '../../src/domain/fault.ts'

const HAN = /[\u4e00-\u9fff]/

export function isProblem(
  t: Test,
  answer: {
    readonly status: number
    readonly headers: Pick<Headers, 'get'>
    readonly body: Readonly<Record<string, unknown>>
  },
  code: FaultCode,
  language: 'zh' | 'en',
  name: string,
): void {
  const { status, headers, body } = answer
  const { title, action, source } = FAULTS[code]
  t.strictSame(
    {
      status,
      type: headers.get('content-type'),
      language: headers.get('content-language'),
      code: body['code'],
      bodyStatus: body['status'],
      title: body['title'],
      action: body['action'],
      source: body['source'],
    },
    {
      status: FAULTS[code].status,
      type: 'application/problem+json; charset=utf-8',
      language,
      code,
      bodyStatus: FAULTS[code].status,
      title: title[language],
      action: action[language],
      source,
    },
    name,
  )
  t.ok(body['requestId'], `${name} names the request`)
  t.equal(body['requestId'], headers.get('x-request-id'), `${name} names it as the header does`)
  t.equal(headers.get('cache-control'), 'no-store', `${name} is kept by nobody`)
  const said = JSON.stringify([body['title'], body['detail'], body['action'], body['errors']])
  t.equal(HAN.test(said), language === 'zh', `${name} speaks one language: ${said}`)
}
