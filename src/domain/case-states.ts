// What may happen to a case and where it leads: one table of state and event. What is not in it moves nothing.

import type { CaseState } from './delivery.ts'
import type { Role } from './words.ts'

/** gateway: by itself. other-leg: what happened to another leg of the same case, by the item's definition. */
export type Doer = Role | 'gateway' | 'other-leg'

/** What an event leaves in the file, whoever keeps the paper of it. */
export const DOCUMENTS = [
  'receipt',
  'acceptance-notice',
  'correction-notice',
  'refusal-notice',
  'special-procedure-notice',
  'decision',
  'result',
  'proof-of-delivery',
  'withdrawal',
  'return-notice',
] as const
export type DocumentKind = (typeof DOCUMENTS)[number]

interface Rule {
  /** Null: before there is a case. */
  readonly from: readonly (CaseState | null)[]
  readonly to: CaseState
  readonly by: readonly Doer[]
  /** What it records beside time, office and role. */
  readonly document: DocumentKind | null
}

/** Nothing is decided yet: the applicant may still take the case back. */
const OPEN = ['collected', 'pre-accepted', 'accepted', 'correction-required', 'in-review', 'suspended'] as const
const ALIVE = [...OPEN, 'approved', 'rejected', 'completed'] as const
/** Not over yet for the applicant: what has been rejected stays so, whatever becomes of legs that are undone for it. */
const STOPPABLE = [...OPEN, 'approved', 'completed'] as const

const rule = (from: Rule['from'], to: CaseState, by: Rule['by'], document: DocumentKind | null = null): Rule => ({
  from,
  to,
  by,
  document,
})

/**
 * News may be lost or late, and some cities skip what others tell: an event leads forward over what was not told, and never
 * back. A state that is told again stays.
 */
const RULES = {
  file: rule([null], 'collected', ['clerk', 'resident'], 'receipt'),
  // An operator: the city's staff have said by telephone that they have it.
  'pre-accept': rule(['collected', 'correction-required', 'pre-accepted'], 'pre-accepted', ['city', 'operator']),
  accept: rule(
    ['collected', 'pre-accepted', 'correction-required', 'suspended', 'accepted'],
    'accepted',
    ['city'],
    'acceptance-notice',
  ),
  'require-correction': rule(OPEN, 'correction-required', ['city'], 'correction-notice'),
  refuse: rule(['collected', 'pre-accepted', 'correction-required', 'refused'], 'refused', ['city'], 'refusal-notice'),
  review: rule(OPEN, 'in-review', ['city']),
  suspend: rule(OPEN, 'suspended', ['city'], 'special-procedure-notice'),
  approve: rule([...OPEN, 'approved'], 'approved', ['city'], 'decision'),
  reject: rule([...OPEN, 'rejected'], 'rejected', ['city'], 'decision'),
  complete: rule(ALIVE, 'completed', ['city'], 'result'),
  deliver: rule([...ALIVE, 'delivered'], 'delivered', ['city'], 'proof-of-delivery'),
  // From a special procedure too: the notice that came between may be told after the end that it led to.
  lapse: rule([...OPEN, 'lapsed'], 'lapsed', ['city']),
  withdraw: rule(
    [...OPEN, 'withdrawn'],
    'withdrawn',
    ['clerk', 'resident', 'city', 'operator', 'other-leg'],
    'withdrawal',
  ),
  return: rule([...OPEN, 'returned'], 'returned', ['city'], 'return-notice'),
  reroute: rule(['returned'], 'collected', ['clerk']),
  abort: rule([...ALIVE, 'aborted'], 'aborted', ['city', 'operator']),
  // The last of the legs that only co-operate has ended after the one that decides was done: now the case is.
  finish: rule(['approved'], 'completed', ['other-leg']),
  // A leg that only co-operates has ended badly: the case stops, however far the leg that decides has come.
  'stop-refused': rule(STOPPABLE, 'refused', ['other-leg']),
  'stop-rejected': rule(STOPPABLE, 'rejected', ['other-leg']),
  'stop-returned': rule(STOPPABLE, 'returned', ['other-leg']),
  'stop-withdrawn': rule(STOPPABLE, 'withdrawn', ['other-leg']),
  'stop-lapsed': rule(STOPPABLE, 'lapsed', ['other-leg']),
  'stop-aborted': rule(STOPPABLE, 'aborted', ['other-leg']),
} as const satisfies Record<string, Rule>

