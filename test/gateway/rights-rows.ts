// Every kind of caller, and rows of what they may expect of a route, for the matrix of rights.

import type { Role } from '../../src/domain/words.ts'
import type { TokenWish } from './harness.ts'

/** The applicant of every sample, and somebody else whom a city knows. */
export const SELF = '210102199003070011'
export const OTHER = '210303198511290021'
export const COMPETENT = 'shenfu'

export const CALLERS = {
  nobody: null,
  'clerk of the hall': { role: 'clerk' },
  'clerk of another hall': { role: 'clerk', hall: 'hunnan' },
  'clerk of the competent city': { role: 'clerk', city: COMPETENT },
  'clerk of another city': { role: 'clerk', city: 'benxi' },
  'the resident': { role: 'resident', subject: SELF },
  'another resident': { role: 'resident', subject: OTHER },
  'the competent city': { role: 'city', city: COMPETENT },
  'the collecting city': { role: 'city', city: 'shenyang' },
  'another city': { role: 'city', city: 'fuxin' },
  auditor: { role: 'auditor' },
  operator: { role: 'operator' },
} as const satisfies Record<string, ({ readonly role: Role } & TokenWish) | null>
export type Name = keyof typeof CALLERS
export const names = Object.keys(CALLERS) as Name[]
export type Expected = number | `${number} ${string}`
export type Row = Readonly<Record<Name, Expected>>

export const everybody = (expected: Expected): Row => Object.fromEntries(names.map((name) => [name, expected])) as Row

export const BEHIND_TOKEN = { ...everybody('403 ROLE_NOT_ALLOWED'), nobody: '401 TOKEN_MISSING' } as const
export const submits = (done: Expected): Row => ({
  ...BEHIND_TOKEN,
  'clerk of the hall': done,
  'clerk of another hall': done,
  'clerk of the competent city': done,
  'clerk of another city': done,
  'the resident': done,
  'another resident': '403 NOT_OWN_PERSON',
})
export const seesCase = (seen: Expected, hidden: Expected): Row => ({
  ...BEHIND_TOKEN,
  'clerk of the hall': seen,
  'clerk of another hall': hidden,
  'clerk of the competent city': hidden,
  'clerk of another city': hidden,
  'the resident': seen,
  'another resident': hidden,
  'the competent city': seen,
  'the collecting city': hidden,
  'another city': hidden,
})
export const acts = (may: Expected): Row => ({
  ...seesCase(may, '404 CASE_UNKNOWN'),
  'the competent city': '403 ROLE_NOT_ALLOWED',
  'the collecting city': '403 ROLE_NOT_ALLOWED',
  'another city': '403 ROLE_NOT_ALLOWED',
})
export const ofDraft = (done: Expected): Row => ({
  ...submits('404 DRAFT_UNKNOWN'),
  'another resident': '404 DRAFT_UNKNOWN',
  'clerk of the hall': done,
})
export const audits = { ...BEHIND_TOKEN, auditor: 200 } as const
export const NO_RESIDENT = {
  'the resident': '403 ROLE_NOT_ALLOWED',
  'another resident': '403 ROLE_NOT_ALLOWED',
} as const
export const explains = { ...submits(200), ...NO_RESIDENT, operator: 200 } as const
