// A world for one gateway at a time: the disk that outlives it, the cities, the weather, and the time in which it dies and starts again.

import { hash } from 'node:crypto'
import type { Catalogue } from '../../src/catalogue/catalogue.ts'
import { choicesFor, type Choices } from '../../src/catalogue/seeded.ts'
import type { Ids } from '../../src/domain/ids.ts'
import type { MaterialFiles } from '../../src/domain/material.ts'
import type { Parts } from '../../src/handling/parts.ts'
import { openRandom, SEED_BYTES } from '../../src/store/random.ts'
import { idsOf } from '../../src/system.ts'
import type { City } from './city.ts'
import type { Disk } from './disk.ts'
import { openFiles } from './files.ts'
import { openEvidence, type Evidence } from './evidence.ts'
import { openFindings, type Findings } from './findings.ts'
import { startGateway, type Ended, type Gateway } from './gateway.ts'
import { BEGIN, type Stage } from './stage.ts'
import { openTimeline, type Timeline } from './timeline.ts'
import type { Weather } from './weather.ts'

/** What everything in a world is made of. */
export interface Ground {
  readonly timeline: Timeline
  readonly choices: Choices
  readonly findings: Findings
  readonly ids: Ids
  readonly disk: Disk
  readonly evidence: Evidence
  readonly files: MaterialFiles
}

/** The same `name` gives the same ground. `onLine` sees each line of the trace. */
export function layGround(
  { disks }: Pick<Stage, 'disks'>,
  name: string,
  onLine: ((line: string) => void) | null,
): Ground {
  const bytes = openRandom(hash('sha256', name, 'buffer').subarray(0, SEED_BYTES))
  const timeline = openTimeline(BEGIN, onLine)
  const findings = openFindings(timeline.note)
  const disk = disks.empty((size) => Buffer.from(bytes(size)))
  return {
    timeline,
    choices: choicesFor(name),
    findings,
    ids: idsOf(bytes, timeline.now),
    disk,
    evidence: openEvidence(disk.database, findings),
    files: openFiles(),
  }
}

export interface World {
  /** To the gateway that runs just now; `lost` where none does. */
  call<Value>(what: string, work: (parts: Parts) => Promise<Value>): Promise<Ended<Value>>
  /** Lets things happen until then, or until `isOver`; processes die as the weather has it. */
  run(until: number, isOver?: () => boolean): Promise<void>
  /** Nothing is on its way any more, save what waits for a person. */
  isAtRest(): boolean
  isKept(caseNo: string): boolean
}

const DOWN_MS_MAX = 8000

export function openWorld(
  ground: Ground,
  stage: Pick<Stage, 'workingDays'>,
  parts: { readonly cities: readonly City[]; readonly weather: Weather; readonly catalogue: Catalogue },
): World {
  const { timeline, choices, findings, ids, disk, evidence, files } = ground
  const { weather } = parts
  let gateway: Gateway | null = null
  let starts = 0

  function start(): void {
    starts += 1
    gateway = startGateway({
      ...parts,
      name: `gateway ${starts}`,
      timeline,
      choices,
      disk,
      workingDays: stage.workingDays,
      ids,
      files,
      watch: evidence.watch,
      carryOut: evidence.carryOut,
      onFailure: evidence.onFailure,
      onDeath() {
        gateway = null
        evidence.onDeath()
        timeline.after(100 + choices.pick(DOWN_MS_MAX), 'a gateway starts', start)
      },
      onError: (error) => findings.broken('no fault of our own', causeOf(error)),
    })
  }
  start()

  // What comes after a message that a person has to decide about waits for that person.
  const open = disk.database.prepare(`
    SELECT 1 FROM deliveries d
    WHERE state IN ('sending', 'stored', 'unconfirmed') AND NOT EXISTS (
      SELECT 1 FROM deliveries e
      WHERE e.case_position = d.case_position AND e.leg = d.leg AND e.message_no < d.message_no AND e.state = 'stuck')
    LIMIT 1`)
  const kept = disk.database.prepare('SELECT 1 FROM cases WHERE case_no = ?')

  return {
    async call(what, work) {
      return gateway === null ? { kind: 'lost' } : gateway.call(what, work)
    },
    async run(until, isOver = () => false) {
      const time = { isUp: false }
      timeline.after(until - timeline.now(), '', () => {
        time.isUp = true
      })
      while (!time.isUp && !isOver() && (await timeline.step())) {
        if (weather.crashesNow()) gateway?.kill()
      }
    },
    isAtRest: () => open.get() === undefined,
    isKept: (caseNo) => kept.get(caseNo) !== undefined,
  }
}

function causeOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown }
  return cause instanceof Error ? `${cause.message} ${String(cause.stack).split('\n')[1] ?? ''}` : String(error)
}
