// How the lines to the cities stand, and what an operator decides about one of them.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import { HOLDS, type HoldKind, type LineHold, type LineView } from '../domain/line.ts'
import type { Cities } from '../domain/delivery.ts'
import type { Store } from '../domain/store.ts'
import { mayOperate } from '../identity/rights.ts'
import { wrongReason } from './operator-words.ts'
import type { Parts } from './parts.ts'

/** Every line, for operators. Throws Fault ROLE_NOT_ALLOWED. */
export async function listLines(parts: Parts, caller: Caller): Promise<Handled> {
  mayOperate(caller.principal)
  const record = parts.recording.of(caller, 'request-answered', 'answered', { status: 200 })
  await parts.store.append([record])
  const body = { lines: parts.cities.lines().map(lineBody), next: null }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

/**
 * Takes `{ hold: "open" | "closed" | null, reason }`: nothing is sent any more, or everything whatever became of it before, or
 * the breaker decides again. Durable, with its record, before it holds; it outlives a restart. The same decision twice is one.
 * Throws Fault ROLE_NOT_ALLOWED, LINE_UNKNOWN or FORM_INVALID.
 */
export async function holdLine(
  parts: Parts,
  caller: Caller,
  { city, backend }: { readonly city: string; readonly backend: string },
  received: ReceivedBody,
): Promise<Handled> {
  const { cities, clock, recording, store } = parts
  const by = mayOperate(caller.principal)
  if (!cities.lines().some((line) => line.city === city && line.backend === backend)) throw new Fault('LINE_UNKNOWN')
  const { kind, reason } = decisionOf(received.value)
  const hold: LineHold | null = kind === null ? null : { as: kind, reason, by, since: clock.now() }
  // The reason is an operator's own words: kept sealed, and in the log as a digest only.
  const record = recording.of(caller, 'line-held', kind === null ? 'lifted' : `held-${kind}`, {
    city,
    status: 200,
    requestDigest: recording.digest(received.bytes),
  })
  await store.holdLine(lineName(city, backend), hold, record)
  const view = cities.hold(city, backend, hold)
  if (view === null) throw new Fault('LINE_UNKNOWN')
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(lineBody(view)) }
}

/** What operators had decided before the last stop holds again. */
export async function restoreHolds(store: Store, cities: Cities): Promise<void> {
  const holds = await store.lineHolds()
  for (const { city, backend } of cities.lines()) {
    const hold = holds.get(lineName(city, backend))
    if (hold !== undefined) cities.hold(city, backend, hold)
  }
}

/** What operators decide at other gateways that share the store holds here too, soon after. Works until disposed. */
export function followHolds(
  { store, cities, clock }: Pick<Parts, 'store' | 'cities' | 'clock'>,
  { everyMs, onError }: { readonly everyMs: number; readonly onError: (error: unknown) => void },
): AsyncDisposable {
  const closing = new AbortController()
  async function look(): Promise<void> {
    const holds = await store.lineHolds()
    for (const { city, backend, hold } of cities.lines()) {
      const decided = holds.get(lineName(city, backend)) ?? null
      if (decided?.since !== hold?.since) cities.hold(city, backend, decided)
    }
  }
  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      await clock.delay(everyMs, closing.signal).catch(() => undefined)
      if (!closing.signal.aborted) await look().catch(onError)
    }
  }
  const working = work()
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
    },
  }
}

const lineName = (city: string, backend: string): string => `${city}/${backend}`

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

function lineBody({ since, nextProbeAt, maintenanceUntil, certificateEndsAt, hold, ...line }: LineView): object {
  return {
    ...line,
    since: iso(since),
    nextProbeAt: iso(nextProbeAt),
    maintenanceUntil: iso(maintenanceUntil),
    certificateEndsAt: iso(certificateEndsAt),
    hold: hold === null ? null : { ...hold, since: iso(hold.since) },
  }
}

function decisionOf(value: unknown): { readonly kind: HoldKind | null; readonly reason: string } {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => name !== 'hold' && name !== 'reason')
    .map((name) => ({ pointer: `/${name.slice(0, 60)}`, rule: 'additionalProperties', message: UNKNOWN }))
  const { hold, reason } = given as { readonly hold?: unknown; readonly reason?: unknown }
  const kind = hold === null ? null : HOLDS.find((one) => one === hold)
  if (kind === undefined) errors.push({ pointer: '/hold', rule: 'enum', message: HOLD })
  const wrong = wrongReason(reason)
  if (wrong !== null) errors.push(wrong)
  if (errors.length > 0 || kind === undefined || typeof reason !== 'string') {
    throw new Fault('FORM_INVALID', { errors: errors.slice(0, 20) })
  }
  return { kind, reason: reason.trim() }
}

const UNKNOWN = { zh: '只接受 hold 和 reason。', en: 'Only hold and reason are taken.' }
const HOLD = {
  zh: '须为 open（停止发送）、closed（照常发送）或 null（交还熔断器）。',
  en: 'Must be open (nothing is sent), closed (calls go out) or null (the breaker decides again).',
}
