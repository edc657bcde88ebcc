// The configuration of one city, as config/cities/<city>.yaml writes it and schemas/config/city.schema.json checks it.

import type { CatalogueCity } from '../domain/city-item.ts'
import type { Sentence } from '../domain/words.ts'
import type { BreakerLimits } from './breaker.ts'
import type { CertificateFiles } from './certificates.ts'
import type { LineLimits } from './line.ts'
import type { MaintenanceWindow } from './maintenance.ts'
import type { MappingConfig } from './mapping.ts'
import type { StatusTable } from './protocol.ts'
import type { Unit } from './protocols/fushun.ts'

export interface CityConfig extends CatalogueCity {
  /** Never empty; exactly one of them lists no domains and takes all items that no other takes. */
  readonly backends: readonly [BackendConfig, ...BackendConfig[]]
}

export type BackendConfig = {
  readonly key: string
  /** `sandbox`, or an http(s) origin; the caller of openCities resolves it. */
  readonly address: string
  /** The city's test system, `sandbox` or an origin: what `gateway check-city` calls, and nothing else. */
  readonly testAddress?: string
  /** Where the same backend can be reached when nobody answers at `address`; both must know of each other's cases. */
  readonly secondAddress?: string
  /** Item domains that it handles; empty = all that no other backend of the city lists. */
  readonly domains: readonly string[]
  /** File with the key or keys that calls are signed with, relative to the data folder. */
  readonly secretFile: string
  /** For mutual TLS, where the city wants it. */
  readonly tls?: CertificateFiles
  readonly limits: LineLimits
  readonly breaker: BreakerLimits
  /** When the city is down by its own plan: nothing is sent then, applications wait. */
  readonly maintenance?: readonly MaintenanceWindow[]
  /** How long after the deadline a message may still take effect in the city. */
  readonly settlesAfterMs: number
  /** `none`: the city cannot be asked about our reference, whatever its protocol could. Absent: as the protocol can. */
  readonly enquiry?: 'none'
  /** What the city's system does not take yet, whatever its protocol could: such a message is never sent. Absent: nothing. */
  readonly takesNo?: readonly ('corrections' | 'withdrawals' | 'materials')[]
  /** `honoured`: the same application under the same reference is taken once, however often it comes. Absent: it is not. */
  readonly reference?: 'honoured'
  /** The city's status → ours. */
  readonly statuses: StatusTable
  readonly mapping: MappingConfig
} & ProtocolConfig

export type ProtocolConfig =
  | { readonly protocol: 'shenfu'; readonly protocolOptions: Readonly<Record<string, never>> }
  | {
      readonly protocol: 'shenyang'
      readonly protocolOptions: {
        readonly rid: string
        readonly cityRid: string
        /** A new secret is fetched this long before the old one ends. */
        readonly renewBeforeMs: number
        readonly areas: Readonly<Record<string, string>>
      }
    }
  | {
      readonly protocol: 'anshan'
      readonly protocolOptions: { readonly appId: string; readonly areas: Readonly<Record<string, string>> }
    }
  | {
      readonly protocol: 'fuxin'
      readonly protocolOptions: { readonly appId: string; readonly areas: Readonly<Record<string, string>> }
    }
  | {
      readonly protocol: 'benxi'
      readonly protocolOptions: { readonly token: string; readonly areas: Readonly<Record<string, string>> }
    }
  | {
      readonly protocol: 'liaoyang'
      readonly protocolOptions: { readonly appId: string; readonly areas: Readonly<Record<string, string>> }
    }
  | {
      readonly protocol: 'tieling'
      readonly protocolOptions: {
        readonly clientId: string
        /** A new token is fetched this long before the old one ends. */
        readonly renewBeforeMs: number
        readonly areas: Readonly<Record<string, string>>
      }
    }
  | {
      readonly protocol: 'fushun'
      readonly protocolOptions: {
        readonly sender: Unit
        readonly receiver: Unit
        readonly areas: Readonly<Record<string, string>>
      }
    }

/** One thing wrong with the configuration of a city; `path` leads to it through the file's keys and indexes. */
export interface CityProblem {
  readonly path: readonly (string | number)[]
  readonly message: Sentence
}

/** What the schema of the file cannot say: the numbers and lists of a city that must fit each other. Pure. */
export function checkCity(city: CityConfig): readonly CityProblem[] {
  const problems: CityProblem[] = []
  const say = (path: CityProblem['path'], zh: string, en: string): void => {
    problems.push({ path: ['backends', ...path], message: { zh, en } })
  }
  const handledBy = new Map<string, string>()
  const keys = new Set<string>()
  city.backends.forEach(({ key, tls, limits, breaker, domains, ...places }, index) => {
    const { address, secondAddress, testAddress } = places
    if (keys.has(key)) say([index, 'key'], `后端 ${key} 重复`, `the backend ${key} stands twice`)
    keys.add(key)
    for (const domain of domains) {
      const other = handledBy.get(domain)
      if (other !== undefined) {
        say(
          [index, 'domains'],
          `${domain} 已由后端 ${other} 办理`,
          `${domain} is handled by the backend ${other} already`,
        )
      }
      handledBy.set(domain, key)
    }
    if (testAddress !== undefined && [address, secondAddress].some((live) => isSameOrigin(testAddress, live))) {
      say(
        [index, 'testAddress'],
        '不能是正式系统的地址：检查会提交样例办件',
        'must not be the address of the live system: the checks file sample cases',
      )
    }
    for (const name of ['address', 'secondAddress', 'testAddress'] as const) {
      if (tls === undefined || !isPlainAndFar(places[name] ?? '')) continue
      say(
        [index, name],
        '配置了 tls 的系统须用 https；http 只允许本机地址，因为谁也没有核对',
        'a backend with tls is called by https; http is for loopback addresses alone: nobody would be authenticated',
      )
    }
    if (breaker.rollingCountTimeoutMs > breaker.resetTimeoutMs) {
      say(
        [index, 'breaker', 'rollingCountTimeoutMs'],
        '不能大于 resetTimeoutMs，否则刚恢复的线路会因旧的失败再次断开',
        'must not exceed resetTimeoutMs, or a line that has just closed opens again on old failures',
      )
    }
    if (limits.handOverDeadlineMs !== undefined && limits.handOverDeadlineMs < limits.deadlineMs) {
      say([index, 'limits', 'handOverDeadlineMs'], '不能小于 deadlineMs', 'must not be below deadlineMs')
    }
    for (const name of ['connectTimeoutMs', 'ownDeadlineMs'] as const) {
      if (limits[name] > limits.deadlineMs) {
        say([index, 'limits', name], '不能大于 deadlineMs', 'must not exceed deadlineMs')
      }
    }
  })
  const usual = city.backends.filter(({ domains }) => domains.length === 0).length
  if (usual !== 1) {
    say(
      [],
      `应当恰有一个后端的 domains 为空，现有 ${usual} 个`,
      `exactly one backend must list no domains; ${usual} do`,
    )
  }
  return problems
}

/** Whether plain HTTP would leave this machine. */
function isPlainAndFar(origin: string): boolean {
  if (!origin.startsWith('http:') || !URL.canParse(origin)) return false
  const { hostname } = new URL(origin)
  return hostname !== 'localhost' && hostname !== '[::1]' && !/^127(?:\.\d+){3}$/.test(hostname)
}

/** Whether both are one real system; the sandbox is none. */
function isSameOrigin(address: string, other: string | undefined): boolean {
  if (other === undefined || !URL.canParse(address) || !URL.canParse(other)) return false
  return new URL(address).origin === new URL(other).origin
}
