// What every seed has in common: the catalogue with its joint items in three kinds, the calendar, and the people.

import { buildCatalogue, type Catalogue } from '../../src/catalogue/catalogue.ts'
import type { WhenFailed } from '../../src/domain/case-states.ts'
import type { Caller } from '../../src/domain/caller.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import type { CityKey, Principal } from '../../src/domain/words.ts'
import { openWorkingDays, type WorkingDays } from '../../src/domain/working-days.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openRandom, SEED_BYTES } from '../../src/store/random.ts'
import { openDisks, type Disks } from './disk.ts'

/** Ten in the morning of a Monday in China. */
export const BEGIN = Date.parse('2026-11-23T02:00:00.000Z')

export const QUERY = 'hf-account-loan-query'
/** One leg; two, the second once the first has approved; two side by side, the first only co-operating; three, the last in the first one's city. */
export const APPLICATIONS = [
  'mi-remote-care-filing',
  'dp-certificate-transfer',
  'hf-purchase-withdrawal',
  'ss-employee-pension-transfer',
] as const

export interface Stage {
  readonly disks: Disks
  readonly cityKeys: readonly CityKey[]
  readonly workingDays: WorkingDays
  /** The catalogue, whose joint items say so of a leg that fails. */
  readonly catalogues: Readonly<Record<WhenFailed, Catalogue>>
  /** A body that is accepted, to be decided by `city`. */
  sample(item: string, city: CityKey): SubmissionBody
}

export function openStage(): Stage {
  const config = loadConfig(configOptions({}))
  const clock = { now: () => BEGIN, monotonic: () => 0, delay: () => Promise.resolve() }
  const catalogueWhere = (whenFailed: WhenFailed): Catalogue => {
    const items = config.catalogue.items.map((item) => {
      const [first, ...others] = item.legs
      return { ...item, legs: [{ ...first, whenFailed }, ...others.map((leg) => ({ ...leg, whenFailed }))] as const }
    })
    return buildCatalogue({ ...config.catalogue, items, cities: config.cities, clock })
  }
  const catalogues = {
    stop: catalogueWhere('stop'),
    undo: catalogueWhere('undo'),
    'go-on': catalogueWhere('go-on'),
  }
  const samples = new Map<string, SubmissionBody>()
  const bytes = openRandom(Buffer.alloc(SEED_BYTES))
  return {
    disks: openDisks({ node: 'simulated', now: BEGIN, bytes: (size) => Buffer.from(bytes(size)) }),
    cityKeys: config.cities.map(({ key }) => key),
    workingDays: openWorkingDays(config.calendar),
    catalogues,
    sample(item, city) {
      const name = `${item} ${city}`
      const known = samples.get(name)
      if (known !== undefined) return known
      const { stop } = catalogues
      const sample = stop.sample(stop.find(item), city)
      samples.set(name, sample)
      return sample
    },
  }
}

/** The applicant of every sample, and a clerk who files for that person. */
const PERSON = { certType: '111', certNo: '210102199003070011' }
export const RESIDENT: Principal = {
  role: 'resident',
  issuer: 'https://id.invalid',
  subject: PERSON.certNo,
  person: PERSON,
}
export const CLERK: Principal = {
  role: 'clerk',
  issuer: 'https://id.shenyang.invalid',
  subject: 'clerk-17',
  city: 'shenyang',
  hall: 'hunnan',
}
export const OPERATOR: Principal = { role: 'operator', issuer: 'https://id.invalid', subject: 'operator-1' }

/** Nobody goes away while a simulated call lasts. */
const GONE = new AbortController().signal

export const callerOf = (principal: Principal, requestId: string, method: string, route: string): Caller => ({
  principal,
  requestId,
  method,
  route,
  gone: GONE,
})
