// Writes a submission, or the new version of one, as the members of Shenyang's query, application and correction.

import type { CityMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { spacedBeijingTime } from '../beijing-time.ts'

const HANDLING_MODES: Readonly<Record<HandlingMode, string>> = {
  'full-online': '1',
  'collect-and-forward': '2',
  joint: '3',
}

const GET_TYPES: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: '1',
  seenAtWindow: '2',
  commitment: '3',
  sharedData: '4',
}

/** In the order of the wire document, from `task_code` on; what is absent is undefined. */
export function membersOf(
  { item, leg, takenAt, body }: Pick<CityMessage, 'item' | 'leg' | 'takenAt' | 'body'>,
  areas: Readonly<Record<string, string>>,
): object {
  const { agent, identityCheck } = body
  return {
    task_code: item.code,
    task_handle_item: leg.key,
    apply_date: spacedBeijingTime(takenAt),
    handle_mode: body.handlingMode && HANDLING_MODES[body.handlingMode],
    accept_area: body.collectingCity && areas[body.collectingCity],
    ...applicantMembers(body.applicant),
    ...(agent && {
      agent_name: agent.name,
      agent_page_type: agent.certType,
      agent_page_code: agent.certNo,
      agent_mobile: agent.mobile,
      agent_basis: agent.authorization.kind,
      agent_basis_no: agent.authorization.reference,
      agent_basis_end: agent.authorization.until,
    }),
    apply_purpose: body.purpose,
    ...(identityCheck && {
      verify_type: identityCheck.how,
      verify_time: spacedBeijingTime(Date.parse(identityCheck.at)),
    }),
    form_data: body.form,
    material_list: body.materials?.map(({ code, held, materialId }) => ({
      material_code: code,
      get_type: GET_TYPES[held],
      attach_id: materialId,
    })),
  }
}

function applicantMembers(applicant: SubmissionBody['applicant']): object {
  if (applicant.type === 'person') {
    return {
      applyer_type: '1',
      applyer_name: applicant.name,
      applyer_page_type: applicant.certType,
      applyer_page_code: applicant.certNo,
      contact_mobile: applicant.mobile,
      address: applicant.address,
      zip_code: applicant.postalCode,
    }
  }
  return {
    applyer_type: '2',
    applyer_name: applicant.name,
    applyer_page_type: '001',
    applyer_page_code: applicant.uscc,
    legal: applicant.legalRepresentative.name,
    legal_page_type: applicant.legalRepresentative.certType,
    legal_page_code: applicant.legalRepresentative.certNo,
    contact_name: applicant.contact.name,
    contact_mobile: applicant.contact.mobile,
    address: applicant.address,
  }
}
