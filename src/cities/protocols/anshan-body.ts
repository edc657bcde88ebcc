// Writes a submission as the keys and values of Anshan's form-encoded body.

import type { CityMessage } from '../../domain/delivery.ts'
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

/** In the order of the wire document; what is absent has no key. */
export function pairsOf(message: CityMessage, mapping: Mapping, areas: Readonly<Record<string, string>>): Pairs {
  const { body } = message
  const { agent, identityCheck } = body
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['outer_no', message.reference],
    ['related_no', message.relatedCaseNo ?? undefined],
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
    ...(body.materials ?? []).flatMap(
      ({ code, held, materialId }, at): readonly (readonly [string, string | undefined])[] => [
        [`materials[${at}].code`, code],
        [`materials[${at}].held`, HELD[held]],
        [`materials[${at}].material_id`, materialId],
      ],
    ),
  ]
  return pairs.filter(
    (pair): pair is readonly [string, string] => pair[1] !== undefined && (pair[1] !== '' || isEmptyMark(pair[0])),
  )
}

/** A list without entries and an object without members are told by keys without a value. */
const isEmptyMark = (key: string): boolean => key.endsWith('[]') || key.endsWith('{}')

function applicantPairs(applicant: SubmissionBody['applicant']): readonly (readonly [string, string | undefined])[] {
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
