// What docs/cases.md says of a case, once more and by other means than the table of src/: small, slow to read wrongly, without I/O.

import type { WhenFailed } from '../../src/domain/case-states.ts'
import type { CaseState } from '../../src/domain/delivery.ts'

export interface ModelLeg {
  readonly key: string
  readonly decides: boolean
  /** Starts when the leg before has been taken, approved, or completed. */
  readonly startsAfter: 'taken' | 'approved' | 'completed'
  begun: boolean
  /** Its turn never comes any more. */
  cancelled: boolean
  state: CaseState
  /** Of the newest news that came. */
  order: number
}

export interface ModelCase {
  readonly whenFailed: WhenFailed
  readonly legs: readonly ModelLeg[]
  state: CaseState
  corrections: number
  rated: boolean
}

const UNDECIDED: readonly CaseState[] = [
  'collected',
  'pre-accepted',
  'accepted',
  'correction-required',
  'in-review',
  'suspended',
]
const BAD_ENDS: readonly CaseState[] = ['refused', 'rejected', 'withdrawn', 'returned', 'lapsed', 'aborted']

export const isUndecided = (state: CaseState): boolean => UNDECIDED.includes(state)
export const endsBadly = (state: CaseState): boolean => BAD_ENDS.includes(state)
const hasDone = (state: CaseState): boolean => state === 'completed' || state === 'delivered'
export const mayBeRated = (state: CaseState): boolean => endsBadly(state) || hasDone(state)

/** Whether a city may say `told` of what stands at `from`: forward over what was not told, never back; what stays, stays. */
export function mayFollow(from: CaseState, told: CaseState): boolean {
  if (told === from) return from !== 'collected'
  switch (told) {
    case 'collected':
      return false
    case 'pre-accepted':
      return from === 'collected' || from === 'correction-required'
    case 'refused':
      return from === 'collected' || from === 'pre-accepted' || from === 'correction-required'
    case 'accepted':
      return isUndecided(from) && from !== 'in-review'
    case 'lapsed':
    case 'in-review':
    case 'correction-required':
    case 'suspended':
    case 'approved':
    case 'rejected':
    case 'withdrawn':
    case 'returned':
      return isUndecided(from)
    case 'completed':
    case 'aborted':
      return (
        isUndecided(from) || from === 'approved' || from === 'rejected' || (from === 'completed' && told === 'aborted')
      )
    case 'delivered':
      return isUndecided(from) || from === 'approved' || from === 'rejected' || from === 'completed'
  }
}

/** The city of a leg says where it stands. `takes`: what the cities of legs that begin by it will say. */
export function tell(of: ModelCase, leg: ModelLeg, told: CaseState, takes: (leg: ModelLeg) => CaseState): void {
  if (!mayFollow(leg.state, told)) return
  const wasThere = leg.state === told
  leg.state = told
  if (leg.decides) {
    // One case for the applicant: done when all of it is.
    const along = hasDone(told) && !othersAreOver(of, leg) ? 'approved' : told
    if (mayFollow(of.state, along)) of.state = along
  } else if (endsBadly(told) && of.whenFailed !== 'go-on') {
    if (mayStop(of.state)) of.state = told
  } else if ((endsBadly(told) || hasDone(told)) && othersAreOver(of, leg) && isDecided(of)) of.state = 'completed'
  if (endsBadly(told) && !wasThere) endOthers(of, leg)
  begin(of, leg, takes)
}

/** The leg that decides is done, and the case stands at `approved` for the others alone. */
const isDecided = ({ state, legs }: ModelCase): boolean =>
  state === 'approved' && legs.some(({ decides, state }) => decides && hasDone(state))

function othersAreOver({ legs }: ModelCase, leg: ModelLeg): boolean {
  let isBroken = false
  return legs.every((other) => {
    isBroken ||= endsBadly(other.state)
    const never = other.cancelled || (!other.begun && isBroken)
    return other === leg || never || hasDone(other.state) || endsBadly(other.state)
  })
}

/** A leg that co-operates stops the case however far it has come, but not once it has ended badly or is over. */
const mayStop = (state: CaseState): boolean => isUndecided(state) || state === 'approved' || state === 'completed'

function endOthers(of: ModelCase, leg: ModelLeg): void {
  // What belongs to another authority may be routed anew.
  if (leg.state === 'returned') return
  if (of.whenFailed === 'go-on' && !leg.decides) return
  const undoes = of.whenFailed === 'undo' || (leg.decides && leg.state === 'withdrawn')
  for (const other of of.legs) {
    if (other === leg || other.cancelled) continue
    if (!other.begun) other.cancelled = true
    else if (undoes && isUndecided(other.state)) {
      other.state = 'withdrawn'
      if (other.decides && mayFollow(of.state, 'withdrawn')) of.state = 'withdrawn'
      endOthers(of, other)
    }
  }
}

function begin(of: ModelCase, leg: ModelLeg, takes: (leg: ModelLeg) => CaseState): void {
  const next = of.legs[of.legs.indexOf(leg) + 1]
  if (next === undefined || next.begun || next.cancelled || endsBadly(leg.state) || endsBadly(of.state)) return
  if (next.startsAfter === 'completed' && !hasDone(leg.state)) return
  if (next.startsAfter === 'approved' && leg.state !== 'approved' && !hasDone(leg.state)) return
  next.begun = true
  tell(of, next, takes(next), takes)
}

/** The applicant takes the case back, and the cities agree. */
export function takeBack(of: ModelCase, takes: (leg: ModelLeg) => CaseState): void {
  const deciding = of.legs.find(({ decides }) => decides)
  if (deciding !== undefined) tell(of, deciding, 'withdrawn', takes)
}
