// Writes a submission as the body of Tieling's query and application.

import type { CityMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { offsetBeijingTime } from '../beijing-time.ts'
import type { Mapping } from '../mapping.ts'
import { withoutEmptyTexts } from '../mapping/absent.ts'

const CHANNELS: Readonly<Record<HandlingMode, string>> = {
  'full-online': 'online',
  'collect-and-forward': 'forwarded',
  joint: 'joint',
}

const PROVIDED: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: 'uploaded',
  seenAtWindow: 'seen',
  commitment: 'promised',
  sharedData: 'shared',
}

/** In the order of the wire document. What is absent has no member; an empty text in a form is a list without entries. */
export function submissionOf(message: CityMessage, mapping: Mapping, areas: Readonly<Record<string, string>>): object {
  const { body } = message
  const { agent, identityCheck } = body
  return {
    reference: message.reference,
    related_case_no: message.relatedCaseNo ?? undefined,
    related_results: message.relatedResults?.map(({ code, name, number }) => ({ code, title: name, number })),
    item_code: message.item.code,
    step: message.leg.key,
    received_at: offsetBeijingTime(message.takenAt),
    channel: body.handlingMode && CHANNELS[body.handlingMode],
    collected_in: body.collectingCity && areas[body.collectingCity],
    applicant: applicantOf(body.applicant),
    agent: agent && {
      ...certified(agent),
      phone_no: agent.mobile,
      authorization: {
        basis: agent.authorization.kind,
        document_no: present(agent.authorization.reference),
        valid_until: agent.authorization.until && `${agent.authorization.until} 00:00:00`,
      },
    },
    purpose: present(body.purpose),
    identity_check: identityCheck && {
      method: identityCheck.how,
      checked_at: offsetBeijingTime(Date.parse(identityCheck.at)),
    },
    form: mapping.write(withoutEmptyTexts(body.form)),
    materials: body.materials?.map(({ code, held, materialId }) => ({
      code,
      provided_as: PROVIDED[held],
      file_id: materialId,
    })),
  }
}

const present = (text: string | undefined): string | undefined => (text === '' ? undefined : text)

const certified = (person: { readonly name: string; readonly certType: string; readonly certNo: string }): object => ({
  full_name: person.name,
  id_type: person.certType,
  id_no: person.certNo,
})

function applicantOf(applicant: SubmissionBody['applicant']): object {
  const addr = present(applicant.address)
  if (applicant.type === 'person') {
    return {
      kind: 'person',
      ...certified(applicant),
      phone_no: applicant.mobile,
      addr,
      zip_code: present(applicant.postalCode),
    }
  }
  const { name, uscc, legalRepresentative, contact } = applicant
  return {
    kind: 'organization',
    full_name: name,
    credit_code: uscc,
    legal_representative: certified(legalRepresentative),
    contact: { full_name: contact.name, phone_no: contact.mobile },
    addr,
  }
}
