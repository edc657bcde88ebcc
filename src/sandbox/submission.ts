// A submission as a city understands it, once its protocol has been read; and its digest.

import { createHash } from 'node:crypto'
import type { SubmissionBody } from '../domain/submission.ts'

/** A permit, a letter, a certificate that another city has issued in the same matter. */
export interface RelatedResult {
  readonly code: string
  readonly name: string
  readonly number: string
}

export interface CitySubmission {
  readonly reference: string
  readonly relatedCaseNo: string | null
  /** What the leg before has yielded, where anything was told. */
  readonly relatedResults?: readonly RelatedResult[]
  readonly item: string
  readonly leg: string
  /** Milliseconds since 1970. */
  readonly takenAt: number
  readonly body: SubmissionBody
}

/** Of rows that a city has under names of its own; nothing where it was told of none. */
export function resultsUnder(
  [code, name, number]: readonly [code: string, name: string, number: string],
  rows: unknown,
): Pick<CitySubmission, 'relatedResults'> {
  if (rows === undefined) return {}
  const given = rows as readonly Readonly<Record<string, string>>[]
  return { relatedResults: given.map((row) => ({ code: row[code]!, name: row[name]!, number: row[number]! })) }
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
