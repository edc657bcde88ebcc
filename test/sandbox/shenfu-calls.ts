// Raw calls in Shenfu's protocol over mutual TLS, written from docs/wire/shenfu.md.

import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { credentialsIn } from './shenfu-tls-calls.ts'
import { retirement, zhangWei } from './submissions.ts'

export interface Target {
  readonly address: string
  readonly tls: ReturnType<typeof credentialsIn>
  readonly division: string
}

export interface Answered {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, unknown>>
}

export const keyOf = (folder: string, city: string): string =>
  readFileSync(join(folder, 'secrets', city), 'utf8').split('\n')[0]!

/** A sandbox whose folder is `folder`. */
export const targetIn = (folder: string, address: string): Target => ({
  address,
  tls: credentialsIn(join(folder, 'tls')),
  division: '211500',
})

export function message({ division }: Pick<Target, 'division'>, caseNo: string, changes: object = {}) {
  return {
    reference: `${caseNo}.decide`,
    item: 'hf-retirement-withdrawal',
    leg: 'decide',
    takenAt: '2026-11-22T01:00:00.000Z',
    applicant: zhangWei,
    form: retirement(division),
    materials: [{ code: 'id-document', held: 'sharedData' }],
    ...changes,
  }
}

async function read(response: IncomingMessage): Promise<Answered> {
  const { headers, statusCode = 0 } = response
  return { status: statusCode, headers, body: JSON.parse(await text(response)) as Answered['body'] }
}

function send(
  target: Target,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: string,
): Promise<Answered> {
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      `${target.address}${path}`,
      { ...target.tls, agent: false, method, headers },
      (response) => resolve(read(response)),
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

export const post = (
  target: Target,
  path: string,
  body: { readonly reference: string } & Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answered> =>
  send(
    target,
    path,
    { 'content-type': 'application/json', reference: body.reference, ...headers },
    JSON.stringify(body),
  )

export const get = (target: Target, path: string): Promise<Answered> => send(target, path, {})

export const enquire = (target: Target, reference: string): Promise<Answered> =>
  get(target, `/v1/applications/by-reference/${reference}`)
