// Speaks docs/wire/shenfu.md: JSON over mutual TLS, where the caller's certificate is all that says who calls.

import { answerShenfuCall, failure, TRUNCATED } from './shenfu-calls.ts'
import { readOrMakeCertificates } from './shenfu-certificates.ts'
import { openShenfuPush } from './shenfu-events.ts'
import type { Context, Protocol, WireRequest } from './wire.ts'

const CALLER = 'kytb-gateway'

export async function openShenfu(context: Context): Promise<Protocol> {
  return {
    broken: failure(500, 'INTERNAL', '系统内部错误'),
    truncated: TRUNCATED,
    maintenance: () => failure(503, 'UNAVAILABLE', '系统维护中'),
    push: openShenfuPush(context),
    tls: await readOrMakeCertificates(context),
    expireTokens: null,
    async handle(request, desk) {
      const objection = objectionTo(request)
      return objection === null ? answerShenfuCall(context, request, desk) : failure(401, 'UNAUTHORIZED', objection)
    },
  }
}

function objectionTo({ peer }: WireRequest): string | null {
  if (peer === null) return '没有出示客户端证书'
  if (!peer.isTrusted) return '客户端证书不是本市认可的 CA 签发、已过期或用途不符'
  return peer.name === CALLER ? null : '客户端证书的主体不是已登记的调用方'
}
