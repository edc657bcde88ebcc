// Writes a submission as the keys and values of Anshan's form-encoded query, application or correction.

import type { CityMessage, CorrectionMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { spacedBeijingTime } from '../beijing-time.ts'
import type { Mapping } from '../mapping.ts'
import { flatten } from '../mapping/flatten.ts'
import type { Pairs } from '../signing/anshan.ts'

const HANDLING_MODES: Readonly<Record<HandlingMode, string>> = {
  'full-online': '1',
  'collect-and-forward': '2',
  joint: '3',
}

const HELD: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: '1',
  seenAtWindow: '2',
  commitment: '3',
  sharedData: '4',
}

type Pair = readonly [name: string, value: string | undefined]
type Areas = Readonly<Record<string, string>>

export function pairsOf(message: CityMessage, mapping: Mapping, areas: Areas): Pairs {
  return submissionPairs(message, mapping, areas, [
    ['related_no', message.relatedCaseNo ?? undefined],
    ...(message.relatedResults ?? []).flatMap(({ code, name, number }, at): readonly Pair[] => [
      [`related_results[${at}].code`, code],
      [`related_results[${at}].name`, name],
      [`related_results[${at}].number`, number],
    ]),
  ])
}

export function correctionPairs(message: CorrectionMessage, mapping: Mapping, areas: Areas): Pairs {
  const { correctionNo, backendCaseNo } = message
  return submissionPairs(message, mapping, areas, [
    ['correct_no', String(correctionNo)],
    ['case_no', backendCaseNo ?? undefined],
  ])
}

/** In the order of the wire document. */
function submissionPairs(
  message: CityMessage | CorrectionMessage,
  mapping: Mapping,
  areas: Areas,
  more: readonly Pair[],
): Pairs {
  const { body } = message
  const { agent, identityCheck } = body
  return present([
    ['outer_no', message.reference],
    ...more,
    ['item_code', message.item.code],
    ['leg_key', message.leg.key],
    ['taken_at', spacedBeijingTime(message.takenAt)],
    ['handling_mode', body.handlingMode && HANDLING_MODES[body.handlingMode]],
    ['collecting_area', body.collectingCity && areas[body.collectingCity]],
    ...applicantPairs(body.applicant),
    ['dlr.xm', agent?.name],
    ['dlr.zjlx', agent?.certType],
    ['dlr.sfzh', agent?.certNo],
    ['dlr.lxdh', agent?.mobile],
    ['dlr.sqlx', agent?.authorization.kind],
    ['dlr.sqwh', agent?.authorization.reference],
    ['dlr.sqjzrq', agent?.authorization.until],
    ['yt', body.purpose],
    ['hy.fs', identityCheck?.how],
    ['hy.sj', identityCheck && spacedBeijingTime(Date.parse(identityCheck.at))],
    ...flatten(mapping.write(body.form), 'form'),
    ...(body.materials ?? []).flatMap(({ code, held, materialId }, at): readonly Pair[] => [
      [`materials[${at}].code`, code],
      [`materials[${at}].held`, HELD[held]],
      [`materials[${at}].material_id`, materialId],
    ]),
  ])
}

/** What is absent has no key. */
export function present(pairs: readonly Pair[]): Pairs {
  return pairs.filter(
    (pair): pair is readonly [string, string] => pair[1] !== undefined && (pair[1] !== '' || isEmptyMark(pair[0])),
  )
}

/** A list without entries and an object without members are told by keys without a value. */
const isEmptyMark = (key: string): boolean => key.endsWith('[]') || key.endsWith('{}')

function applicantPairs(applicant: SubmissionBody['applicant']): readonly Pair[] {
  if (applicant.type === 'person') {
    return [
      ['sqr.lx', '1'],
      ['sqr.xm', applicant.name],
      ['sqr.zjlx', applicant.certType],
      ['sqr.sfzh', applicant.certNo],
      ['sqr.lxdh', applicant.mobile],
      ['sqr.dz', applicant.address],
      ['sqr.yzbm', applicant.postalCode],
    ]
  }
  const { legalRepresentative, contact } = applicant
  return [
    ['sqr.lx', '2'],
    ['sqr.dwmc', applicant.name],
    ['sqr.tyshxydm', applicant.uscc],
    ['sqr.fr.xm', legalRepresentative.name],
    ['sqr.fr.zjlx', legalRepresentative.certType],
    ['sqr.fr.sfzh', legalRepresentative.certNo],
    ['sqr.lxr.xm', contact.name],
    ['sqr.lxr.lxdh', contact.mobile],
    ['sqr.dz', applicant.address],
  ]
}
