// Checks what the schema of config/gateway.yaml cannot say: numbers that must fit each other.

import type { GatewayFile } from './gateway-file.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

/** One problem for each pair of bounds that contradict each other. */
export function checkBounds(gateway: GatewayFile, source: Source): ConfigProblem[] {
  const { limits, courier } = gateway
  const problems: ConfigProblem[] = []
  if (limits.patienceMs > limits.patienceMsMax) {
    problems.push(
      source.problemAt(['limits', 'patienceMs'], {
        zh: 'patienceMs 不能大于 patienceMsMax',
        en: 'patienceMs must not exceed patienceMsMax',
      }),
    )
  }
  if (courier.backoffBaseMs > courier.backoffMaxMs) {
    problems.push(
      source.problemAt(['courier', 'backoffBaseMs'], {
        zh: 'backoffBaseMs 不能大于 backoffMaxMs',
        en: 'backoffBaseMs must not exceed backoffMaxMs',
      }),
    )
  }
  return problems
}
