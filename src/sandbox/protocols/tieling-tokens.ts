// Tieling's access tokens: gives them to whoever knows the client secret, and says whether one is good.

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { isMediaType, readUtf8, type WireReply, type WireRequest } from './wire.ts'

const LIFE_MS = 300_000
/** Far more than a gateway fetches in five minutes; beyond it the oldest are forgotten. */
const TOKENS_MAX = 4096

export interface Tokens {
  /** Answers `POST /oauth/token`, of whatever method and content. */
  answer(request: WireRequest): WireReply
  isGood(token: string): boolean
  endAll(): void
}

const reply = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): WireReply => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...headers },
  body: Buffer.from(JSON.stringify(body)),
})

const wrongClient = reply(401, { error: 'invalid_client' }, { 'www-authenticate': 'Basic realm="tieling"' })

/** Tokens live in memory alone: a restart ends them. */
export function openTokens(options: {
  readonly clientId: string
  readonly clientSecret: string
  readonly now: () => number
  /** Whether each token counts as over at the moment. */
  readonly areOver: () => boolean
}): Tokens {
  const expected = Buffer.from(`Basic ${Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64')}`)
  const endOf = new Map<string, number>()

  function issue(): WireReply {
    const token = randomBytes(24).toString('base64')
    for (const [old, end] of endOf) {
      if (end <= options.now() || endOf.size >= TOKENS_MAX) endOf.delete(old)
      else break
    }
    endOf.set(token, options.now() + LIFE_MS)
    return reply(200, { access_token: token, token_type: 'Bearer', expires_in: LIFE_MS / 1000 })
  }

  return {
    answer(request) {
      if (!isMediaType(request.headers['content-type'], 'application/x-www-form-urlencoded')) {
        return reply(400, { error: 'invalid_request' })
      }
      const form = new URLSearchParams(request.body === null ? '' : (readUtf8(request.body) ?? ''))
      const given = Buffer.from(request.headers.authorization ?? '')
      const isClient = given.length === expected.length && timingSafeEqual(given, expected)
      if (!isClient || form.has('client_id') || form.has('client_secret')) return wrongClient
      const [grant, ...others] = form.getAll('grant_type')
      if (grant === undefined || others.length > 0) return reply(400, { error: 'invalid_request' })
      return grant === 'client_credentials' ? issue() : reply(400, { error: 'unsupported_grant_type' })
    },
    isGood: (token) => (endOf.get(token) ?? 0) > options.now() && !options.areOver(),
    endAll: () => endOf.clear(),
  }
}
