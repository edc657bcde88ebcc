// Reads the body of a Shenfu query or application: all of it has the gateway's own names and values.

import type { SubmissionBody } from '../../domain/submission.ts'
import type { CitySubmission } from '../submission.ts'
import { anyObject, list, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'

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

const submissionShape = (applicant: Shape): Shape =>
  object(
    { reference: text(REFERENCE), item: KEY, leg: KEY, takenAt: text(/^[0-9T:.-]{23}Z$/), applicant, form: anyObject },
    {
      relatedCaseNo: words(80),
      handlingMode: text(/^(full-online|collect-and-forward|joint)$/),
      collectingCity: KEY,
      agent: AGENT,
      purpose: text(/^.{1,200}$/su),
      identityCheck: object({ how: KEY, at: words(35) }),
      materials: list(
        object({ code: KEY, held: text(/^(uploaded|seenAtWindow|commitment|sharedData)$/) }, { materialId: words(80) }),
        100,
      ),
    },
  )
const OF_PERSON = submissionShape(PERSON)
const OF_ORGANIZATION = submissionShape(ORGANIZATION)

type ShenfuRead =
  { readonly kind: 'read'; readonly submission: CitySubmission } | { readonly kind: 'misfit'; readonly field: string }

/** `now` is the city's clock; `field` a JSON Pointer. */
export function readShenfuSubmission(body: Readonly<Record<string, unknown>>, now: number): ShenfuRead {
  const applicant = body['applicant'] as { readonly type?: unknown } | undefined
  const wrong = misfit(body, applicant?.type === 'organization' ? OF_ORGANIZATION : OF_PERSON)
  if (wrong !== null) return { kind: 'misfit', field: wrong }
  const { reference, relatedCaseNo, item, leg, takenAt, ...rest } = body as Record<string, string>
  const moment = Date.parse(takenAt!)
  if (Number.isNaN(moment) || moment > now + FUTURE_MS_MAX) return { kind: 'misfit', field: '/takenAt' }
  return {
    kind: 'read',
    submission: {
      reference: reference!,
      relatedCaseNo: relatedCaseNo ?? null,
      item: item!,
      leg: leg!,
      takenAt: moment,
      body: rest as unknown as SubmissionBody,
    },
  }
}
