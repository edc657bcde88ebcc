// Those who use the gateway: they file, repeat, look, correct, take back, rate and ask, and they do not give up.

import type { Choices } from '../../src/catalogue/seeded.ts'
import type { CaseRecord } from '../../src/domain/case-record.ts'
import { hasEnded } from '../../src/domain/case-states.ts'
import type { Caller, Handled, ReceivedBody } from '../../src/domain/caller.ts'
import type { Ids } from '../../src/domain/ids.ts'
import { currentLegs } from '../../src/domain/leg-place.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import type { CityKey, Principal } from '../../src/domain/words.ts'
import type { Asking } from '../../src/handling/acts.ts'
import { correct } from '../../src/handling/correct.ts'
import { holdLine } from '../../src/handling/lines.ts'
import type { Parts } from '../../src/handling/parts.ts'
import { query } from '../../src/handling/query.ts'
import { rate } from '../../src/handling/rate.ts'
import { reroute } from '../../src/handling/reroute.ts'
import { submit } from '../../src/handling/submit.ts'
import { withdraw } from '../../src/handling/withdraw.ts'
import { caseScope } from '../../src/identity/rights.ts'
import type { Entry } from './city.ts'
import { openDecider } from './decider.ts'
import type { Findings } from './findings.ts'
import type { Ended } from './gateway.ts'
import { APPLICATIONS, callerOf, CLERK, OPERATOR, QUERY, RESIDENT, type Stage } from './stage.ts'
import type { Timeline } from './timeline.ts'
import { withFile } from './with-file.ts'

/** The world as people have it. */
export interface Around {
  readonly stage: Stage
  readonly timeline: Timeline
  readonly choices: Choices
  readonly ids: Ids
  readonly findings: Findings
  readonly cityKeys: readonly CityKey[]
  /** A call to the gateway that runs just now, if one does. */
  call<Value>(what: string, work: (parts: Parts) => Promise<Value>): Promise<Ended<Value>>
  isRecorded(recordId: string): boolean
  isKept(caseNo: string): boolean
  /** What a city has, as its staff say on the telephone. */
  entryOf(reference: string): Entry | undefined
  /** Whether people still begin something new. */
  goesOn(): boolean
}

/** What somebody was told: by the key it was filed with, which case it is. */
export interface Filed {
  readonly key: string
  /** Every number that an answer to this key gave. */
  readonly caseNos: Set<string>
}

export interface People {
  readonly filed: readonly Filed[]
  /** Files one application and follows it to its end. Resolves when this person has nothing more to do. */
  applicant(): Promise<void>
  asker(): Promise<void>
  operator(): Promise<void>
  /** An operator who decides about what does not arrive. */
  decider(): Promise<void>
  /** References about which that one has decided. */
  readonly decided: ReadonlySet<string>
}

const RETRY_MS = 1500

/** What may have changed since somebody looked. */
const USUAL: ReadonlySet<string> = new Set(['CASE_STATE_REFUSES', 'CITY_MESSAGE_UNSUPPORTED'])
/** Somebody may also name the city that has returned it, or one that does not offer the item, or whose form asks for more. */
const REROUTING: ReadonlySet<string> = new Set([...USUAL, 'FORM_INVALID', 'ITEM_NOT_OFFERED'])

const isReturned = ({ legs }: CaseRecord): boolean => currentLegs(legs).some(({ state }) => state === 'returned')

