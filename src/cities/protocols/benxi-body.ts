// Writes a submission as the `params` of Benxi's query, application and correction, and a withdrawal.

import type { CityMessage, CorrectionMessage, MaterialLink, WithdrawalMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import type { Mapping } from '../mapping.ts'
import { withoutEmptyTexts } from '../mapping/absent.ts'

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

type Areas = Readonly<Record<string, string>>

export function paramsOf(message: CityMessage, mapping: Mapping, areas: Areas): object {
  return submissionParams(message, mapping, areas, {
    RELATED_CASE_NO: message.relatedCaseNo ?? undefined,
    RELATED_RESULTS: message.relatedResults?.map(({ code, name, number }) => ({
      CODE: code,
      NAME: name,
      NUMBER: number,
    })),
  })
}

export function correctionParams(message: CorrectionMessage, mapping: Mapping, areas: Areas): object {
  const { correctionNo, backendCaseNo } = message
  return submissionParams(message, mapping, areas, {
    CORRECT_NO: correctionNo,
    CASE_NO: backendCaseNo ?? undefined,
  })
}

export function withdrawalParams({ reference, backendCaseNo, takenAt, reason }: WithdrawalMessage): object {
  return {
    REF_NO: reference,
    CASE_NO: backendCaseNo ?? undefined,
    TAKEN_AT: compactBeijingTime(takenAt),
    REASON: reason === null || reason === '' ? undefined : reason,
  }
}

/** What is absent has no member; persons are called and coded as in a form. */
function submissionParams(
  message: CityMessage | CorrectionMessage,
  mapping: Mapping,
  areas: Areas,
  more: object,
): object {
  const { body, links } = message
  const { agent, identityCheck } = body
  return {
    REF_NO: message.reference,
    ...more,
    ITEM_CODE: message.item.code,
    LEG: message.leg.key,
    TAKEN_AT: compactBeijingTime(message.takenAt),
    HANDLING_MODE: body.handlingMode && HANDLING_MODES[body.handlingMode],
    COLLECTING_AREA: body.collectingCity && areas[body.collectingCity],
    APPLICANT: applicantOf(body.applicant, mapping),
    AGENT: agent && {
      ...certified(agent, mapping),
      ...mapping.write({ mobile: agent.mobile }),
      AUTHORIZATION: {
        KIND: agent.authorization.kind,
        REFERENCE: agent.authorization.reference,
        UNTIL: agent.authorization.until?.replaceAll('-', ''),
      },
    },
    PURPOSE: body.purpose === '' ? undefined : body.purpose,
    IDENTITY_CHECK: identityCheck && {
      HOW: identityCheck.how,
      AT: compactBeijingTime(Date.parse(identityCheck.at)),
    },
    FORM: withoutEmptyTexts(mapping.write(body.form)),
    MATERIALS: body.materials?.map((material) => materialParams(material, links)),
  }
}

function materialParams({ code, held, materialId }: MaterialReference, links: readonly MaterialLink[] = []): object {
  const link = materialId === undefined ? undefined : links.find((one) => one.materialId === materialId)
  return {
    CODE: code,
    HELD: HELD[held],
    MATERIAL_ID: materialId,
    ...(link && {
      FILE_NAME: link.name,
      MIME_TYPE: link.mediaType,
      URL: link.url,
      EXPIRES: compactBeijingTime(link.expiresAt),
      SHA256: link.digest,
      SIZE: link.sizeBytes,
    }),
  }
}

interface Certified {
  readonly name: string
  readonly certType: string
  readonly certNo: string
}

const certified = ({ name, certType, certNo }: Certified, mapping: Mapping): object =>
  mapping.write({ name, certType, certNo })

function applicantOf(applicant: SubmissionBody['applicant'], mapping: Mapping): object {
  const place = applicant.address === undefined ? {} : mapping.write({ address: applicant.address })
  if (applicant.type === 'person') {
    const { mobile, postalCode } = applicant
    const more = postalCode === undefined ? { mobile } : { mobile, postalCode }
    return { TYPE: '1', ...certified(applicant, mapping), ...mapping.write(more), ...place }
  }
  const { name, uscc, legalRepresentative, contact } = applicant
  return {
    TYPE: '2',
    AAB004: name,
    AAB998: uscc,
    LEGAL_REPRESENTATIVE: certified(legalRepresentative, mapping),
    CONTACT: mapping.write({ name: contact.name, mobile: contact.mobile }),
    ...place,
  }
}
