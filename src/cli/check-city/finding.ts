// What one check of a city's test system has found, as every report shows it.

import type { Sentence } from '../../domain/words.ts'

/** not-applicable: there is no such thing in this city. not-tried: something that it needs has failed. */
export type Outcome = 'passed' | 'failed' | 'not-applicable' | 'not-tried'

/** One exchange, or what of it is fit to be shown: personal data, keys and tokens are masked. */
export interface Shown {
  readonly sent: string
  /** Null where no answer came. */
  readonly received: string | null
}

export interface Verdict {
  readonly outcome: Outcome
  /** What was found. */
  readonly found: Sentence
  /** How to mend it; null where nothing is to be mended. */
  readonly mend: Sentence | null
  /** The exchange that shows it best. */
  readonly shown: Shown | null
  /** What failed or is noteworthy among many, one line each. */
  readonly list?: readonly string[]
}

export interface Finding extends Verdict {
  readonly key: string
  readonly title: Sentence
  readonly tookMs: number
}

export function passed(found: Sentence, shown: Shown | null, list: readonly string[] = []): Verdict {
  return { outcome: 'passed', found, mend: null, shown, list }
}

export function failed(found: Sentence, mend: Sentence, shown: Shown | null, list: readonly string[] = []): Verdict {
  return { outcome: 'failed', found, mend, shown, list }
}

export function notApplicable(found: Sentence): Verdict {
  return { outcome: 'not-applicable', found, mend: null, shown: null }
}

export function notTried(found: Sentence): Verdict {
  return { outcome: 'not-tried', found, mend: null, shown: null }
}
