// Raw calls in Shenyang's protocol, written from docs/wire/shenyang.md.

import { createDecipheriv, createHash, createHmac } from 'node:crypto'
import { retirement } from './submissions.ts'

export interface Answer {
  readonly status: number
  readonly code: string
  readonly data: Readonly<Record<string, unknown>> | null
}

const SIDS = {
  secret: 'AUTH',
  query: 'QUERY',
  apply: 'APPLY',
  enquire: 'ENQUIRE',
  correct: 'CORRECT',
  withdraw: 'WITHDRAW',
  attach: 'ATTACH',
  health: 'HEALTH',
} as const

export function sign(key: string, sid: string, rtime: string, body: string | Buffer): string {
  const digest = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', key).update(`${sid}\nKYTB-GATEWAY\n${rtime}\n${digest}`).digest('base64')
}

/** `changes` replaces headers after signing. */
export async function call(
  address: string,
  service: keyof typeof SIDS,
  key: string,
  body: object,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return send(address, service, key, JSON.stringify(body), changes)
}

/** The same with a body as it is. */
export async function send(
  address: string,
  service: keyof typeof SIDS,
  key: string,
  body: string | Buffer<ArrayBuffer>,
  changes: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const sid = `SY-${SIDS[service]}-0001`
  const rtime = changes['gjgxjhpt_rtime'] ?? String(Date.now())
  const response = await fetch(`${address}/gjgxjhpt/${service}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      gjgxjhpt_rid: 'KYTB-GATEWAY',
      gjgxjhpt_sid: sid,
      gjgxjhpt_rtime: rtime,
      gjgxjhpt_sign: sign(key, sid, rtime, body),
      ...changes,
    },
    body,
  })
  return { status: response.status, ...((await response.json()) as { readonly code: string; readonly data: null }) }
}

export async function fetchSecret(address: string, appKey: string): Promise<string> {
  const { data } = await call(address, 'secret', appKey, {})
  const { secret, iv } = data as { readonly secret: string; readonly iv: string }
  const key = createHash('sha256').update(appKey).digest()
  const decipher = createDecipheriv('aes-256-cbc', key, Buffer.from(iv, 'base64'))
  return decipher.update(secret, 'base64', 'utf8') + decipher.final('utf8')
}

export const personBlock = (certNo: string) => ({
  applyer_type: '1',
  applyer_name: '张伟',
  applyer_page_type: '111',
  applyer_page_code: certNo,
  contact_mobile: '13800000000',
})

export const firmBlock = {
  applyer_type: '2',
  applyer_name: '沈阳示例科技有限公司',
  applyer_page_type: '001',
  applyer_page_code: '91210102MA0XY2K725',
  legal: '张伟',
  legal_page_type: '111',
  legal_page_code: '210102199003070011',
  contact_name: '王芳',
  contact_mobile: '13900000000',
}

export const application = (caseNo: string, changes: object = {}) => ({
  project_no: `${caseNo}.decide`,
  task_code: 'hf-retirement-withdrawal',
  task_handle_item: 'decide',
  apply_date: '2026-11-22 09:00:00',
  handle_mode: '1',
  ...personBlock('210102199003070011'),
  form_data: retirement('210100'),
  material_list: [{ material_code: 'id-document', get_type: '4' }],
  ...changes,
})
