// A city that does what a model's command has told it to do, and nothing by itself.

import type { CaseState, DeliverAnswer } from '../../src/domain/delivery.ts'
import type { City, Entry } from './city.ts'
import type { Findings } from './findings.ts'

/** What the cities say; by the number of the case, which stands in the application's purpose. */
export interface Script {
  /** Of each case, leg by leg: where the city puts it when it takes it; `refused` where it does not. */
  readonly takes: Map<string, Readonly<Record<string, CaseState>>>
  /** Where a correction leads; null where it is refused. */
  corrected: CaseState | null
}

/** Of a withdrawal that the city is to refuse. */
export const NOT_GIVEN_BACK = '不同意撤回'

const REASONS = [{ code: 'S', message: '按脚本' }]

export function openScriptedCity(key: string, script: Script, findings: Findings): City {
  const entries = new Map<string, Entry>()

  const answerOf = ({ isRefused, number, state }: Entry): DeliverAnswer =>
    isRefused
      ? { kind: 'refused', reasons: REASONS }
      : { kind: 'taken', backendCaseNo: number, cityStatus: state, state }

  return {
    key,
    kind: {
      canEnquire: true,
      honoursReference: false,
      numbersLater: false,
      news: 'push',
      accepts: { corrections: true, withdrawals: true },
      materials: 'handed-over',
    },
    entries,
    told: [],
    owes: () => false,
    deliver({ reference, leg, body }) {
      const known = entries.get(reference)
      if (known !== undefined) {
        findings.broken('nothing takes effect twice', reference)
        return answerOf(known)
      }
      const state = script.takes.get(body.purpose ?? '')?.[leg.key]
      if (state === undefined) throw new Error(`nothing is planned for ${reference}`)
      const isRefused = state === 'refused'
      const number = `${key}-${entries.size + 1}`
      const entry = {
        reference,
        number,
        taken: isRefused ? 0 : 1,
        isRefused,
        state,
        corrections: new Map(),
        events: [],
      }
      entries.set(reference, entry)
      return answerOf(entry)
    },
    enquire({ reference }) {
      const known = entries.get(reference)
      return known === undefined ? { kind: 'not-known' } : answerOf(known)
    },
    correct({ reference, correctionNo }) {
      const { corrected } = script
      const entry = entries.get(reference)
      if (entry === undefined) throw new Error(`there is no ${reference}`)
      if (corrected === null) return { kind: 'refused', reasons: REASONS }
      entry.corrections.set(correctionNo, '')
      return { kind: 'taken', cityStatus: corrected, state: corrected }
    },
    takeFile: () => ({ kind: 'taken' }),

    withdraw: ({ reason }) =>
      reason === NOT_GIVEN_BACK
        ? { kind: 'refused', reasons: REASONS }
        : { kind: 'withdrawn', cityStatus: 'withdrawn' },
  }
}
