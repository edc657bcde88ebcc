// Writes what is sent to Liaoyang as the plaintext of its envelope: submissions, corrections, withdrawals and files.

import type { CityMessage, CorrectionMessage, MaterialMessage, WithdrawalMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import type { Mapping } from '../mapping.ts'
import { withoutEmptyTexts } from '../mapping/absent.ts'

const HANDLE_MODES: Readonly<Record<HandlingMode, string>> = {
  'full-online': 'Q',
  'collect-and-forward': 'D',
  joint: 'L',
}

const SOURCES: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: 'U',
  seenAtWindow: 'W',
  commitment: 'C',
  sharedData: 'S',
}

/** What is absent has no member; points in time are milliseconds. Persons are called and coded as in a form. */
export function bodyOf(message: CityMessage, mapping: Mapping, areas: Readonly<Record<string, string>>): object {
  const { body } = message
  const { agent, identityCheck } = body
  const plain = {
    bizNo: message.reference,
    linkedBizNo: message.relatedCaseNo ?? undefined,
    linkedResults: message.relatedResults?.map(({ code, name, number }) => ({ code, name, number })),
    itemCode: message.item.code,
    stepCode: message.leg.key,
    takenTime: message.takenAt,
    handleMode: body.handlingMode && HANDLE_MODES[body.handlingMode],
    collectArea: body.collectingCity && areas[body.collectingCity],
    applicant: applicantOf(body.applicant, mapping),
    agent: agent && {
      ...certified(agent, mapping),
      ...mapping.write({ mobile: agent.mobile }),
      basis: agent.authorization.kind,
      basisNo: agent.authorization.reference,
      basisUntil: agent.authorization.until && Date.parse(`${agent.authorization.until}T00:00:00+08:00`),
    },
    purpose: body.purpose,
    identityCheck: identityCheck && { how: identityCheck.how, time: Date.parse(identityCheck.at) },
    form: mapping.write(body.form),
    materials: body.materials?.map(({ code, held, materialId }) => ({
      code,
      source: SOURCES[held],
      fileNo: materialId,
    })),
  }
  return withoutEmptyTexts(plain)
}

/** The whole new version, with its number within the application. */
export function correctionOf(
  message: CorrectionMessage,
  mapping: Mapping,
  areas: Readonly<Record<string, string>>,
): object {
  return {
    ...bodyOf({ ...message, relatedCaseNo: null }, mapping, areas),
    acceptNo: message.backendCaseNo ?? undefined,
    suppNo: message.correctionNo,
  }
}

export function withdrawalOf({ reference, backendCaseNo, takenAt, reason }: WithdrawalMessage): object {
  return {
    bizNo: reference,
    acceptNo: backendCaseNo ?? undefined,
    time: takenAt,
    reason: reason === null || reason === '' ? undefined : reason,
  }
}

/** The plaintext around the file, which stands between the two in Base64. */
export function fileOf({ item, leg, reference, material }: MaterialMessage): {
  readonly before: string
  readonly content: Buffer
  readonly after: string
} {
  const members = JSON.stringify({
    bizNo: reference,
    itemCode: item.code,
    stepCode: leg.key,
    code: material.code,
    fileNo: material.materialId,
    fileName: material.name,
    fileType: material.mediaType,
    sha256: material.digest,
  })
  return { before: `${members.slice(0, -1)},"content":"`, content: material.bytes, after: '"}' }
}

interface Certified {
  readonly name: string
  readonly certType: string
  readonly certNo: string
}

const certified = ({ name, certType, certNo }: Certified, mapping: Mapping): object =>
  mapping.write({ name, certType, certNo })

function applicantOf(applicant: SubmissionBody['applicant'], mapping: Mapping): object {
  const { address } = applicant
  if (applicant.type === 'person') {
    const { mobile, postalCode } = applicant
    return { kind: 'P', ...certified(applicant, mapping), ...mapping.write({ mobile, address, postalCode }) }
  }
  const { name, uscc, legalRepresentative, contact } = applicant
  return {
    kind: 'E',
    ...mapping.write({ name, uscc, address }),
    legalPerson: certified(legalRepresentative, mapping),
    contact: mapping.write({ name: contact.name, mobile: contact.mobile }),
  }
}
