// What the paths work with: opened once by the server, handed to each step as an argument.

import type { Recording } from '../audit/records.ts'
import type { Catalogue } from '../catalogue/catalogue.ts'
import type { Clock } from '../domain/clock.ts'
import type { Cities } from '../domain/delivery.ts'
import type { Ids, Keyed } from '../domain/ids.ts'
import type { MaterialFiles } from '../domain/material.ts'
import type { Store } from '../domain/store.ts'
import type { WorkingDays } from '../domain/working-days.ts'
import type { Background } from './background.ts'
import type { HandOver } from './hand-over.ts'
import type { MaterialLinks } from './material-links.ts'
import type { Offices } from './offices.ts'
import type { Turns } from './turns.ts'

export interface Parts {
  readonly catalogue: Catalogue
  readonly cities: Cities
  readonly store: Store
  /** The bytes of uploaded materials. */
  readonly files: MaterialFiles
  readonly links: MaterialLinks
  /** Brings uploaded files to a city before the message that names them. */
  readonly handOver: HandOver
  readonly recording: Recording
  readonly keyed: Keyed
  readonly clock: Clock
  readonly ids: Ids
  readonly configVersion: string
  readonly workingDays: WorkingDays
  readonly offices: Offices
  readonly timing: HandlingTiming
  /** First attempts that go on after their caller's patience has ended. */
  readonly background: Background
  /** Of the calls about one delivery: the first attempt's and the courier's. */
  readonly turns: Turns
}

export interface HandlingTiming {
  /** Added to a line's deadline for a lease: how long a settlement may wait for the disk before the courier takes over. */
  readonly leaseMarginMs: number
  /** The courier's pause after a failed attempt, doubled each time up to the maximum. */
  readonly backoffBaseMs: number
  readonly backoffMaxMs: number
  /** What has been tried for so long, and still fails while its line is in service, is stuck. */
  readonly stuckAfterMs: number
}
