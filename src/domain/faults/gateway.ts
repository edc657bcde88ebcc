// What can be wrong with the gateway itself.

import { again, sameKey, kind, type FaultKind } from './kind.ts'

export const GATEWAY_FAULTS = {
  INTERNAL: kind(
    500,
    'gateway',
    '网关内部错误',
    'Internal error of the gateway',
    '请稍后重试；若仍出现，请告知运维并提供 requestId。',
    'Try again later; if it stays, give the requestId to the operator.',
  ),
  STORE_UNAVAILABLE: kind(
    503,
    'gateway',
    '网关暂时无法保存记录',
    'The gateway cannot write its records now',
    ...sameKey,
  ),
  STORE_BUSY: kind(503, 'gateway', '网关繁忙', 'The gateway is busy', ...sameKey),
  DRAINING: kind(503, 'gateway', '网关正在停止', 'The gateway is shutting down', ...again),
} as const satisfies Record<string, FaultKind>
