// Reads the `params` of a Benxi query, application or correction, member by member, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { readCode, readForm } from './benxi-form.ts'
import { PLACES } from '../places.ts'
import { type Link, misfitOfLink } from './links.ts'
import { anyObject, integer, isObject, list, type Members, misfit, object, REFERENCE, text, words } from './shape.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'

export type BenxiRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission; readonly links: readonly Link[] }
  | { readonly kind: 'misfit'; readonly field: string }

type Params = Readonly<Record<string, unknown>>
type Texts = Readonly<Record<string, string>>

const FUTURE_MS_MAX = 300_000
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

const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)
const TIME = text(/^[0-9]{14}$/)
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const CERTIFIED: Members = {
  AAC003: words(100),
  AAC058: text(/^(?!(111|112|516|511|553|414)$)[0-9]{2,3}$/),
  AAC002: text(/^[A-Za-z0-9]{1,18}$/),
}
const PERSON = object(
  { TYPE: text(/^1$/), ...CERTIFIED, AAC067: MOBILE },
  { AAE006: words(200), AAE007: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    TYPE: text(/^2$/),
    AAB004: words(200),
    AAB998: text(/^[0-9A-Z]{18}$/),
    LEGAL_REPRESENTATIVE: object(CERTIFIED),
    CONTACT: object({ AAC003: words(100), AAC067: MOBILE }),
  },
  { AAE006: words(200) },
)
const REQUIRED: Members = {
  REF_NO: text(REFERENCE),
  ITEM_CODE: KEY,
  LEG: KEY,
  TAKEN_AT: TIME,
  FORM: anyObject,
}
const OPTIONAL: Members = {
  HANDLING_MODE: text(/^[123]$/),
  COLLECTING_AREA: text(new RegExp(`^(${PLACES.map(({ areaCode }) => areaCode).join('|')})$`)),
  AGENT: object({
    ...CERTIFIED,
    AAC067: MOBILE,
    AUTHORIZATION: object({ KIND: KEY }, { REFERENCE: words(60), UNTIL: text(/^[0-9]{8}$/) }),
  }),
  PURPOSE: text(/^.{1,200}$/su),
  IDENTITY_CHECK: object({ HOW: KEY, AT: TIME }),
  MATERIALS: list(anyObject, 100),
}

const HELD_MATERIAL = object({ CODE: KEY, HELD: text(/^[1234]$/) }, { MATERIAL_ID: words(80) })
const LINKED_MATERIAL = object({
  CODE: KEY,
  HELD: text(/^1$/),
  MATERIAL_ID: words(80),
  FILE_NAME: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  MIME_TYPE: text(/^(application\/pdf|image\/jpeg|image\/png)$/),
  URL: words(500),
  EXPIRES: TIME,
  SHA256: text(/^[0-9a-f]{64}$/),
  SIZE: integer,
})

/** Members beside those of every message. */
export interface More {
  readonly required: Members
  readonly optional: Members
}
const RESULT = object({ CODE: words(100), NAME: words(200), NUMBER: words(200) })
export const OF_APPLICATION: More = {
  required: {},
  optional: { RELATED_CASE_NO: words(80), RELATED_RESULTS: list(RESULT, 50) },
}
export const OF_CORRECTION: More = { required: { CORRECT_NO: integer }, optional: { CASE_NO: words(80) } }

/** `now` is the city's clock. */
export function readBenxiSubmission(params: Params, now: number, more: More): BenxiRead {
  const given = params['APPLICANT']
  const isOrganization = isObject(given) && given['TYPE'] === '2'
  const applicant = isOrganization ? ORGANIZATION : PERSON
  const shape = object({ ...REQUIRED, ...more.required, APPLICANT: applicant }, { ...OPTIONAL, ...more.optional })
  const wrong = misfit(params, shape)
  if (wrong !== null) return { kind: 'misfit', field: wrong.slice(1) }

  const takenAt = readBeijingTime(params['TAKEN_AT'] as string, 'compact')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return { kind: 'misfit', field: 'TAKEN_AT' }
  const check = params['IDENTITY_CHECK'] as Texts | undefined
  const checkedAt = check === undefined ? undefined : readBeijingTime(check['AT']!, 'compact')
  if (checkedAt === null) return { kind: 'misfit', field: 'IDENTITY_CHECK/AT' }
  const agent = params['AGENT'] as (Texts & { readonly AUTHORIZATION: Texts }) | undefined
  const until = agent?.AUTHORIZATION['UNTIL']
  if (until !== undefined && readBeijingTime(`${until}000000`, 'compact') === null) {
    return { kind: 'misfit', field: 'AGENT/AUTHORIZATION/UNTIL' }
  }
  const read = readForm(params['FORM'] as Params)
  if (read.kind === 'misfit') return read
  const texts = params as Texts
  const held = readMaterials((params['MATERIALS'] ?? []) as readonly Params[], now)
  if (held.kind === 'misfit') return held
  return {
    kind: 'read',
    links: held.links,
    submission: {
      reference: texts['REF_NO']!,
      relatedCaseNo: texts['RELATED_CASE_NO'] ?? null,
      ...resultsUnder(['CODE', 'NAME', 'NUMBER'], params['RELATED_RESULTS']),
      item: texts['ITEM_CODE']!,
      leg: texts['LEG']!,
      takenAt,
      body: {
        ...commonOf(texts),
        applicant: applicantOf(given as Params),
        ...(agent === undefined ? {} : { agent: agentOf(agent) }),
        ...(checkedAt === undefined
          ? {}
          : { identityCheck: { how: check!['HOW']!, at: new Date(checkedAt).toISOString() } }),
        form: read.form,
        ...(params['MATERIALS'] === undefined ? {} : { materials: held.materials }),
      },
    },
  }
}

