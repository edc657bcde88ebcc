// Writes what Shenfu is sent: all of it has the gateway's own names and values.

import type { CityMessage, CorrectionMessage, MaterialLink, WithdrawalMessage } from '../../domain/delivery.ts'
import type { MaterialReference } from '../../domain/submission.ts'

export function applicationBody(message: CityMessage): object {
  const { relatedCaseNo, relatedResults } = message
  return submissionBody(message, { relatedCaseNo: relatedCaseNo ?? undefined, relatedResults }, {})
}

export function correctionBody(message: CorrectionMessage): object {
  const { correctionNo, backendCaseNo } = message
  return submissionBody(message, {}, { correctionNo, caseNo: backendCaseNo ?? undefined })
}

export function withdrawalBody({ reference, takenAt, backendCaseNo, reason }: WithdrawalMessage): object {
  return {
    reference,
    takenAt: new Date(takenAt).toISOString(),
    caseNo: backendCaseNo ?? undefined,
    // An absent value is an absent member.
    reason: reason === null || reason === '' ? undefined : reason,
  }
}

function submissionBody(message: CityMessage | CorrectionMessage, before: object, after: object): object {
  const { body, links } = message
  return {
    reference: message.reference,
    ...before,
    item: message.item.code,
    leg: message.leg.key,
    takenAt: new Date(message.takenAt).toISOString(),
    handlingMode: body.handlingMode,
    collectingCity: body.collectingCity,
    applicant: body.applicant,
    agent: body.agent,
    purpose: body.purpose,
    identityCheck: body.identityCheck,
    form: body.form,
    materials: body.materials?.map((material) => withLink(material, links)),
    ...after,
  }
}

function withLink(material: MaterialReference, links: readonly MaterialLink[] = []): object {
  const { materialId } = material
  const link = materialId === undefined ? undefined : links.find((one) => one.materialId === materialId)
  if (link === undefined) return material
  return {
    ...material,
    name: link.name,
    mediaType: link.mediaType,
    url: link.url,
    expires: new Date(link.expiresAt).toISOString(),
    sha256: link.digest,
    size: link.sizeBytes,
  }
}
