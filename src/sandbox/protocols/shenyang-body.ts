// Reads the body of a Shenyang query, application or correction, member by member, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { PLACES } from '../places.ts'
import { anyObject, integer, list, type Members, misfit, object, REFERENCE, text, words } from './shape.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import type { Correction } from '../supplements.ts'

export type ShenyangRead =
  { readonly kind: 'read'; readonly submission: CitySubmission } | { readonly kind: 'misfit'; readonly field: string }

/** More than this in the future nothing can have been taken. */
export const FUTURE_MS_MAX = 300_000
export const CASE_NUMBER = /^[0-9]{6}-[0-9]{4}-[0-9]{6}$/
const CORRECTIONS_MAX = 99
const HANDLING_MODES: Readonly<Record<string, HandlingMode>> = {
  '1': 'full-online',
  '2': 'collect-and-forward',
  '3': 'joint',
}
const HELD: Readonly<Record<string, MaterialReference['held']>> = {
  '1': 'uploaded',
  '2': 'seenAtWindow',
  '3': 'commitment',
  '4': 'sharedData',
}

const PAGE_TYPE = text(/^[0-9]{3}$/)
const PAGE_CODE = text(/^[A-Za-z0-9]{1,18}$/)
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const TIME = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/)
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)

const REQUIRED: Members = {
  project_no: text(REFERENCE),
  task_code: KEY,
  task_handle_item: KEY,
  apply_date: TIME,
  applyer_type: text(/^[12]$/),
  applyer_name: words(200),
  contact_mobile: MOBILE,
  form_data: anyObject,
}
const OPTIONAL: Members = {
  handle_mode: text(/^[123]$/),
  accept_area: text(new RegExp(`^(${PLACES.map(({ areaCode }) => areaCode).join('|')})$`)),
  address: words(200),
  apply_purpose: text(/^.{1,200}$/su),
  material_list: list(object({ material_code: KEY, get_type: text(/^[1234]$/) }, { attach_id: words(80) }), 100),
}
const PERSON: { readonly required: Members; readonly optional: Members } = {
  required: { applyer_page_type: PAGE_TYPE, applyer_page_code: PAGE_CODE },
  optional: { zip_code: text(/^[0-9]{6}$/) },
}
const ORGANIZATION: typeof PERSON = {
  required: {
    applyer_page_type: text(/^001$/),
    applyer_page_code: text(/^[0-9A-Z]{18}$/),
    legal: words(100),
    legal_page_type: PAGE_TYPE,
    legal_page_code: PAGE_CODE,
    contact_name: words(100),
  },
  optional: {},
}
const AGENT: typeof PERSON = {
  required: {
    agent_name: words(100),
    agent_page_type: PAGE_TYPE,
    agent_page_code: PAGE_CODE,
    agent_mobile: MOBILE,
    agent_basis: KEY,
  },
  optional: { agent_basis_no: words(60), agent_basis_end: text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) },
}
const VERIFY: typeof PERSON = { required: { verify_type: KEY, verify_time: TIME }, optional: {} }

type Parts = typeof PERSON
const RESULT = object({ cert_code: words(100), cert_name: words(200), cert_no: words(200) })
const OF_SUBMISSION: Parts = {
  required: {},
  optional: { related_project_no: words(80), related_result_list: list(RESULT, 50) },
}
const OF_CORRECTION: Parts = { required: { correct_no: integer }, optional: { accept_no: text(CASE_NUMBER) } }
type Body = Readonly<Record<string, unknown>>
type Misfit = Extract<ShenyangRead, { readonly kind: 'misfit' }>

/** `now` is the city's clock. */
export function readShenyangSubmission(body: Body, now: number): ShenyangRead {
  return readBy(OF_SUBMISSION, body, now)
}

/** The same for a correction, whose number and whose city's number stand beside the new version. */
export function readShenyangCorrection(
  body: Body,
  now: number,
): { readonly kind: 'read'; readonly correction: Correction } | Misfit {
  const read = readBy(OF_CORRECTION, body, now)
  if (read.kind === 'misfit') return read
  const { correct_no: correctionNo, accept_no: backendCaseNo = null } = body as {
    readonly correct_no: number
    readonly accept_no?: string
  }
  if (correctionNo < 1 || correctionNo > CORRECTIONS_MAX) return { kind: 'misfit', field: 'correct_no' }
  return { kind: 'read', correction: { submission: read.submission, backendCaseNo, correctionNo } }
}