function commonOf(texts: Texts): Pick<SubmissionBody, 'handlingMode' | 'collectingCity' | 'purpose'> {
  const mode = HANDLING_MODES[texts['HANDLING_MODE'] ?? '']
  const place = PLACES.find(({ areaCode }) => areaCode === texts['COLLECTING_AREA'])
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(place === undefined ? {} : { collectingCity: place.city }),
    ...(texts['PURPOSE'] === undefined ? {} : { purpose: texts['PURPOSE'] }),
  }
}

const holderOf = (members: Texts) => ({
  name: members['AAC003']!,
  certType: readCode('certType', members['AAC058']!)!,
  certNo: members['AAC002']!,
})

function applicantOf(members: Params): SubmissionBody['applicant'] {
  const texts = members as Texts
  const address = texts['AAE006'] === undefined ? {} : { address: texts['AAE006'] }
  if (texts['TYPE'] === '1') {
    const postalCode = texts['AAE007'] === undefined ? {} : { postalCode: texts['AAE007'] }
    return { type: 'person', ...holderOf(texts), mobile: texts['AAC067']!, ...address, ...postalCode }
  }
  const contact = members['CONTACT'] as Texts
  return {
    type: 'organization',
    name: texts['AAB004']!,
    uscc: texts['AAB998']!,
    legalRepresentative: holderOf(members['LEGAL_REPRESENTATIVE'] as Texts),
    contact: { name: contact['AAC003']!, mobile: contact['AAC067']! },
    ...address,
  }
}

function agentOf(agent: Texts & { readonly AUTHORIZATION: Texts }): NonNullable<SubmissionBody['agent']> {
  const { KIND: kind, REFERENCE: reference, UNTIL: until } = agent.AUTHORIZATION
  return {
    ...holderOf(agent),
    mobile: agent['AAC067']!,
    authorization: {
      kind: kind!,
      ...(reference === undefined ? {} : { reference }),
      ...(until === undefined ? {} : { until: `${until.slice(0, 4)}-${until.slice(4, 6)}-${until.slice(6)}` }),
    },
  }
}

type MaterialsRead =
  | { readonly kind: 'read'; readonly materials: readonly MaterialReference[]; readonly links: readonly Link[] }
  | { readonly kind: 'misfit'; readonly field: string }

/** What a file's address says is taken out of the materials, which are compared from message to message. */
function readMaterials(given: readonly Params[], now: number): MaterialsRead {
  const links: Link[] = []
  for (const [place, material] of given.entries()) {
    const isLinked = 'URL' in material
    const wrong = misfit(material, isLinked ? LINKED_MATERIAL : HELD_MATERIAL, `MATERIALS/${place}`)
    if (wrong !== null) return { kind: 'misfit', field: wrong }
    if (!isLinked) continue
    const link = linkOf(material as Texts, place)
    const misplaced = misfitOfLink(link, now)
    if (misplaced !== null) return { kind: 'misfit', field: `MATERIALS/${place}/${misplaced.toUpperCase()}` }
    links.push(link)
  }
  return { kind: 'read', materials: (given as readonly Texts[]).map(materialOf), links }
}

function linkOf(material: Texts, place: number): Link {
  return {
    place,
    code: material['CODE']!,
    materialId: material['MATERIAL_ID']!,
    name: material['FILE_NAME']!,
    mediaType: material['MIME_TYPE']!,
    url: material['URL']!,
    expires: readBeijingTime(material['EXPIRES']!, 'compact') ?? Number.NaN,
    sha256: material['SHA256']!,
    size: Number(material['SIZE']),
  }
}

function materialOf({ CODE: code, HELD: held, MATERIAL_ID: materialId }: Texts): MaterialReference {
  return { code: code!, held: HELD[held!]!, ...(materialId === undefined ? {} : { materialId }) }
}
