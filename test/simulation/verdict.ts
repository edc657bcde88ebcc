// The reckoning at the end of a seed: what the gateway has on its disk, beside what the cities have and what people were told.

import type { Catalogue } from '../../src/catalogue/catalogue.ts'
import { hasFailed, isDone, move, type Doer, type StateEvent } from '../../src/domain/case-states.ts'
import type { CaseState } from '../../src/domain/delivery.ts'
import { currentLegs, itemKey } from '../../src/domain/leg-place.ts'
import type { City, Entry } from './city.ts'
import type { Disk } from './disk.ts'
import type { Findings } from './findings.ts'
import type { Filed } from './people.ts'

interface CaseRow {
  readonly position: number
  readonly case_no: string
  readonly item: string
  readonly state: CaseState
}

interface MessageRow {
  readonly leg: string
  readonly city: string
  readonly state: string
  readonly leg_state: CaseState
  readonly message_no: number
  readonly kind: string
  readonly backend_case_no: string | null
}

interface EventRow {
  readonly event: string
  readonly leg: string
  readonly role: Doer
  readonly state: CaseState | null
}

export interface Reckoning {
  readonly disk: Disk
  readonly cities: readonly City[]
  readonly catalogue: Catalogue
  readonly people: readonly Filed[]
  /** References of messages about which an operator has decided what the city does not know. */
  readonly decided: ReadonlySet<string>
  readonly findings: Findings
}

export function reckon({ disk, cities, catalogue, people, decided, findings }: Reckoning): void {
  const { database } = disk
  const cases = database.prepare('SELECT position, case_no, item, state FROM cases').all() as unknown as CaseRow[]
  const messagesOf = database.prepare('SELECT * FROM deliveries WHERE case_position = ? ORDER BY ordinal')
  const eventsOf = database.prepare(
    'SELECT event, leg, role, state FROM case_events WHERE case_position = ? ORDER BY ordinal',
  )
  const isNewsKept = database.prepare('SELECT 1 FROM case_news WHERE city = ? AND event_id = ?')

  checkKeys(people, cases, findings)
  for (const found of cases) {
    const messages = messagesOf.all(found.position) as unknown as MessageRow[]
    const events = eventsOf.all(found.position) as unknown as EventRow[]
    findings.count(`case ${found.state}`)
    checkMoves(catalogue, found, messages, events, findings)
    checkStarted(catalogue, found, messages, findings)
    for (const message of messages) {
      const city = cities.find(({ key }) => key === message.city)
      if (city === undefined) throw new Error(`there is no city ${message.city}`)
      const name = `${found.case_no}.${message.leg}`
      const waits = messages.some(
        (one) => one.leg === message.leg && one.message_no < message.message_no && one.state === 'stuck',
      )
      if (message.message_no > 0) checkLater(name, message, waits, city, findings)
      else checkApplication(name, message, city, decided.has(name), findings)
    }
  }
  for (const { key, told } of cities) {
    for (const { id } of told) {
      if (isNewsKept.get(key, id) === undefined) findings.broken('what a city tells is kept', `${key} ${id}`)
    }
  }
}

function checkKeys(people: readonly Filed[], cases: readonly CaseRow[], findings: Findings): void {
  const kept = new Set(cases.map(({ case_no }) => case_no))
  for (const { key, caseNos } of people) {
    if (caseNos.size > 1) findings.broken('one key opens one case', `${key}: ${[...caseNos].join(', ')}`)
    for (const caseNo of caseNos) {
      if (!kept.has(caseNo)) findings.broken('what is acknowledged is kept', `${key}: ${caseNo}`)
    }
  }
  if (cases.length > people.length)
    findings.broken('one key opens one case', `${cases.length} of ${people.length} keys`)
}

/** What the gateway says of an application is what the city has. */
function checkApplication(
  name: string,
  { state, leg_state: own }: MessageRow,
  city: City,
  isDecided: boolean,
  findings: Findings,
): void {
  const entry = city.entries.get(name)
  const taken = entry?.taken ?? 0
  findings.count(`delivery ${state}`)
  const broken = (promise: string): void =>
    findings.broken(promise, `${name} is ${state}, ${city.key} has it ${taken} times (${entry?.state ?? 'unknown'})`)
  switch (state) {
    case 'delivered':
      if (taken !== 1) broken('what is delivered has taken effect once')
      if (entry !== undefined && city.kind.news !== null && own !== entry.state && !isDecided) {
        findings.broken('a case stands where its city has it', `${name}: ${own}, but ${entry.state} in ${city.key}`)
      }
      return
    case 'refused':
      if (entry === undefined || (!entry.isRefused && entry.state !== 'refused')) broken('who is told no was refused')
      return
    case 'waiting':
    case 'cancelled':
      if (entry !== undefined) broken('what was never sent has no effect')
      return
    case 'given-up':
      // Whether the city has it nobody knew, or cared.
      if (!isDecided) broken('nothing is given up but by an operator')
      return
    case 'stuck':
      if (city.kind.canEnquire || city.kind.honoursReference) broken('nothing is stuck that can be asked about')
      return
    default:
      broken('everything comes to rest')
  }
}