function readBy(own: Parts, body: Body, now: number): ShenyangRead {
  const has = (lead: string): boolean => Object.keys(body).some((key) => key.startsWith(lead))
  const parts = [
    { required: REQUIRED, optional: OPTIONAL },
    own,
    body['applyer_type'] === '2' ? ORGANIZATION : PERSON,
    ...(has('agent_') ? [AGENT] : []),
    ...(has('verify_') ? [VERIFY] : []),
  ]
  const required: Members = Object.assign({}, ...parts.map((part) => part.required))
  const optional: Members = Object.assign({}, ...parts.map((part) => part.optional))
  const wrong = misfit(body, object(required, optional))
  if (wrong !== null) return { kind: 'misfit', field: wrong.slice(1) }

  const members = body as Readonly<Record<string, string>>
  const takenAt = readBeijingTime(members['apply_date']!, 'spaced')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return { kind: 'misfit', field: 'apply_date' }
  const checkedAt = 'verify_time' in members ? readBeijingTime(members['verify_time'], 'spaced') : undefined
  if (checkedAt === null) return { kind: 'misfit', field: 'verify_time' }
  return {
    kind: 'read',
    submission: {
      reference: members['project_no']!,
      relatedCaseNo: members['related_project_no'] ?? null,
      ...resultsUnder(['cert_code', 'cert_name', 'cert_no'], body['related_result_list']),
      item: members['task_code']!,
      leg: members['task_handle_item']!,
      takenAt,
      body: {
        ...bodyOf(members),
        ...(checkedAt === undefined
          ? {}
          : { identityCheck: { how: members['verify_type']!, at: new Date(checkedAt).toISOString() } }),
      },
    },
  }
}

function bodyOf(members: Readonly<Record<string, string>>): SubmissionBody {
  const place = PLACES.find(({ areaCode }) => areaCode === members['accept_area'])
  const materials = members['material_list'] as unknown as readonly Readonly<Record<string, string>>[] | undefined
  const mode = HANDLING_MODES[members['handle_mode'] ?? '']
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(place === undefined ? {} : { collectingCity: place.city }),
    applicant: applicantOf(members),
    ...(members['agent_name'] === undefined ? {} : { agent: agentOf(members) }),
    ...(members['apply_purpose'] === undefined ? {} : { purpose: members['apply_purpose'] }),
    form: members['form_data'] as unknown as Readonly<Record<string, unknown>>,
    ...(materials === undefined ? {} : { materials: materials.map(materialOf) }),
  }
}

const materialOf = (entry: Readonly<Record<string, string>>): MaterialReference => ({
  code: entry['material_code']!,
  held: HELD[entry['get_type']!]!,
  ...(entry['attach_id'] === undefined ? {} : { materialId: entry['attach_id'] }),
})

function applicantOf(members: Readonly<Record<string, string>>): SubmissionBody['applicant'] {
  const name = members['applyer_name']!
  const certNo = members['applyer_page_code']!
  const mobile = members['contact_mobile']!
  const address = members['address'] === undefined ? {} : { address: members['address'] }
  if (members['applyer_type'] === '1') {
    const postalCode = members['zip_code'] === undefined ? {} : { postalCode: members['zip_code'] }
    return { type: 'person', name, certType: members['applyer_page_type']!, certNo, mobile, ...address, ...postalCode }
  }
  return {
    type: 'organization',
    name,
    uscc: certNo,
    legalRepresentative: {
      name: members['legal']!,
      certType: members['legal_page_type']!,
      certNo: members['legal_page_code']!,
    },
    contact: { name: members['contact_name']!, mobile },
    ...address,
  }
}

function agentOf(members: Readonly<Record<string, string>>): NonNullable<SubmissionBody['agent']> {
  return {
    name: members['agent_name']!,
    certType: members['agent_page_type']!,
    certNo: members['agent_page_code']!,
    mobile: members['agent_mobile']!,
    authorization: {
      kind: members['agent_basis']!,
      ...(members['agent_basis_no'] === undefined ? {} : { reference: members['agent_basis_no'] }),
      ...(members['agent_basis_end'] === undefined ? {} : { until: members['agent_basis_end'] }),
    },
  }
}
