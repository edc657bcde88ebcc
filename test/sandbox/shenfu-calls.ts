// Raw calls in shenfu's protocol, written from docs/wire/shenfu.md.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { retirement, zhangWei } from './submissions.ts'

export interface Target {
  readonly address: string
  readonly apiKey: string
  readonly division: string
}

export const keyOf = (folder: string, city: string): string =>
  readFileSync(join(folder, 'secrets', city), 'utf8').split('\n')[0]!

export function message(target: Target, caseNo: string, changes: object = {}) {
  return {
    reference: `${caseNo}.decide`,
    item: 'hf-retirement-withdrawal',
    leg: 'decide',
    takenAt: '2026-11-22T01:00:00.000Z',
    applicant: zhangWei,
    form: retirement(target.division),
    materials: [{ code: 'id-document', held: 'sharedData' }],
    ...changes,
  }
}

export async function post(
  target: Target,
  path: string,
  body: { readonly reference: string } & Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly headers: Headers }> {
  const response = await fetch(`${target.address}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${target.apiKey}`,
      'content-type': 'application/json',
      reference: body.reference,
      ...headers,
    },
    body: JSON.stringify(body),
  })
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  }
}

export async function get(target: Target, path: string) {
  const response = await fetch(`${target.address}${path}`, { headers: { authorization: `Bearer ${target.apiKey}` } })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

export const enquire = (target: Target, reference: string) => get(target, `/v1/applications/by-reference/${reference}`)
