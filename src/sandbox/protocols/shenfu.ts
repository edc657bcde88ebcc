// Speaks docs/wire/shenfu.md over plain HTTP with an API key, for the cities whose own protocol nobody calls yet.

import { timingSafeEqual } from 'node:crypto'
import { sharedSecret } from './secrets.ts'
import { answerShenfuCall, failure, TRUNCATED } from './shenfu-calls.ts'
import type { Context, Protocol, WireRequest } from './wire.ts'

export function openShenfu(context: Context): Protocol {
  const expected = Buffer.from(`Bearer ${sharedSecret(context)}`)

  function mayCall(request: WireRequest): boolean {
    const given = Buffer.from(request.headers.authorization ?? '')
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  return {
    broken: failure(500, 'INTERNAL', '系统内部错误'),
    truncated: TRUNCATED,
    maintenance: () => failure(503, 'UNAVAILABLE', '系统维护中'),
    push: null,
    tls: null,
    expireTokens: null,
    handle: async (request, desk) =>
      mayCall(request) ? answerShenfuCall(context, request, desk) : failure(401, 'UNAUTHORIZED', 'API 密钥缺失或错误'),
  }
}
