// Checks what the schema of config/gateway.yaml cannot say: numbers that must fit each other.

import { readVkey } from '../audit/log/note.ts'
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
  if (gateway.retention.accessDays > gateway.retention.handOverDays) {
    problems.push(
      source.problemAt(['retention', 'accessDays'], {
        zh: 'accessDays 不能大于 handOverDays',
        en: 'accessDays must not exceed handOverDays',
      }),
    )
  }
  return [...problems, ...checkOwnCertificate(gateway, source), ...checkWitnesses(gateway, source)]
}

/** What the gateway shows of itself to the database is two files, or none. */
function checkOwnCertificate({ store }: GatewayFile, source: Source): ConfigProblem[] {
  const { certFile, keyFile } = store.postgres
  if ((certFile === 'none') === (keyFile === 'none')) return []
  const missing = certFile === 'none' ? 'certFile' : 'keyFile'
  return [
    source.problemAt(['store', 'postgres', missing], {
      zh: 'certFile 与 keyFile 须同时填写，或同时为 none',
      en: 'certFile and keyFile are named both, or neither',
    }),
  ]
}

/** Keys that are none, a witness that is counted twice, and more cosignatures wanted than there can be. */
function checkWitnesses({ auditLog: { witnesses } }: GatewayFile, source: Source): ConfigProblem[] {
  const place = ['auditLog', 'witnesses'] as const
  const problems: ConfigProblem[] = []
  for (const [at, { key }] of witnesses.list.entries()) {
    const verifier = readVkey(key)
    if (verifier?.type !== 4) {
      problems.push(
        source.problemAt([...place, 'list', at, 'key'], {
          zh: '不是见证方的公钥（gateway audit witness 启动时显示的那一行）',
          en: 'is not the key of a witness (the line that gateway audit witness shows when it starts)',
        }),
      )
    }
    const first = witnesses.list.findIndex((other) => readVkey(other.key)?.name === verifier?.name)
    if (verifier !== null && first !== at) {
      problems.push(
        source.problemAt([...place, 'list', at, 'key'], {
          zh: `见证方 ${verifier.name} 已在列表中`,
          en: `the witness ${verifier.name} is in the list already`,
        }),
      )
    }
  }
  if (witnesses.required > witnesses.list.length) {
    problems.push(
      source.problemAt([...place, 'required'], {
        zh: `required 不能大于见证方的个数（${witnesses.list.length}）`,
        en: `required must not exceed the number of witnesses (${witnesses.list.length})`,
      }),
    )
  }
  return problems
}
