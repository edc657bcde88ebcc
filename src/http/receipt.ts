// GET /v1/cases/{caseNo}/receipt: as data, or as a page to be printed where the caller prefers HTML.

import type { FastifyInstance } from 'fastify'
import { receiptOf } from '../handling/receipt.ts'
import { answerRecorded, withToken, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'
import { RECEIPT_POLICY, receiptPage } from './receipt-page.ts'

export function receiptRoutes(app: FastifyInstance, desk: Desk): void {
  app.get(
    '/v1/cases/:caseNo/receipt',
    withToken(desk, async (caller, request) => {
      readParameters(request.query, [])
      const { caseNo } = request.params as { readonly caseNo: string }
      const receipt = await receiptOf(desk.parts, caller, caseNo)
      const facts = { caseNo, item: receipt.item.code }
      const handled = await answerRecorded(desk, caller, 'request-answered', facts, receipt)
      if ('fault' in handled) return handled
      const vary = { vary: 'Accept' }
      if (!prefersHtml(request.headers.accept)) return { ...handled, headers: { ...handled.headers, ...vary } }
      return {
        ...handled,
        headers: {
          ...handled.headers,
          ...vary,
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': RECEIPT_POLICY,
          'referrer-policy': 'no-referrer',
        },
        body: receiptPage(receipt),
      }
    }),
  )
}

/** Whether the Accept header (RFC 9110, 12.5.1) names HTML with more weight than JSON. What names neither, or cannot be read, means JSON. */
export function prefersHtml(header: string | undefined): boolean {
  if (header === undefined || header.length > 500) return false
  const weights = new Map<string, number>()
  for (const part of header.split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const given = parameters
      .map((one) => /^\s*q=([01](?:\.\d{0,3})?)\s*$/.exec(one)?.[1])
      .find((one) => one !== undefined)
    weights.set(range.trim(), given === undefined ? 1 : Number(given))
  }
  const weightOf = (type: string, group: string): number =>
    weights.get(type) ?? weights.get(group) ?? weights.get('*/*') ?? 0
  return weightOf('text/html', 'text/*') > weightOf('application/json', 'application/*')
}
