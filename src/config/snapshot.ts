// Makes the snapshot that the gateway runs with: what the files say, and what the environment says to it.

import { resolve } from 'node:path'
import type { CatalogueStock } from '../catalogue/stock.ts'
import type { CityConfig } from '../cities/config.ts'
import type { Fields } from '../cities/mapping.ts'
import type { LoadedConfig } from '../config.ts'
import type { CalendarYear } from '../domain/working-days.ts'
import type { IssuerRule } from '../identity/issuers.ts'
import { allSandbox } from './city-checks.ts'
import type { Settings } from './environment.ts'
import type { GatewayFile } from './gateway-file.ts'

/** What the files say by themselves, after every check: it can be kept, and holds under any environment. */
export interface WrittenConfig {
  readonly version: string
  readonly gateway: GatewayFile
  readonly cities: readonly CityConfig[]
  readonly fields: Fields
  readonly calendar: readonly CalendarYear[]
}

export interface Surroundings {
  readonly projectDir: string
  readonly configDir: string
  readonly settings: Settings
  readonly issuers: readonly IssuerRule[]
  readonly stock: CatalogueStock
}

/** Where the gateway will listen; it decides which issuers may be trusted. */
export function hostOf(settings: Settings, gateway: GatewayFile | undefined): string {
  return settings.host ?? gateway?.listen.host ?? '127.0.0.1'
}

/** An absolute path. */
export function dataDirOf(projectDir: string, settings: Settings, gateway: Pick<GatewayFile, 'dataDir'>): string {
  return settings.dataDir === null ? resolve(projectDir, gateway.dataDir) : resolve(settings.dataDir)
}

/** Not frozen yet. */
export function snapshotOf(
  { version, gateway, cities, fields, calendar }: WrittenConfig,
  around: Surroundings,
): LoadedConfig {
  const { projectDir, configDir, settings, issuers, stock } = around
  const dataDir = dataDirOf(projectDir, settings, gateway)
  return {
    version,
    configDir,
    listen: { host: hostOf(settings, gateway), port: settings.port ?? gateway.listen.port },
    publicAddress: gateway.publicAddress === 'listen' ? null : gateway.publicAddress,
    helpDesk: gateway.helpDesk,
    dataDir,
    logFile: gateway.log === 'stdout' ? null : resolve(dataDir, gateway.log),
    sandbox: settings.sandbox ?? allSandbox(cities),
    limits: gateway.limits,
    materials: gateway.materials,
    streams: gateway.streams,
    webhooks: gateway.webhooks,
    drafts: gateway.drafts,
    retention: gateway.retention,
    delivery: gateway.delivery,
    courier: gateway.courier,
    news: gateway.news,
    deadlines: gateway.deadlines,
    reconciliation: gateway.reconciliation,
    store: { ...gateway.store, place: settings.store ?? gateway.store.place },
    node: settings.node,
    auditLog: gateway.auditLog,
    identity: {
      issuers,
      clockToleranceMs: gateway.identity.clockToleranceSeconds * 1000,
      cachedTokensMax: gateway.identity.cachedTokensMax,
    },
    cities,
    fields,
    calendar,
    stock,
  }
}
