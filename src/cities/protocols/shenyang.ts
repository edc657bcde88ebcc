// Speaks the protocol of docs/wire/shenyang.md: JSON in the style of the national exchange platform, every call signed with a
// secret that is fetched first.

import type { CityMessage, DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { Fault } from '../../domain/fault.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference } from '../../domain/submission.ts'
import { spacedBeijingTime } from '../beijing-time.ts'
import {
  garbled,
  objectIn,
  readJsonObject,
  reasonsIn,
  refuseServerError,
  tokenIn,
  type JsonObject,
} from '../decoding.ts'
import {
  answered,
  notDone,
  stateOf,
  type Protocol,
  type Reading,
  type Stamp,
  type StatusTable,
  NO_LATER_MESSAGES,
} from '../protocol.ts'
import { openSecret, sign } from '../signing/national-exchange.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { shenyangNews } from './shenyang-news.ts'

const JSON_TYPE = 'application/json'
const EMPTY_OBJECT = Buffer.from('{}')

const CALLS = {
  secret: { path: '/gjgxjhpt/secret', sid: 'SY-AUTH-0001' },
  query: { path: '/gjgxjhpt/query', sid: 'SY-QUERY-0001' },
  apply: { path: '/gjgxjhpt/apply', sid: 'SY-APPLY-0001' },
  enquire: { path: '/gjgxjhpt/enquire', sid: 'SY-ENQUIRE-0001' },
  health: { path: '/gjgxjhpt/health', sid: 'SY-HEALTH-0001' },
} as const

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

export function shenyangProtocol(options: {
  /** Requester (请求方标识) that the city has given us. */
  readonly rid: string
  /** What the city calls itself when it calls us. */
  readonly cityRid: string
  readonly statuses: StatusTable
  /** City key → division code, for `accept_area`. */
  readonly areas: Readonly<Record<string, string>>
}): Protocol {
  const { rid, cityRid, statuses, areas } = options

  const post = (call: keyof typeof CALLS, body: Buffer, stamp: Stamp): WireRequest => {
    const { path, sid } = CALLS[call]
    const rtime = String(stamp.now)
    return {
      method: 'POST',
      path,
      headers: {
        'content-type': JSON_TYPE,
        accept: JSON_TYPE,
        gjgxjhpt_rid: rid,
        gjgxjhpt_sid: sid,
        gjgxjhpt_rtime: rtime,
        gjgxjhpt_sign: sign(stamp.secret, sid, rid, rtime, body),
      },
      body,
    }
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return {
      kind: 'taken',
      backendCaseNo: tokenIn(data['accept_no']),
      cityStatus,
      state: stateOf(statuses, cityStatus),
    }
  }

  return {
    canEnquire: true,
    ...NO_LATER_MESSAGES,
    news: shenyangNews({ rid: cityRid, statuses }),
    headers: ['gjgxjhpt_rid', 'gjgxjhpt_sid', 'gjgxjhpt_rtime', 'gjgxjhpt_sign'],

    secret: {
      request: (stamp) => post('secret', EMPTY_OBJECT, stamp),
      read(answer, { secret: key }) {
        const { code, data } = read(answer)
        if (code !== '0000') return readCode(code)
        const { secret, iv, secretEndTime } = objectIn(data)
        if (typeof secretEndTime !== 'number' || !Number.isSafeInteger(secretEndTime)) throw garbled('secretEndTime')
        return answered({ secret: openSecret(key, secret, iv), endsAt: secretEndTime })
      },
    },

    health: (stamp) => post('health', EMPTY_OBJECT, stamp),
    readHealth(answer) {
      const { code, data } = read(answer)
      if (code !== '0000') return readCode(code)
      if (objectIn(data)['status'] !== 'UP') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('query', bytesOf(message, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(answer)
      if (code === '3001') return answered(refused(objectIn(data)))
      if (code !== '0000') return readCode(code)
      const { exist, result } = objectIn(data)
      if (exist === '1') return answered({ kind: 'found', result: objectIn(result) })
      if (exist === '0') return answered({ kind: 'nothing-found' })
      throw garbled('exist')
    },

    deliver: (message, stamp) => post('apply', bytesOf(message, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(answer)
      if (code === '3001') return answered(refused(objectIn(data)))
      if (code !== '0000') return readCode(code)
      return answered(taken(about(message, data)))
    },

    enquire: (message, stamp) => post('enquire', Buffer.from(JSON.stringify({ project_no: message.reference })), stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(answer)
      if (code === '2002') return answered({ kind: 'not-known' })
      if (code !== '0000') return readCode(code)
      const found = about(message, data)
      return answered(stateOf(statuses, tokenIn(found['status'])) === 'refused' ? refused(found) : taken(found))
    },
  }
}

/** Another HTTP status than 200, or a body without a code, is no answer in this protocol. */
function read(answer: WireAnswer): { readonly code: string; readonly data: unknown } {
  refuseServerError(answer)
  if (answer.status !== 200) throw garbled(`HTTP status ${answer.status}`)
  const body = readJsonObject(answer)
  return { code: tokenIn(body['code']), data: body['data'] }
}

/** An answer about another reference would settle our case by a stranger's. */
function about(message: CityMessage, data: unknown): JsonObject {
  const found = objectIn(data)
  if (found['project_no'] !== message.reference) throw garbled('another project_no')
  return found
}

function refused(data: JsonObject): DeliverAnswer & { kind: 'refused' } {
  return { kind: 'refused', reasons: reasonsIn(data['reasons'], 'reason_code', 'reason_desc') }
}

/** The codes by which the city says that it did not carry out a call. */
function readCode(code: string): Reading<never> {
  switch (code) {
    case '1001':
    case '1002':
    case '4014':
    case '4040':
      return notDone('CITY_MESSAGE_REFUSED')
    case '2001':
      // Something was taken or refused under this reference before: to be enquired about, never sent again.
      return notDone('CITY_MESSAGE_REFUSED', 'maybe')
    case '4010': // also said of a secret that the city has forgotten, e.g. over a restart
    case '4012':
      return notDone('CITY_SIGNATURE_REFUSED', 'no', true)
    case '4011':
    case '4013':
      return notDone('CITY_SIGNATURE_REFUSED')
    case '5000':
      throw new Fault('CITY_ERROR', { cause: new Error('code 5000') })
    default:
      throw garbled('a code that the protocol does not know')
  }
}

function bytesOf(message: CityMessage, areas: Readonly<Record<string, string>>): Buffer {
  const { body } = message
  const { applicant, agent, identityCheck } = body
  return Buffer.from(
    JSON.stringify({
      project_no: message.reference,
      related_project_no: message.relatedCaseNo ?? undefined,
      task_code: message.item.code,
      task_handle_item: message.leg.key,
      apply_date: spacedBeijingTime(message.takenAt),
      handle_mode: body.handlingMode && HANDLING_MODES[body.handlingMode],
      accept_area: body.collectingCity && areas[body.collectingCity],
      ...(applicant.type === 'person'
        ? {
            applyer_type: '1',
            applyer_name: applicant.name,
            applyer_page_type: applicant.certType,
            applyer_page_code: applicant.certNo,
            contact_mobile: applicant.mobile,
            address: applicant.address,
            zip_code: applicant.postalCode,
          }
        : {
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
          }),
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
    }),
  )
}