export function openPeople(around: Around): People {
  const { stage, timeline, choices, ids, findings, cityKeys } = around
  const filed: Filed[] = []

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      timeline.after(delayMs, '', resolve)
    })

  const received = (value: unknown): ReceivedBody => ({ bytes: Buffer.from(JSON.stringify(value)), value })

  const caller = (principal: Principal, route: string): Caller => callerOf(principal, ids.requestId(), 'POST', route)

  /** Repeats a call with the same key as long as nothing but the gateway, or its disk, stands in the way. Null = given up. */
  async function persist(
    what: string,
    work: (parts: Parts) => Promise<Handled>,
  ): Promise<Exclude<Ended<Handled>, { kind: 'lost' }> | null> {
    for (;;) {
      const ended = await around.call(what, work)
      if (ended.kind === 'answered') {
        saw(what, ended.value)
        return ended
      }
      const code = ended.kind === 'lost' ? 'lost' : ended.fault.code
      timeline.note(`${what} is told ${code}`)
      const isPassing =
        code === 'lost' || code === 'STORE_UNAVAILABLE' || code === 'STORE_BUSY' || code === 'IDEMPOTENCY_IN_PROGRESS'
      if (!isPassing) return ended.kind === 'refused' ? ended : null
      // Some never come back to ask what became of it.
      if (around.goesOn() && choices.chance(5)) return null
      await pause(RETRY_MS + choices.pick(RETRY_MS))
    }
  }

  function saw(what: string, handled: Handled): void {
    const status = 'fault' in handled ? handled.fault.code : handled.status
    timeline.note(`${what} is answered ${status}`)
    if (!around.isRecorded(handled.recordId)) {
      findings.broken('no answer without its evidence', `${what}: ${handled.recordId}`)
    }
  }

  const bodyOf = (handled: Handled): Readonly<Record<string, unknown>> =>
    'body' in handled && typeof handled.body === 'string'
      ? (JSON.parse(handled.body) as Readonly<Record<string, unknown>>)
      : {}

  /** Whoever has been told a number may rely on it, from that moment on. */
  function acknowledge(known: Filed, handled: Handled): string | null {
    const { caseNo } = bodyOf(handled)
    if (typeof caseNo !== 'string') return null
    known.caseNos.add(caseNo)
    findings.count('acknowledged')
    if (!around.isKept(caseNo)) findings.broken('what is acknowledged is kept', `${caseNo} is not on the disk`)
    return caseNo
  }

  async function applicant(): Promise<void> {
    await pause(choices.pick(10_000))
    const principal = choices.oneOf([CLERK, RESIDENT])
    const itemCode = choices.oneOf(APPLICATIONS)
    const sample = stage.sample(itemCode, choices.oneOf(cityKeys))
    const body = choices.chance(30)
      ? await withFile(around, itemCode, sample, (work) =>
          persist('an upload', (parts) => work(parts, caller(principal, '/v1/materials'))),
        )
      : sample
    const known: Filed = { key: `key-${filed.length + 1}`, caseNos: new Set() }
    filed.push(known)
    const patienceMs = choices.pick(8000)
    const file = (given: SubmissionBody) => (parts: Parts) =>
      submit(parts, caller(principal, '/v1/items/:code/applications'), {
        itemCode,
        key: known.key,
        received: received(given),
        patienceMs,
      })
    // Whoever loses patience sends the same again while the first is still under way.
    const twice = choices.chance(20)
      ? pause(choices.pick(3000)).then(() => persist(`${known.key} again`, file(body)))
      : null
    const answers = await Promise.all([persist(known.key, file(body)), twice])
    const caseNos = answers.map((ended) => {
      if (ended?.kind === 'answered') return acknowledge(known, ended.value)
      if (ended?.kind === 'refused') {
        findings.broken('what is right is not refused', `${known.key}: ${ended.fault.code}`)
      }
      return null
    })
    const caseNo = caseNos.find((one) => one !== null) ?? null
    if (choices.chance(10)) {
      const changed = await persist(`${known.key} with another body`, file({ ...body, purpose: '另一件事' }))
      if (caseNo !== null && changed?.kind === 'answered') {
        findings.broken('a key stands for one body', known.key)
      }
    }
    if (caseNo !== null) await follow(principal, caseNo, body, known.key)
  }

  async function look(principal: Principal, caseNo: string): Promise<CaseRecord | null> {
    const ended = await around.call(`a look at ${caseNo}`, (parts) =>
      parts.store.findCase(caseNo, caseScope(principal, parts.keyed)),
    )
    if (ended.kind === 'answered' && ended.value === null) findings.broken('what is acknowledged is kept', caseNo)
    return ended.kind === 'answered' ? ended.value : null
  }

  async function follow(principal: Principal, caseNo: string, body: SubmissionBody, key: string): Promise<void> {
    let withdrawsIn = choices.chance(35) ? choices.pick(12) : Infinity
    let acts = 0
    while (around.goesOn()) {
      await pause(1500 + choices.pick(4000))
      const record = await look(principal, caseNo)
      if (record === null) continue
      const asking = (value: unknown): Asking => ({
        caseNo,
        key: `${key}-${(acts += 1)}`,
        received: received(value),
        patienceMs: choices.pick(6000),
      })
      if ((withdrawsIn -= 1) < 0) {
        withdrawsIn = Infinity
        const given = asking({ reason: '不再需要' })
        await act(`withdrawal ${given.key}`, (parts) =>
          withdraw(parts, caller(principal, '/v1/cases/:caseNo/withdrawal'), given),
        )
      } else if (record.legs.some(({ state }) => state === 'correction-required') && choices.chance(70)) {
        const leg = record.legs.find(({ state }) => state === 'correction-required')?.leg
        const given = asking({ ...body, purpose: `补正 ${acts + 1}` })
        await act(`correction ${given.key}`, (parts) =>
          correct(parts, caller(principal, '/v1/cases/:caseNo/corrections'), given, leg),
        )
      } else if (principal === CLERK && isReturned(record) && choices.chance(80)) {
        const given = asking({ city: choices.oneOf(cityKeys), reason: '属地有误' })
        const leg = currentLegs(record.legs).find(({ state }) => state === 'returned')?.leg
        await act(
          `rerouting ${given.key}`,
          (parts) => reroute(parts, caller(principal, '/v1/cases/:caseNo/rerouting'), given, leg),
          REROUTING,
        )
      } else if (hasEnded(record.state)) {
        const given = asking({ score: 1, channel: 2 })
        await act(`rating ${given.key}`, (parts) => rate(parts, caller(principal, '/v1/cases/:caseNo/rating'), given))
        return
      }
    }
  }

  /** What may have changed since one looked is no mistake of anybody. */
  async function act(
    what: string,
    work: (parts: Parts) => Promise<Handled>,
    usual: ReadonlySet<string> = USUAL,
  ): Promise<void> {
    const ended = await persist(what, work)
    if (ended?.kind === 'answered' && usual === REROUTING) findings.count('rerouted')
    if (ended?.kind !== 'refused') return
    const { code } = ended.fault
    if (!usual.has(code)) {
      findings.broken('what is right is not refused', `${what}: ${code}`)
    }
  }

  async function asker(): Promise<void> {
    while (around.goesOn()) {
      await pause(choices.pick(30_000))
      const body = stage.sample(QUERY, choices.oneOf(cityKeys))
      const ended = await around.call('a query', (parts) =>
        query(parts, caller(RESIDENT, '/v1/items/:code/queries'), QUERY, received(body)),
      )
      if (ended.kind === 'answered') saw('a query', ended.value)
    }
  }

  /** Stops the calls to a city now and then, and always lets them go on again. */
  async function operator(): Promise<void> {
    while (around.goesOn()) {
      await pause(10_000 + choices.pick(30_000))
      const city = choices.oneOf(cityKeys)
      const decide = (hold: 'open' | 'closed' | null) => (parts: Parts) =>
        holdLine(
          parts,
          caller(OPERATOR, '/v1/operations/lines/:city/:backend/hold'),
          { city, backend: 'main' },
          received({ hold, reason: '演练' }),
        )
      await persist(`a hold of ${city}`, decide(choices.oneOf(['open', 'open', 'closed'] as const)))
      await pause(choices.pick(15_000))
      for (;;) {
        const lifted = await persist(`the end of the hold of ${city}`, decide(null))
        if (lifted?.kind === 'answered') break
      }
    }
  }

  const { decider, decided } = openDecider({
    around,
    persist,
    caller: (route) => caller(OPERATOR, route),
    received,
    pause,
  })

  return { filed, applicant, asker, operator, decider, decided }
}
