// A correction (补正): a new version of form and materials, for the city that has asked for it.

import type { Caller, Handled } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { CaseRecord, LegView } from '../domain/case-record.ts'
import type { ValidSubmission } from '../domain/submission.ts'
import { applicantKey, mayActFor, mayUpload } from '../identity/rights.ts'
import { cityTakes, perform, type Asking } from './acts.ts'
import { checked, routed } from './checked.ts'
import { uploadsNamed } from './materials.ts'
import type { Parts } from './parts.ts'
import { correctedAtTheHall, noCorrectionAsked } from './refusals.ts'

/**
 * The body is a whole new version, checked by the form as it stands now; the versions before are kept. `legKey` names the leg where
 * more than one waits for a correction. Throws what `perform` throws, the refusals of a form, or CASE_STATE_REFUSES.
 */
export function correct(parts: Parts, caller: Caller, asking: Asking, legKey: string | undefined): Promise<Handled> {
  return perform(parts, caller, asking, (record, item) => {
    const leg = legAtCorrection(record, legKey)
    if (leg.delivery === 'local')
      throw new Fault('CASE_STATE_REFUSES', { caseNo: record.caseNo, detail: correctedAtTheHall })
    cityTakes(parts, leg.city, item, 'corrections')
    const submission = correctedBy(parts, caller, record, item, asking.received.value)
    const { body, schemaDigest } = submission
    const materials = { owner: mayUpload(caller.principal, parts.keyed), materialIds: uploadsNamed(body) }
    return { act: { kind: 'correction', leg: leg.leg, body, schemaDigest, materials }, call: 'correct', city: leg.city }
  })
}

function legAtCorrection({ caseNo, legs, state }: CaseRecord, legKey: string | undefined): LegView {
  const waiting = legs.filter((leg) => leg.state === 'correction-required')
  const leg = legKey === undefined ? waiting[0] : waiting.find((one) => one.leg === legKey)
  if (leg === undefined) {
    throw new Fault('CASE_STATE_REFUSES', { caseNo, detail: noCorrectionAsked(state) })
  }
  if (legKey === undefined && waiting.length > 1) {
    const list = waiting.map((one) => one.leg).join(', ')
    const message = { zh: `须指明环节：${list}。`, en: `Say for which leg: ${list}.` }
    throw new Fault('PARAMETER_INVALID', { errors: [{ pointer: '?leg', rule: 'required', message }] })
  }
  return leg
}

/** A correction is about the same matter: the same applicant, the same cities, the same way of handling. */
function correctedBy(parts: Parts, caller: Caller, record: CaseRecord, item: Item, value: unknown): ValidSubmission {
  const { principal } = caller
  const planned = routed(parts, principal, item, value)
  const submission = checked(parts, principal, item, record.competentCity, value)
  const { body } = submission
  const errors: FieldError[] = []
  const filed = parts.catalogue.route(item, record.body, record.collectingCity)
  for (const [index, leg] of planned.entries()) {
    const field = item.legs[index]?.routing.field
    if (field !== undefined && leg.city !== filed[index]?.city) {
      errors.push({ pointer: field, rule: 'const', message: ANOTHER_CITY })
    }
  }
  if (applicantKey(body, parts.keyed) !== applicantKey(record.body, parts.keyed)) {
    errors.push({ pointer: '/applicant', rule: 'const', message: ANOTHER_APPLICANT })
  }
  if (body.handlingMode !== undefined && body.handlingMode !== record.handlingMode) {
    errors.push({ pointer: '/handlingMode', rule: 'const', message: ANOTHER_MODE })
  }
  if (errors.length > 0) throw new Fault('FORM_INVALID', { errors })
  mayActFor(principal, { item, body: { ...body, handlingMode: record.handlingMode } }, parts.clock.now())
  return submission
}

const ANOTHER_CITY = {
  zh: '补正不能改由另一个城市办理；请撤回后另行申请。',
  en: 'A correction cannot move the case to another city: withdraw it and file anew.',
}
const ANOTHER_APPLICANT = {
  zh: '补正不能更换申请人；请撤回后另行申请。',
  en: 'A correction cannot change who applies: withdraw it and file anew.',
}
const ANOTHER_MODE = { zh: '补正不能改变办理方式。', en: 'A correction cannot change the handling mode.' }
