// Background work that one gateway at a time does for all that share a store: who does it, and what it has found for the others.

/** `term` grows each time that the duty is taken or gone on with: while it stands still, nobody is known to be there. */
export interface DutyStanding {
  readonly holder: string
  readonly term: number
}

/** Nobody holds it. */
export const NOBODY = ''

export interface DutyStore {
  /**
   * Goes on with a duty that `holder` has, or takes it where nobody has it or its term still is `seen`. Gives how it stands
   * afterwards: of several who have seen the same term one takes it.
   */
  holdDuty(duty: string, holder: string, seen: number | null): Promise<DutyStanding>
  /** Leaves it to the next one who asks; nothing if another one holds it. */
  leaveDuty(duty: string, holder: string): Promise<void>
  /** Keeps what whoever does the work has found, in the place of what was found before. Nothing personal may be in it. */
  keepFound(what: string, content: string): Promise<void>
  found(what: string): Promise<string | null>
}

/** Asked before each step of background work. */
export interface Duty {
  /** Whether it is ours at this moment. Of several gateways it is never two's, but for a step that was begun before it was lost. */
  isOurs(): boolean
  /** There may be others, who want to know what was found. */
  readonly isShared: boolean
}

/** Of a store that one gateway has for itself. */
export const ALWAYS_OURS: Duty = { isOurs: () => true, isShared: false }
