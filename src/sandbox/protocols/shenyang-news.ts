// Puts Shenyang's news into calls of SY-NOTIFY-0001, signed with the app key.

import { createHash, createHmac } from 'node:crypto'
import { beijingTime } from '../beijing-time.ts'
import { tellsPoints, type CaseStatus, type NewsEvent } from '../life.ts'
import { type Context, type Push, readJsonObject } from './wire.ts'

const SID = 'SY-NOTIFY-0001'
const RID = 'SY-210100'

export const STATUSES: Readonly<Record<CaseStatus, string>> = {
  received: '1',
  accepted: '2',
  correction: '3',
  reviewing: '4',
  suspended: '5',
  approved: '6',
  rejected: '7',
  completed: '8',
  refused: '9',
  delivered: '10',
  withdrawn: '11',
  returned: '12',
}
const WITH_RESULTS: ReadonlySet<CaseStatus> = new Set(['approved', 'completed'])

export function openShenyangPush(context: Context, appKey: string): Push {
  return {
    encode(event) {
      const body = Buffer.from(JSON.stringify(bodyOf(event)))
      const rtime = String(context.now())
      const digest = createHash('sha256').update(body).digest('hex')
      const sign = createHmac('sha256', appKey).update(`${SID}\n${RID}\n${rtime}\n${digest}`).digest()
      if (context.signsWrong()) sign[0]! ^= 1
      return {
        headers: {
          'content-type': 'application/json;charset=UTF-8',
          gjgxjhpt_rid: RID,
          gjgxjhpt_sid: SID,
          gjgxjhpt_rtime: rtime,
          gjgxjhpt_sign: sign.toString('base64'),
        },
        body,
      }
    },
    isAcknowledged: ({ status, body }) => status === 200 && readJsonObject(body)?.['code'] === '0000',
  }
}

function bodyOf({
  id,
  reference,
  backendCaseNo,
  seq,
  at,
  status,
  remark,
  points,
  results,
  fees = [],
}: NewsEvent): object {
  const correctList = points.map(({ code, message }) => ({
    ...(code === null ? {} : { correct_code: code }),
    correct_desc: message,
  }))
  const resultList = results.map(({ code, name, number }) => ({ cert_code: code, cert_name: name, cert_no: number }))
  const payList = fees.map(({ paymentNo, name, payee, amountYuan, paidAt }) => ({
    pay_no: paymentNo,
    pay_name: name,
    pay_dept: payee,
    pay_amount: amountYuan,
    ...(paidAt === undefined ? {} : { pay_time: beijingTime(Date.parse(paidAt), 'spaced') }),
  }))
  return {
    event_id: id,
    project_no: reference,
    accept_no: backendCaseNo,
    event_seq: seq,
    event_time: beijingTime(Date.parse(at), 'spaced'),
    status: STATUSES[status],
    ...(remark === null ? {} : { remark }),
    ...(tellsPoints(status) && correctList.length > 0 ? { correct_list: correctList } : {}),
    ...(WITH_RESULTS.has(status) && resultList.length > 0 ? { result_list: resultList } : {}),
    ...(payList.length > 0 ? { pay_list: payList } : {}),
  }
}
