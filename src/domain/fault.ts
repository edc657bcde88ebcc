// Every fault that the gateway can name; each stands in faults/ with its words.
// docs/errors.md lists the same codes; a test holds the two together.

import type { Reason } from './delivery.ts'
import { ASKING_FAULTS } from './faults/asking.ts'
import { CITY_FAULTS } from './faults/city.ts'
import { GATEWAY_FAULTS } from './faults/gateway.ts'
import type { FaultSource } from './faults/kind.ts'
import { REQUEST_FAULTS } from './faults/request.ts'
import type { Sentence } from './words.ts'

export const FAULTS = { ...REQUEST_FAULTS, ...ASKING_FAULTS, ...GATEWAY_FAULTS, ...CITY_FAULTS } as const

export type FaultCode = keyof typeof FAULTS

/** One thing wrong with a submission: where (JSON Pointer into the body, or a parameter's name), by which rule, and in words. */
export interface FieldError {
  readonly pointer: string
  readonly rule: string
  readonly message: Sentence
}

export interface FaultDetails {
  /** What was wrong this time. Shown to the caller, never logged: it may hold the caller's own words. */
  readonly detail?: Sentence
  readonly errors?: readonly FieldError[]
  /** True where `errors` was cut. */
  readonly more?: boolean
  readonly retryAfterMs?: number
  readonly reasons?: readonly Reason[]
  readonly city?: string
  readonly caseNo?: string
  readonly allow?: readonly string[]
  readonly cause?: unknown
}

/** The one error class. Its message is the code alone, so that logs and metrics can take it as it is. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly details: FaultDetails

  constructor(code: FaultCode, details: FaultDetails = {}) {
    super(code, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Fault'
    this.code = code
    this.details = details
  }

  get status(): number {
    return FAULTS[this.code].status
  }

  get source(): FaultSource {
    return FAULTS[this.code].source
  }
}

/** Anything thrown as a Fault: a foreign error becomes INTERNAL with the error as its cause. */
export function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('INTERNAL', { cause: error })
}
