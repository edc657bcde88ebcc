// A submission as a city understands it, once its protocol has been read; and its digest.

import { createHash } from 'node:crypto'
import type { SubmissionBody } from '../domain/submission.ts'

export interface CitySubmission {
  readonly reference: string
  readonly relatedCaseNo: string | null
  readonly item: string
  readonly leg: string
  /** Milliseconds since 1970. */
  readonly takenAt: number
  readonly body: SubmissionBody
}

/** The same for the same content: order of members does not count. */
export function digestOf(submission: CitySubmission): string {
  return createHash('sha256').update(sorted(submission)).digest('base64url')
}

function sorted(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sorted).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  const texts = members.map(([key, member]) => `${JSON.stringify(key)}:${sorted(member)}`)
  return `{${texts.sort().join(',')}}`
}