export type StateEvent = keyof typeof RULES
export const STATE_EVENTS = Object.keys(RULES) as readonly StateEvent[]

/** The event that a state told by a city stands for. */
const EVENT_OF: Readonly<Record<CaseState, StateEvent>> = {
  collected: 'file',
  'pre-accepted': 'pre-accept',
  accepted: 'accept',
  'correction-required': 'require-correction',
  refused: 'refuse',
  'in-review': 'review',
  suspended: 'suspend',
  approved: 'approve',
  rejected: 'reject',
  completed: 'complete',
  delivered: 'deliver',
  withdrawn: 'withdraw',
  returned: 'return',
  lapsed: 'lapse',
  aborted: 'abort',
}

const STOPS = {
  refused: 'stop-refused',
  rejected: 'stop-rejected',
  returned: 'stop-returned',
  withdrawn: 'stop-withdrawn',
  lapsed: 'stop-lapsed',
  aborted: 'stop-aborted',
} as const satisfies Partial<Record<CaseState, StateEvent>>

export interface Move {
  readonly event: StateEvent
  readonly to: CaseState
  readonly document: DocumentKind | null
}

/** Where `event` by `doer` leads from `state` (null = before there is a case); null where the table does not have it. */
export function move(state: CaseState | null, event: StateEvent, doer: Doer): Move | null {
  const found: Rule = RULES[event]
  if (!found.from.includes(state) || !found.by.includes(doer)) return null
  return { event, to: found.to, document: found.document }
}

/** Where a leg goes whose city tells that it stands at `told`. */
export function moveTold(state: CaseState, told: CaseState): Move | null {
  return move(state, EVENT_OF[told], 'city')
}

/**
 * Where a case goes because one of its legs has gone where `leg` says; null = it stays. It is one case for the applicant, and
 * not completed before all of it is: with others at work, `othersAreDone` being false, what is completed is approved.
 */
export function moveOfCase(
  state: CaseState,
  leg: Move,
  place: { readonly decides: boolean; readonly whenFailed: WhenFailed },
  doer: Doer,
  othersAreDone: () => boolean,
): Move | null {
  if (place.decides)
    return isDone(leg.to) && !othersAreDone() ? move(state, 'approve', 'city') : move(state, leg.event, doer)
  if (hasFailed(leg.to) && place.whenFailed !== 'go-on') return move(state, STOPS[leg.to], 'other-leg')
  const hasEndedHere = hasFailed(leg.to) || isDone(leg.to)
  return hasEndedHere && !isDone(state) && othersAreDone() ? move(state, 'finish', 'other-leg') : null
}

/**
 * What becomes of the others where a leg ends badly. stop: the case ends so, and legs that have not begun never do. undo: also,
 * legs that have begun are withdrawn. go-on: the others go on, as the case does unless it is the leg that decides.
 */
export const WHEN_FAILED = ['stop', 'undo', 'go-on'] as const
export type WhenFailed = (typeof WHEN_FAILED)[number]

/** Ended without what was applied for. */
export function hasFailed(state: CaseState): state is keyof typeof STOPS {
  return Object.hasOwn(STOPS, state)
}

/** What it yields is at hand. */
export function isDone(state: CaseState): boolean {
  return state === 'completed' || state === 'delivered'
}

/** Nothing is decided, so that it may be corrected or withdrawn. */
export function isOpen(state: CaseState): boolean {
  return (OPEN as readonly CaseState[]).includes(state)
}

/** Nothing more is going to be decided, so that the service may be rated. */
export function hasEnded(state: CaseState): boolean {
  return hasFailed(state) || isDone(state)
}
