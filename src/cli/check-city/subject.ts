// What is checked: one backend of a city, its address replaced by that of its test system, and the samples of its items.

import type { Catalogue } from '../../catalogue/catalogue.ts'
import { openBackend, type OpenBackend } from '../../cities/backend.ts'
import type { Certificates } from '../../cities/certificates.ts'
import type { BackendConfig, CityConfig } from '../../cities/config.ts'
import type { CallOutcome, CityMessage } from '../../domain/delivery.ts'
import { isDecidedWhereTaken } from '../../domain/item.ts'
import type { Item, LegRule } from '../../domain/item.ts'
import type { SubmissionBody } from '../../domain/submission.ts'
import type { LoadedConfig } from '../../config.ts'
import { systemClock, systemIds } from '../../system.ts'
import { openExchanges, type Exchange, type Exchanges } from './exchanges.ts'

export interface SubjectOptions {
  readonly config: LoadedConfig
  readonly catalogue: Catalogue
  readonly city: CityConfig
  readonly backend: BackendConfig
  /** Origin of the test system. */
  readonly origin: string
  readonly key: Buffer
  readonly certificates: Certificates | null
}

export interface Subject extends AsyncDisposable {
  readonly city: CityConfig
  readonly backend: BackendConfig
  readonly origin: string
  readonly catalogue: Catalogue
  readonly bodyBytesMax: number
  readonly open: OpenBackend
  readonly exchanges: Exchanges
  /** The items that this backend handles here, in the catalogue's order. */
  readonly items: readonly Item[]
  /** The same backend with another key, other certificates, or a clock that is off. The caller closes it. */
  reopen(other: Other): OpenBackend
  readonly key: Buffer
  readonly certificates: Certificates | null
  /** A message about a sample, under a new reference. */
  message(item: Item, body?: SubmissionBody): CityMessage
}

interface Other {
  readonly key?: Buffer
  readonly certificates?: Certificates | null
  readonly clockOffMs?: number
}

export interface Called<Answer> {
  readonly outcome: CallOutcome<Answer>
  readonly exchanged: readonly Exchange[]
  readonly tookMs: number
}

/** Disposing closes every connection. Nothing is sent before the first call, and nothing ever to the live address. */
export function openSubject(options: SubjectOptions): Subject {
  const { config, catalogue, city, origin, key, certificates } = options
  // Whatever would lead elsewhere, or keep a call from leaving, is taken away.
  const { secondAddress: _, maintenance: __, ...rest } = options.backend
  const backend: BackendConfig = { ...rest, address: origin }
  const exchanges = openExchanges()

  function reopen({ clockOffMs = 0, ...other }: Other): OpenBackend {
    const opened = openBackend({
      city: city.key,
      config: backend,
      address: origin,
      fields: config.fields,
      key,
      certificates,
      ...other,
      clock: { ...systemClock, now: () => systemClock.now() + clockOffMs },
      bytes: systemIds.bytes,
      observe: () => undefined,
      onState: () => undefined,
    })
    // Each check says for itself what failed: the breaker must not answer in the city's place.
    opened.line.hold({ as: 'closed', reason: 'check-city', by: 'check-city', since: systemClock.now() })
    return opened
  }

  const open = reopen({})
  const listed = city.backends.flatMap(({ domains }) => domains)
  const handles = ({ domain }: Item): boolean =>
    backend.domains.length === 0 ? !listed.includes(domain) : backend.domains.includes(domain)

  return {
    city,
    backend,
    origin,
    catalogue,
    bodyBytesMax: config.limits.bodyBytesMax,
    open,
    exchanges,
    key,
    certificates,
    items: catalogue.items.filter(
      (item) => handles(item) && !isDecidedWhereTaken(item) && catalogue.citiesOffering(item).includes(city.key),
    ),
    reopen,
    message(item, body = atTheWindow(catalogue.sample(item, city.key), item, city, config.cities)) {
      const now = systemClock.now()
      const leg = decidingLeg(item)
      const caseNo = systemIds.caseNo(now)
      return {
        item,
        leg,
        reference: item.interaction === 'query' ? systemIds.recordId(now) : `${caseNo}.${leg.key}`,
        relatedCaseNo: item.legs[0] === leg ? null : `CHECK-${caseNo.slice(0, 8)}-000001`,
        body,
        takenAt: now,
      }
    },
    async [Symbol.asyncDispose]() {
      await open.line[Symbol.asyncDispose]()
      exchanges[Symbol.dispose]()
    },
  }
}

/** Makes one call and gives what went over the wire with it. */
export async function called<Answer>(
  { exchanges }: Subject,
  call: () => Promise<CallOutcome<Answer>>,
): Promise<Called<Answer>> {
  const began = performance.now()
  const { value, exchanged } = await exchanges.during(call)
  return { outcome: value, exchanged, tookMs: performance.now() - began }
}

function decidingLeg({ legs }: Item): LegRule {
  return legs.find(({ does }) => does === 'decide') ?? legs[0]
}

/** The sample as a clerk of another city would hand it in. */
function atTheWindow(
  body: SubmissionBody,
  { handlingModes: [handlingMode] }: Item,
  city: CityConfig,
  cities: readonly CityConfig[],
): SubmissionBody {
  const collectingCity = cities.find(({ key }) => key !== city.key)?.key
  return {
    ...(handlingMode === undefined ? {} : { handlingMode }),
    ...(collectingCity === undefined ? {} : { collectingCity }),
    purpose: '接口联调',
    ...body,
    identityCheck: { how: 'id-card-reader', at: new Date(systemClock.now() - 60_000).toISOString() },
  }
}
