// Knows every line of every city, and which backend of a city handles an item.

import type { Clock } from '../domain/clock.ts'
import type { Cities, CityBackend } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import { openBackend, type OpenBackend } from './backend.ts'
import { readCertificates, type Certificates } from './certificates.ts'
import type { BackendConfig, CityConfig } from './config.ts'
import type { Fields } from './mapping.ts'
import type { CallSeen, StateSeen } from './line.ts'
import { secretIn } from './secret-file.ts'

export type OpenCities = Cities & AsyncDisposable

interface CityEntry {
  readonly byDomain: ReadonlyMap<string, CityBackend>
  readonly usual: CityBackend
}

/**
 * Opens the lines of all cities. Nothing is sent before the first call: a gateway starts while cities are down.
 * Rejects if the key or a certificate of a city cannot be had or used, and then leaves no line open. Disposing takes no new calls and lets those on their way
 * end, which their deadlines bound.
 */
export async function openCities(options: {
  readonly cities: readonly CityConfig[]
  readonly fields: Fields
  /** Origin (`http://127.0.0.1:9101`) of a backend. */
  readonly addressOf: (city: CityConfig, backend: BackendConfig) => string
  /** What the file of that name holds: a secret or a certificate. */
  readonly secretOf: (name: string) => Promise<Buffer> | Buffer
  readonly clock: Clock
  /** Random bytes, for the nonces of those protocols that have some. */
  readonly bytes: (size: number) => Buffer
  readonly observe: (seen: CallSeen) => void
  readonly onState: (seen: StateSeen) => void
}): Promise<OpenCities> {
  const { cities, fields, addressOf, secretOf, clock, bytes, observe, onState } = options
  const keys = await Promise.all(
    cities.flatMap(({ backends }) =>
      backends.map(async (config) => [config.secretFile, secretIn(config, await secretOf(config.secretFile))] as const),
    ),
  )
  const keyOf = new Map(keys)
  const certificates = await Promise.all(
    cities.flatMap((city) =>
      city.backends.map(
        async (config) => [config, await certificatesFor(config, addressOf(city, config), secretOf)] as const,
      ),
    ),
  )
  const certificatesOf = new Map<BackendConfig, Certificates | null>(certificates)
  const opened: OpenBackend[] = []
  const entries = new Map<string, CityEntry>()

  for (const city of cities) {
    const byDomain = new Map<string, CityBackend>()
    let usual: CityBackend | undefined
    for (const config of city.backends) {
      const one = openBackend({
        city: city.key,
        config,
        address: addressOf(city, config),
        fields,
        key: keyOf.get(config.secretFile) ?? Buffer.alloc(0),
        certificates: certificatesOf.get(config) ?? null,
        clock,
        bytes,
        observe,
        onState,
      })
      opened.push(one)
      if (config.domains.length === 0) usual = one.backend
      for (const domain of config.domains) byDomain.set(domain, one.backend)
    }
    if (usual === undefined) throw new Error(`${city.key} has no backend without domains`) // checkCity has said so
    entries.set(city.key, { byDomain, usual })
  }

  return {
    backend(city, item) {
      const entry = entries.get(city)
      if (entry === undefined) throw new Fault('CITY_UNKNOWN', { city })
      return entry.byDomain.get(item.domain) ?? entry.usual
    },
    all: opened.map((one) => one.backend),
    lines: () => opened.map((one) => one.line.view()),
    hold(city, backend, hold) {
      const found = opened.find(({ backend: one }) => one.city === city && one.key === backend)
      found?.line.hold(hold)
      return found?.line.view() ?? null
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((one) => one.line[Symbol.asyncDispose]()))
    },
  }
}

/** Null where the backend is configured without any, or is only called in plain text, which loopback addresses alone may be. */
export async function certificatesFor(
  { tls, secondAddress = '' }: BackendConfig,
  address: string,
  read: (name: string) => Promise<Buffer> | Buffer,
): Promise<Certificates | null> {
  if (tls === undefined || ![address, secondAddress].some((one) => one.startsWith('https:'))) return null
  return readCertificates(tls, read)
}
