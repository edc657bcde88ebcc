// The witnesses of the audit log as operators see them.

/**
 * waiting: not asked yet. agrees: it has cosigned the newest checkpoint that it was asked about. unreachable: no answer, or none
 * that makes sense. refuses: it does not know our log or our key. disputes: it has seen more of our log than there is, or
 * something else, which means that the log was rolled back or rewritten, here or there.
 */
export const WITNESS_STATES = ['waiting', 'agrees', 'unreachable', 'refuses', 'disputes'] as const
export type WitnessState = (typeof WITNESS_STATES)[number]

export interface WitnessView {
  /** As its key says. */
  readonly name: string
  readonly state: WitnessState
  /** Entries of the newest checkpoint that it has cosigned since the gateway started; 0 = none. */
  readonly size: number
}
