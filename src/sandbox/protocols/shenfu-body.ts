// Reads the body of a Shenfu query, application or correction: all of it has the gateway's own names and values.

import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import { type Link, misfitOfLink } from './links.ts'
import { anyObject, integer, list, type Members, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'

const FUTURE_MS_MAX = 300_000

const CERTIFIED = { name: words(100), certType: text(/^[0-9]{3}$/), certNo: text(/^[A-Za-z0-9]{1,18}$/) }
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)

const PERSON = object(
  { type: text(/^person$/), ...CERTIFIED, mobile: MOBILE },
  { address: words(200), postalCode: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    type: text(/^organization$/),
    name: words(200),
    uscc: text(/^[0-9A-Z]{18}$/),
    legalRepresentative: object(CERTIFIED),
    contact: object({ name: words(100), mobile: MOBILE }),
  },
  { address: words(200) },
)
const AGENT = object({
  ...CERTIFIED,
  mobile: MOBILE,
  authorization: object({ kind: KEY }, { reference: words(60), until: text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) }),
})

export const TIME = text(/^[0-9T:.-]{23}Z$/)
const HELD = object(
  { code: KEY, held: text(/^(uploaded|seenAtWindow|commitment|sharedData)$/) },
  { materialId: words(80) },
)
const LINKED = object({
  code: KEY,
  held: text(/^uploaded$/),
  materialId: words(80),
  name: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
  mediaType: text(/^(application\/pdf|image\/jpeg|image\/png)$/),
  url: words(500),
  expires: TIME,
  sha256: text(/^[0-9a-f]{64}$/),
  size: integer,
})

/** Members beside those of every message. */
export interface More {
  readonly required: Members
  readonly optional: Members
}
const RESULT = object({ code: words(100), name: words(200), number: words(200) })
export const OF_APPLICATION: More = {
  required: {},
  optional: { relatedCaseNo: words(80), relatedResults: list(RESULT, 50) },
}
export const OF_CORRECTION: More = { required: { correctionNo: integer }, optional: { caseNo: words(80) } }

const submissionShape = (applicant: Shape, { required, optional }: More): Shape =>
  object(
    { reference: text(REFERENCE), item: KEY, leg: KEY, takenAt: TIME, applicant, form: anyObject, ...required },
    {
      ...optional,
      handlingMode: text(/^(full-online|collect-and-forward|joint)$/),
      collectingCity: KEY,
      agent: AGENT,
      purpose: text(/^.{1,200}$/su),
      identityCheck: object({ how: KEY, at: words(35) }),
      materials: list(anyObject, 100),
    },
  )

type Texts = Readonly<Record<string, string>>

type ShenfuRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission; readonly links: readonly Link[] }
  | { readonly kind: 'misfit'; readonly field: string }

/** `now` is the city's clock; `field` a JSON Pointer. */
export function readShenfuSubmission(body: Readonly<Record<string, unknown>>, now: number, more: More): ShenfuRead {
  const applicant = body['applicant'] as { readonly type?: unknown } | undefined
  const wrong = misfit(body, submissionShape(applicant?.type === 'organization' ? ORGANIZATION : PERSON, more))
  if (wrong !== null) return { kind: 'misfit', field: wrong }
  const {
    reference,
    relatedCaseNo,
    relatedResults: _,
    item,
    leg,
    takenAt,
    correctionNo: __,
    caseNo: ___,
    ...rest
  } = body as Texts
  const moment = Date.parse(takenAt!)
  if (Number.isNaN(moment) || moment > now + FUTURE_MS_MAX) return { kind: 'misfit', field: '/takenAt' }
  const read = readMaterials((body['materials'] ?? []) as readonly Texts[], now)
  if (read.kind === 'misfit') return read
  const { materials, links } = read
  return {
    kind: 'read',
    links,
    submission: {
      reference: reference!,
      relatedCaseNo: relatedCaseNo ?? null,
      ...resultsUnder(['code', 'name', 'number'], body['relatedResults']),
      item: item!,
      leg: leg!,
      takenAt: moment,
      body: { ...(rest as unknown as SubmissionBody), ...(rest['materials'] === undefined ? {} : { materials }) },
    },
  }
}

type MaterialsRead =
  | { readonly kind: 'read'; readonly materials: readonly MaterialReference[]; readonly links: readonly Link[] }
  | { readonly kind: 'misfit'; readonly field: string }

/** What a file's address says is taken out of the materials, which are compared from message to message. */
function readMaterials(given: readonly Texts[], now: number): MaterialsRead {
  const links: Link[] = []
  const materials: MaterialReference[] = []
  for (const [place, material] of given.entries()) {
    const isLinked = 'url' in material
    const wrong = misfit(material, isLinked ? LINKED : HELD, `/materials/${place}`)
    if (wrong !== null) return { kind: 'misfit', field: wrong }
    const { code, held, materialId, name, mediaType, url, expires, sha256, size } = material
    materials.push({
      code: code!,
      held: held as MaterialReference['held'],
      ...(materialId === undefined ? {} : { materialId }),
    })
    if (!isLinked) continue
    const link = {
      place,
      code: code!,
      materialId: materialId!,
      name: name!,
      mediaType: mediaType!,
      url: url!,
      sha256: sha256!,
    }
    links.push({ ...link, expires: Date.parse(expires!), size: Number(size) })
    const misplaced = misfitOfLink(links.at(-1)!, now)
    if (misplaced !== null) return { kind: 'misfit', field: `/materials/${place}/${misplaced}` }
  }
  return { kind: 'read', materials, links }
}
