// Reads the body of a Liaoyang query or application, member by member, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { PLACES } from '../places.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import { FieldMisfit, ourDocument, readDay, readFields, readMoment } from './liaoyang-form.ts'
import { anyObject, integer, list, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'

const FUTURE_MS_MAX = 300_000
const HANDLING_MODES: Readonly<Record<string, HandlingMode>> = {
  Q: 'full-online',
  D: 'collect-and-forward',
  L: 'joint',
}
const HELD: Readonly<Record<string, MaterialReference['held']>> = {
  U: 'uploaded',
  W: 'seenAtWindow',
  C: 'commitment',
  S: 'sharedData',
}

const CERTIFIED = { name: words(100), idType: text(/^0[1-6]$/), idNo: text(/^[A-Za-z0-9]{1,18}$/) }
const PHONE = text(/^1[3-9][0-9]{9}$/)
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)

const PERSON = object(
  { kind: text(/^P$/), ...CERTIFIED, phone: PHONE },
  { address: words(200), zipCode: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    kind: text(/^E$/),
    name: words(200),
    creditCode: text(/^[0-9A-Z]{18}$/),
    legalPerson: object(CERTIFIED),
    contact: object({ name: words(100), phone: PHONE }),
  },
  { address: words(200) },
)

const submissionShape = (applicant: Shape): Shape =>
  object(
    {
      bizNo: text(REFERENCE),
      itemCode: KEY,
      stepCode: text(/^[a-z][a-z0-9-]{0,31}$/),
      takenTime: integer,
      applicant,
      form: anyObject,
    },
    {
      linkedBizNo: words(80),
      linkedResults: list(object({ code: words(100), name: words(200), number: words(200) }), 50),
      handleMode: text(/^[QDL]$/),
      collectArea: text(new RegExp(`^(${PLACES.map(({ areaCode }) => areaCode).join('|')})$`)),
      agent: object({ ...CERTIFIED, phone: PHONE, basis: KEY }, { basisNo: words(60), basisUntil: integer }),
      purpose: text(/^.{1,200}$/su),
      identityCheck: object({ how: KEY, time: integer }),
      materials: list(object({ code: KEY, source: text(/^[UWCS]$/) }, { fileNo: words(80) }), 100),
    },
  )
const OF_PERSON = submissionShape(PERSON)
const OF_ORGANIZATION = submissionShape(ORGANIZATION)

type Certified = { readonly name: string; readonly idType: string; readonly idNo: string }

/** The members as OF_PERSON and OF_ORGANIZATION have let them through. */
interface Members {
  readonly bizNo: string
  readonly linkedBizNo?: string
  readonly itemCode: string
  readonly stepCode: string
  readonly takenTime: number
  readonly handleMode?: string
  readonly collectArea?: string
  readonly applicant:
    | (Certified & { readonly kind: 'P'; readonly phone: string; readonly address?: string; readonly zipCode?: string })
    | {
        readonly kind: 'E'
        readonly name: string
        readonly creditCode: string
        readonly legalPerson: Certified
        readonly contact: { readonly name: string; readonly phone: string }
        readonly address?: string
      }
  readonly agent?: Certified & {
    readonly phone: string
    readonly basis: string
    readonly basisNo?: string
    readonly basisUntil?: number
  }
  readonly purpose?: string
  readonly identityCheck?: { readonly how: string; readonly time: number }
  readonly form: Readonly<Record<string, unknown>>
  readonly materials?: readonly { readonly code: string; readonly source: string; readonly fileNo?: string }[]
}

/** Throws FieldMisfit. `now` is the city's clock. */
export function readLiaoyangSubmission(body: Readonly<Record<string, unknown>>, now: number): CitySubmission {
  const applicant = body['applicant'] as { readonly kind?: unknown } | undefined
  const wrong = misfit(body, applicant?.kind === 'E' ? OF_ORGANIZATION : OF_PERSON)
  if (wrong !== null) throw new FieldMisfit(wrong)
  const members = body as unknown as Members
  if (readMoment(members.takenTime) === null || members.takenTime > now + FUTURE_MS_MAX) {
    throw new FieldMisfit('/takenTime')
  }
  return {
    reference: members.bizNo,
    relatedCaseNo: members.linkedBizNo ?? null,
    ...resultsUnder(['code', 'name', 'number'], body['linkedResults']),
    item: members.itemCode,
    leg: members.stepCode,
    takenAt: members.takenTime,
    body: bodyOf(members),
  }
}

function bodyOf(members: Members): SubmissionBody {
  const { agent, identityCheck, materials } = members
  const mode = HANDLING_MODES[members.handleMode ?? '']
  const place = PLACES.find(({ areaCode }) => areaCode === members.collectArea)
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(place === undefined ? {} : { collectingCity: place.city }),
    applicant: applicantOf(members.applicant),
    ...(agent === undefined ? {} : { agent: agentOf(agent) }),
    ...(members.purpose === undefined ? {} : { purpose: members.purpose }),
    ...(identityCheck === undefined
      ? {}
      : {
          identityCheck: {
            how: identityCheck.how,
            at: readMoment(identityCheck.time) ?? refuse('/identityCheck/time'),
          },
        }),
    form: readFields(members.form, '/form'),
    ...(materials === undefined
      ? {}
      : {
          materials: materials.map(({ code, source, fileNo }) => ({
            code,
            held: HELD[source]!,
            ...(fileNo === undefined ? {} : { materialId: fileNo }),
          })),
        }),
  }
}

function refuse(pointer: string): never {
  throw new FieldMisfit(pointer)
}

const certified = ({ name, idType, idNo }: Certified) => ({ name, certType: ourDocument(idType)!, certNo: idNo })

const addressOf = ({ address }: { readonly address?: string }) => (address === undefined ? {} : { address })

function applicantOf(applicant: Members['applicant']): SubmissionBody['applicant'] {
  if (applicant.kind === 'P') {
    return {
      type: 'person',
      ...certified(applicant),
      mobile: applicant.phone,
      ...addressOf(applicant),
      ...(applicant.zipCode === undefined ? {} : { postalCode: applicant.zipCode }),
    }
  }
  const { name, phone } = applicant.contact
  return {
    type: 'organization',
    name: applicant.name,
    uscc: applicant.creditCode,
    legalRepresentative: certified(applicant.legalPerson),
    contact: { name, mobile: phone },
    ...addressOf(applicant),
  }
}

function agentOf(agent: NonNullable<Members['agent']>): NonNullable<SubmissionBody['agent']> {
  const { phone, basis, basisNo, basisUntil } = agent
  return {
    ...certified(agent),
    mobile: phone,
    authorization: {
      kind: basis,
      ...(basisNo === undefined ? {} : { reference: basisNo }),
      ...(basisUntil === undefined ? {} : { until: readDay(basisUntil) ?? refuse('/agent/basisUntil') }),
    },
  }
}
