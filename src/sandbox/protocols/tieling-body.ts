// Reads the body of a Tieling query or application, member by member, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { PLACES } from '../places.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import { anyObject, list, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'
import { isTimeInReach, readDate, readForm, readTime } from './tieling-form.ts'

export type TielingRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission }
  /** `field`: JSON Pointer of the first member that is missing, unknown or of a wrong form. */
  | { readonly kind: 'misfit'; readonly field: string }

const CHANNELS: Readonly<Record<string, HandlingMode>> = {
  online: 'full-online',
  forwarded: 'collect-and-forward',
  joint: 'joint',
}
const HELD: Readonly<Record<string, MaterialReference['held']>> = {
  uploaded: 'uploaded',
  seen: 'seenAtWindow',
  promised: 'commitment',
  shared: 'sharedData',
}

const oneOf = (values: readonly string[]): Shape => text(new RegExp(`^(${values.join('|')})$`))
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)
const TIME = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+08:00$/)
const PHONE = text(/^1[3-9][0-9]{9}$/)
const CERTIFIED = { full_name: words(200), id_type: text(/^[0-9]{3}$/), id_no: words(18) }

const PERSON = object(
  { kind: text(/^person$/), ...CERTIFIED, phone_no: PHONE },
  { addr: words(200), zip_code: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    kind: text(/^organization$/),
    full_name: words(200),
    credit_code: text(/^[0-9A-Z]{18}$/),
    legal_representative: object(CERTIFIED),
    contact: object({ full_name: words(200), phone_no: PHONE }),
  },
  { addr: words(200) },
)
const AUTHORIZATION = object(
  { basis: KEY },
  { document_no: words(100), valid_until: text(/^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00$/) },
)

const submissionShape = (applicant: Shape): Shape =>
  object(
    { reference: text(REFERENCE), item_code: KEY, step: KEY, received_at: TIME, applicant, form: anyObject },
    {
      related_case_no: words(80),
      related_results: list(object({ code: words(100), title: words(200), number: words(200) }), 50),
      channel: oneOf(Object.keys(CHANNELS)),
      collected_in: oneOf(PLACES.map(({ areaCode }) => areaCode)),
      agent: object({ ...CERTIFIED, phone_no: PHONE, authorization: AUTHORIZATION }),
      purpose: text(/^.{1,200}$/su),
      identity_check: object({ method: KEY, checked_at: TIME }),
      materials: list(object({ code: KEY, provided_as: oneOf(Object.keys(HELD)) }, { file_id: words(80) }), 100),
    },
  )
const OF_PERSON = submissionShape(PERSON)
const OF_ORGANIZATION = submissionShape(ORGANIZATION)

interface Certified {
  readonly full_name: string
  readonly id_type: string
  readonly id_no: string
}

/** What the shapes have let through. */
interface Given {
  readonly reference: string
  readonly related_case_no?: string
  readonly item_code: string
  readonly step: string
  readonly received_at: string
  readonly channel?: string
  readonly collected_in?: string
  readonly applicant: GivenPerson | GivenOrganization
  readonly agent?: Certified & {
    readonly phone_no: string
    readonly authorization: { readonly basis: string; readonly document_no?: string; readonly valid_until?: string }
  }
  readonly purpose?: string
  readonly identity_check?: { readonly method: string; readonly checked_at: string }
  readonly form: Readonly<Record<string, unknown>>
  readonly materials?: readonly { readonly code: string; readonly provided_as: string; readonly file_id?: string }[]
}

interface GivenPerson extends Certified {
  readonly kind: 'person'
  readonly phone_no: string
  readonly addr?: string
  readonly zip_code?: string
}

interface GivenOrganization {
  readonly kind: 'organization'
  readonly full_name: string
  readonly credit_code: string
  readonly legal_representative: Certified
  readonly contact: { readonly full_name: string; readonly phone_no: string }
  readonly addr?: string
}

/** `now`: the city's clock, in milliseconds since 1970. */
export function readTielingSubmission(body: Readonly<Record<string, unknown>>, now: number): TielingRead {
  const { kind } = (body['applicant'] ?? {}) as { readonly kind?: unknown }
  const wrong = misfit(body, kind === 'organization' ? OF_ORGANIZATION : OF_PERSON)
  if (wrong !== null) return { kind: 'misfit', field: wrong }
  const given = body as unknown as Given
  if (!isTimeInReach(given.received_at, now)) return { kind: 'misfit', field: '/received_at' }
  if (given.identity_check !== undefined && readTime(given.identity_check.checked_at) === null) {
    return { kind: 'misfit', field: '/identity_check/checked_at' }
  }
  const until = given.agent?.authorization.valid_until
  if (until !== undefined && readDate(until) === null) {
    return { kind: 'misfit', field: '/agent/authorization/valid_until' }
  }
  const read = readForm(given.form, '/form')
  if (read.kind === 'misfit') return { kind: 'misfit', field: read.path }
  return {
    kind: 'read',
    submission: {
      reference: given.reference,
      relatedCaseNo: given.related_case_no ?? null,
      ...resultsUnder(['code', 'title', 'number'], body['related_results']),
      item: given.item_code,
      leg: given.step,
      takenAt: Date.parse(given.received_at),
      body: bodyOf(given, read.form),
    },
  }
}

/** Members that are undefined count as absent. */
function bodyOf(given: Given, form: SubmissionBody['form']): SubmissionBody {
  const { purpose, agent, identity_check: check } = given
  const city = PLACES.find(({ areaCode }) => areaCode === given.collected_in)?.city
  const handlingMode = CHANNELS[given.channel ?? '']
  return {
    ...(handlingMode === undefined ? {} : { handlingMode }),
    ...(city === undefined ? {} : { collectingCity: city }),
    applicant: given.applicant.kind === 'person' ? personOf(given.applicant) : organizationOf(given.applicant),
    ...(agent === undefined ? {} : { agent: agentOf(agent) }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(check === undefined ? {} : { identityCheck: { how: check.method, at: check.checked_at } }),
    form,
    ...(given.materials === undefined
      ? {}
      : {
          materials: given.materials.map(({ code, provided_as: held, file_id: materialId }) => ({
            code,
            held: HELD[held]!,
            ...(materialId === undefined ? {} : { materialId }),
          })),
        }),
  }
}

const certified = ({ full_name: name, id_type: certType, id_no: certNo }: Certified) => ({ name, certType, certNo })

function personOf(given: GivenPerson): SubmissionBody['applicant'] {
  return {
    type: 'person',
    ...certified(given),
    mobile: given.phone_no,
    ...(given.addr === undefined ? {} : { address: given.addr }),
    ...(given.zip_code === undefined ? {} : { postalCode: given.zip_code }),
  }
}

function organizationOf(given: GivenOrganization): SubmissionBody['applicant'] {
  return {
    type: 'organization',
    name: given.full_name,
    uscc: given.credit_code,
    legalRepresentative: certified(given.legal_representative),
    contact: { name: given.contact.full_name, mobile: given.contact.phone_no },
    ...(given.addr === undefined ? {} : { address: given.addr }),
  }
}

function agentOf(given: NonNullable<Given['agent']>): NonNullable<SubmissionBody['agent']> {
  const { basis: kind, document_no: reference, valid_until: until } = given.authorization
  return {
    ...certified(given),
    mobile: given.phone_no,
    authorization: {
      kind,
      ...(reference === undefined ? {} : { reference }),
      ...(until === undefined ? {} : { until: until.slice(0, 10) }),
    },
  }
}