/** `waits`: for one before it that a person has to decide about. */
function checkLater(
  name: string,
  { state, kind, message_no: number }: MessageRow,
  waits: boolean,
  city: City,
  findings: Findings,
): void {
  findings.count(`${kind} ${state}`)
  const { accepts } = city.kind
  const isTaken = kind === 'correction' ? accepts.corrections : accepts.withdrawals
  const atRest = ['delivered', 'refused', 'cancelled', 'given-up', ...(isTaken ? [] : ['stuck'])]
  if (!atRest.includes(state) && !waits)
    findings.broken('everything comes to rest', `${name} ${number} (${kind}) is ${state}`)
  const entry: Entry | undefined = city.entries.get(name)
  if (kind === 'withdrawal' && state === 'delivered' && entry?.state !== 'withdrawn') {
    findings.broken('who is told that it is given back has it back', `${name} is ${entry?.state ?? 'unknown'}`)
  }
}

/** Each move of leg and case is one that the table has, and the last one led where they stand. */
function checkMoves(
  catalogue: Catalogue,
  found: CaseRow,
  messages: readonly MessageRow[],
  events: readonly EventRow[],
  findings: Findings,
): void {
  const decidingKey = catalogue.find(found.item).legs.find(({ does }) => does === 'decide')?.key
  let deciding = decidingKey
  const broken = (by: string): void => findings.broken('nothing moves but by the table', `${found.case_no} ${by}`)
  const legs = new Map<string, CaseState>()
  let wholes: readonly CaseState[] = []
  for (const { event, leg, role, state } of events) {
    if (state === null) continue
    if (event === 'filed') {
      if (move(null, 'file', role)?.to !== state) broken(`filed by ${role} → ${state}`)
      legs.set(leg, state)
      wholes = [state]
      continue
    }
    if (event === 'reroute') {
      const returned = [...legs.keys()].findLast((one) => itemKey(one) === itemKey(leg))
      if (legs.has(leg) || move(legs.get(returned ?? '') ?? null, 'reroute', role)?.to !== state) {
        broken(`.${returned ?? '?'} is rerouted to .${leg} → ${state}`)
      }
      legs.set(leg, state)
      if (itemKey(leg) === decidingKey) deciding = leg
      const stands = legs.get(deciding ?? leg) ?? 'collected'
      wholes = wholes.map((whole) => (whole === 'returned' ? stands : whole))
      continue
    }
    const name = event as StateEvent
    // What a leg that co-operates does to the case is an event of its own.
    if (event === 'finish' || event.startsWith('stop-')) {
      if (!wholes.some((whole) => move(whole, name, role)?.to === state))
        broken(`${wholes.join('/')} ${name} → ${state}`)
      wholes = [state]
      continue
    }
    const before = legs.get(leg) ?? 'collected'
    if (move(before, name, role)?.to !== state) broken(`.${leg}: ${before} ${name} by ${role} → ${state}`)
    legs.set(leg, state)
    if (leg === deciding) wholes = [...new Set(wholes.flatMap((whole) => afterDeciding(whole, name, role, state)))]
  }
  if (!wholes.includes(found.state)) broken(`is ${found.state}, not ${wholes.join('/')}`)
  for (const { leg, leg_state: own, message_no: number } of messages) {
    const last = legs.get(leg) ?? 'collected'
    if (number === 0 && own !== last) broken(`.${leg} is ${own}, not ${last}`)
  }
  const isOver = messages.every(
    ({ state, leg_state: own, message_no: number }) =>
      number > 0 || isDone(own) || hasFailed(own) || state === 'cancelled',
  )
  if (found.state === 'approved' && deciding !== undefined && isDone(legs.get(deciding) ?? 'collected') && isOver) {
    findings.broken('a joint case is completed when all of it is', found.case_no)
  }
}

/** Where the leg that decides may take its case: what is completed is only approved while others are at work. */
function afterDeciding(whole: CaseState, event: StateEvent, by: Doer, to: CaseState): readonly CaseState[] {
  const along = move(whole, event, by)?.to ?? whole
  return isDone(to) ? [along, move(whole, 'approve', 'city')?.to ?? whole] : [along]
}

/** A leg whose turn has come has begun. */
function checkStarted(catalogue: Catalogue, found: CaseRow, messages: readonly MessageRow[], findings: Findings): void {
  if (hasFailed(found.state)) return
  const legs = currentLegs(messages.filter(({ message_no: number }) => number === 0))
  for (const [index, leg] of legs.entries()) {
    const before = legs[index - 1]
    if (leg.state !== 'waiting' || before === undefined || before.backend_case_no === null) continue
    if (hasFailed(before.leg_state) || before.state !== 'delivered') continue
    const after = catalogue.find(found.item).legs.find(({ key }) => key === itemKey(leg.leg))?.startsAfter ?? 'taken'
    const isDone = before.leg_state === 'completed' || before.leg_state === 'delivered'
    if (after === 'taken' || isDone) {
      findings.broken('a leg whose turn has come begins', `${found.case_no}.${leg.leg} after ${before.leg_state}`)
    }
  }
}
