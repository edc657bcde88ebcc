// The ways in which a sandbox city can be sick, on demand.

export const FAULT_KINDS = [
  'hang-unread',
  'hang',
  'hang-after',
  'reset',
  'reset-after',
  'refuse-connect',
  'error-500',
  'error-500-after',
  'garbage',
  'html',
  'empty',
  'truncated',
  'wrong-charset',
  'slow',
  'oversized',
  'maintenance',
  'lie',
  'wrong-signature',
  'clock-skew',
  'expired-tokens',
  'duplicate-news',
  'shuffled-news',
  'short-ledger',
  'long-ledger',
  'doubled-ledger',
  'miscounted-ledger',
  'off',
] as const

/**
 * hang, reset: no answer, or a broken connection, before anything is taken; with -after once it has been taken and is on disk.
 * hang-unread: not even the body is read. refuse-connect: nobody listens (whatever the rate, unless that is 0).
 * error-500: HTTP 500, nothing taken; with -after all the same taken.
 * garbage: HTTP 200 with an HTML page or with an answer that breaks off, nothing taken. html, empty: a page or no body at all
 * with HTTP 200, nothing taken. truncated, wrong-charset: taken, then the answer breaks off in its middle, or comes in UTF-16
 * whatever its header says. maintenance: refused in the city's own words for it, nothing taken.
 * slow: taken, then the answer drips byte by byte. oversized: taken, then the answer does not end for 64 MiB. lie: an application is answered with yes, and nothing is kept.
 * wrong-signature: what the city signs does not verify. clock-skew: its clock is ten minutes ahead. expired-tokens: each token or
 * fetched secret counts as over. duplicate-news, shuffled-news: news come twice, or the newest first.
 * short-ledger, long-ledger, doubled-ledger, miscounted-ledger: its list of cases lacks the newest, has one that nobody sent, has
 * the newest twice under two numbers, or says one more than it lists.
 */
export type FaultKind = (typeof FAULT_KINDS)[number]

export type NewsFlaw = Extract<FaultKind, 'duplicate-news' | 'shuffled-news'>

/** `rate` = share of the calls that it strikes, 0 to 1. */
export type LedgerFlaw = Extract<FaultKind, `${string}-ledger`>

const LEDGER_FLAWS: readonly LedgerFlaw[] = ['short-ledger', 'long-ledger', 'doubled-ledger', 'miscounted-ledger']

/** How a city's list of cases comes out under this fault; null where it is right. */
export function ledgerFlaw(struck: FaultKind): LedgerFlaw | null {
  return LEDGER_FLAWS.find((flaw) => flaw === struck) ?? null
}

export interface FaultSetting {
  readonly fault: FaultKind
  readonly rate: number
}

export const HEALTHY: FaultSetting = { fault: 'off', rate: 1 }

export function isFault(value: unknown): value is FaultKind {
  return (FAULT_KINDS as readonly unknown[]).includes(value)
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

/** What strikes this call. */
export function strike(setting: FaultSetting): FaultKind {
  return Math.random() < setting.rate ? setting.fault : 'off'
}

export function refusesConnections(setting: FaultSetting): boolean {
  return setting.fault === 'refuse-connect' && setting.rate > 0
}
