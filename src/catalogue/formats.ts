// Names the formats that schemas may use, each with a check that says precisely what is wrong.

import type { Clock } from '../domain/clock.ts'
import { dayFault, momentFault, monthFault, openToday, pastDay, positiveYuanFault, yuanFault } from './dates.ts'
import { disabilityCertificate, foreignerId, residentId } from './identity-numbers.ts'
import type { Check } from './identity-numbers.ts'
import {
  bankAccountFault,
  divisionFault,
  electronicCertificateFault,
  lineFault,
  linesFault,
  mobileFault,
  plateFault,
  realEstateUnitFault,
  usccFault,
} from './registry-numbers.ts'

export interface Formats {
  readonly checks: ReadonlyMap<string, Check>
  /** Today in China as YYYY-MM-DD. */
  readonly today: () => string
}

/** Every value of `format` that a schema may use. Days are compared with today in China by `clock`. */
export function openFormats(clock: Clock): Formats {
  const today = openToday(clock)
  const checks = new Map<string, Check>([
    ['resident-id', residentId(today)],
    ['foreigner-id', foreignerId(today)],
    ['disability-certificate', disabilityCertificate(today)],
    ['uscc', usccFault],
    ['division-code', divisionFault],
    ['mobile', mobileFault],
    ['vehicle-plate', plateFault],
    ['e-certificate-id', electronicCertificateFault],
    ['real-estate-unit', realEstateUnitFault],
    ['bank-account', bankAccountFault],
    ['date', dayFault],
    ['past-date', pastDay(today)],
    ['month', monthFault],
    ['date-time', momentFault],
    ['yuan', yuanFault],
    ['positive-yuan', positiveYuanFault],
    ['line', lineFault],
    ['text', linesFault],
  ])
  return { checks, today }
}
