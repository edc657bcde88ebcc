// A simulated gateway process: the real handling over a simulated store, lines and clock. It can die between any two steps.

import { openRecording } from '../../src/audit/records.ts'
import type { Catalogue } from '../../src/catalogue/catalogue.ts'
import type { Choices } from '../../src/catalogue/seeded.ts'
import type { Cities } from '../../src/domain/delivery.ts'
import { ALWAYS_OURS } from '../../src/domain/duty.ts'
import { asFault, Fault } from '../../src/domain/fault.ts'
import type { Ids } from '../../src/domain/ids.ts'
import type { MaterialFiles } from '../../src/domain/material.ts'
import type { WorkingDays } from '../../src/domain/working-days.ts'
import { openBackground } from '../../src/handling/background.ts'
import { openCourier } from '../../src/handling/courier.ts'
import { openHandOver } from '../../src/handling/hand-over.ts'
import { restoreHolds } from '../../src/handling/lines.ts'
import { openMaterialLinks } from '../../src/handling/material-links.ts'
import { openNewsPoller } from '../../src/handling/news-poller.ts'
import { openOffices } from '../../src/handling/offices.ts'
import type { Parts } from '../../src/handling/parts.ts'
import { openTurns } from '../../src/handling/turns.ts'
import type { WriteOperation } from '../../src/store/operations.ts'
import type { City } from './city.ts'
import type { Disk } from './disk.ts'
import { openLine, type CallWatch, type Line } from './line.ts'
import { openSlowStore } from './slow-store.ts'
import { clockOf, openLife, type Life, type Timeline } from './timeline.ts'
import type { Weather } from './weather.ts'

/** How a call to the gateway ended for whoever made it. lost: the process died, or was not there. */
export type Ended<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'refused'; readonly fault: Fault }
  | { readonly kind: 'lost' }

export interface Gateway {
  readonly life: Life
  /** A request: it ends for its caller also where the process dies. */
  call<Value>(what: string, work: (parts: Parts) => Promise<Value>): Promise<Ended<Value>>
  /** kill -9. */
  kill(): void
}

export interface GatewayOptions {
  readonly name: string
  readonly timeline: Timeline
  readonly choices: Choices
  readonly weather: Weather
  readonly disk: Disk
  readonly cities: readonly City[]
  readonly catalogue: Catalogue
  readonly workingDays: WorkingDays
  readonly ids: Ids
  /** Uploaded files outlive a process as the disk does. */
  readonly files: MaterialFiles
  readonly watch: CallWatch
  /** Looks on at each write: carries it out, and notes what it did. */
  readonly carryOut: (operation: WriteOperation, write: (operation: WriteOperation) => unknown) => unknown
  readonly onFailure: (operation: WriteOperation) => void
  readonly onDeath: () => void
  /** An error that is not the simulated disk's or a city's. */
  readonly onError: (error: unknown) => void
}

const VERSION = '0123456789abcdef'
/** As in config/gateway.yaml, but for the pauses: a simulation has no time to lose with looking for nothing. */
export const LEASE_MARGIN_MS = 5000
const TICK_MS = 5000
const POLL_MS = 8000
/** Longer than any seed: nobody gives up in it. */
const STUCK_AFTER_MS = 3_600_000

export function startGateway(options: GatewayOptions): Gateway {
  const { name, timeline, choices, weather, disk, catalogue, ids, files, watch } = options
  const life = openLife(timeline, name)
  const clock = clockOf(timeline, life)
  const opened = disk.open(name)
  const store = openSlowStore({
    disk,
    opened,
    life,
    timeline,
    choices,
    weather,
    carryOut: (operation) => options.carryOut(operation, opened.write),
    onFailure: options.onFailure,
  })
  const lines = options.cities.map((city, index) => openLine({ city, index, life, timeline, choices, weather, watch }))
  const cities = citiesOver(lines)
  const { keyed } = disk
  const recording = openRecording({ clock, ids, keyed, configVersion: VERSION })
  const links = openMaterialLinks({ clock, keyed, publicAddress: () => 'https://gateway.invalid' })
  const onError = (error: unknown): void => {
    if (!(error instanceof Fault) || error.code === 'INTERNAL') options.onError(error)
  }
  const parts: Parts = {
    catalogue,
    cities,
    store,
    files,
    links,
    handOver: openHandOver({ files, links, recording, store, keyed, closing: new AbortController().signal }),
    recording,
    keyed,
    clock,
    ids,
    configVersion: VERSION,
    workingDays: options.workingDays,
    offices: openOffices([], { name: { zh: '服务台', en: 'Help desk' }, telephone: '024-000000' }),
    timing: { leaseMarginMs: LEASE_MARGIN_MS, backoffBaseMs: 1000, backoffMaxMs: 20_000, stuckAfterMs: STUCK_AFTER_MS },
    background: openBackground(onError),
    turns: openTurns(),
  }

  async function begin(): Promise<void> {
    try {
      await restoreHolds(store, cities)
    } catch {
      // A start that cannot read its holds is no start: the real one ends with this, and is started again.
      gateway.kill()
      return
    }
    // Neither is ever disposed: a process that dies does not put its things away.
    openCourier(parts, { tickMs: TICK_MS, perCityMax: 4, rampStepMs: 2000, onError })
    openNewsPoller(parts, { duty: ALWAYS_OURS, pollMs: POLL_MS, pageMax: 5, pagesMax: 4, onError })
  }

  const waiting = new Set<() => void>()
  const gateway: Gateway = {
    life,
    call<Value>(what: string, work: (parts: Parts) => Promise<Value>) {
      return new Promise<Ended<Value>>((resolve) => {
        timeline.note(`${name} gets ${what}`)
        const lose = (): void => resolve({ kind: 'lost' })
        waiting.add(lose)
        const end = (ended: Ended<Value>): void => {
          waiting.delete(lose)
          resolve(ended)
        }
        work(parts).then(
          (value) => end({ kind: 'answered', value }),
          (error: unknown) => {
            onError(error)
            end({ kind: 'refused', fault: asFault(error) })
          },
        )
      })
    },
    kill() {
      life.end()
      timeline.note(`${name} dies`)
      options.onDeath()
      for (const lose of waiting) lose()
      waiting.clear()
    },
  }
  void begin()
  return gateway
}

function citiesOver(lines: readonly Line[]): Cities {
  const find = (city: string): Line => {
    const found = lines.find(({ backend }) => backend.city === city)
    if (found === undefined) throw new Fault('CITY_UNKNOWN')
    return found
  }
  return {
    backend: (city) => find(city).backend,
    all: lines.map(({ backend }) => backend),
    lines: () => lines.map((line) => line.view()),
    hold(city, _backend, hold) {
      const line = find(city)
      line.hold(hold)
      return line.view()
    },
  }
}
