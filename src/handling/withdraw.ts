// A withdrawal (撤回): the applicant takes the case back before it is decided, at once where nothing has been sent.

import type { Caller, Handled } from '../domain/caller.ts'
import { isOpen } from '../domain/case-states.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import { currentLegs, itemKey } from '../domain/leg-place.ts'
import type { CaseRecord, LegView } from '../domain/case-record.ts'
import { cityTakes, perform, type Asking } from './acts.ts'
import { membersOf } from './members.ts'
import { placeOf } from './legs.ts'
import type { Parts } from './parts.ts'
import { whyNot } from './refusals.ts'

const REASON_CHARACTERS_MAX = 200
/** What nobody has begun to send. */
const UNSENT: ReadonlySet<LegView['delivery']> = new Set(['waiting', 'local', 'stored', 'cancelled'])

/**
 * The leg that decides is taken back; once it is, the others are. Takes `{ reason? }`. Throws what `perform` throws, FORM_INVALID,
 * or CASE_STATE_REFUSES once the case is decided or at its end.
 */
export function withdraw(parts: Parts, caller: Caller, asking: Asking): Promise<Handled> {
  return perform(parts, caller, asking, (record, item) => {
    const reason = reasonOf(asking.received.value)
    if (!isOpen(record.state))
      throw new Fault('CASE_STATE_REFUSES', { caseNo: record.caseNo, detail: whyNot('withdrawal', record.state) })
    const leg = decidingLeg(record, item.legs.find(({ does }) => does === 'decide')?.key)
    if (!UNSENT.has(leg.delivery)) cityTakes(parts, leg.city, item, 'withdrawals')
    const place = placeOf(item, [], leg.leg)
    return { act: { kind: 'withdrawal', leg: leg.leg, place, reason }, call: 'withdraw', city: leg.city }
  })
}

function decidingLeg({ legs, caseNo }: CaseRecord, key: string | undefined): LegView {
  const current = currentLegs(legs)
  const leg = current.find((one) => itemKey(one.leg) === key) ?? current[0]
  if (leg === undefined) throw new Fault('CASE_UNKNOWN', { caseNo })
  return leg
}

function reasonOf(value: unknown): string | null {
  const { members, errors } = membersOf(value, ['reason'])
  const reason = members['reason'] ?? null
  const isText = typeof reason === 'string' && reason.trim() !== '' && reason.length <= REASON_CHARACTERS_MAX
  if (reason !== null && !isText) errors.push(REASON)
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  return typeof reason === 'string' ? reason.trim() : null
}

const REASON: FieldError = {
  pointer: '/reason',
  rule: 'maxLength',
  message: { zh: '撤回原因为 1 至 200 字，可不填。', en: 'The reason has 1 to 200 characters, or is left out.' },
}
