// Turns a Fault into application/problem+json (RFC 9457), in the caller's language.

import { FAULTS, type Fault } from '../domain/fault.ts'
import type { Language, Sentence } from '../domain/words.ts'

export interface ProblemAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const TITLE_PREFIX = 'urn:cross-city-gateway:fault:'

/** `source` says whose fault it is, `action` what to do about it. `errors` names fields by JSON Pointer into the body. */
export function problemOf(fault: Fault, language: Language, requestId: string): ProblemAnswer {
  const { title, action, status, source } = FAULTS[fault.code]
  const { detail, errors, more, reasons, retryAfterMs, allow, city, caseNo } = fault.details
  const say = (sentence: Sentence): string => sentence[language]
  const body = {
    type: TITLE_PREFIX + fault.code,
    title: say(title),
    status,
    detail: detail === undefined ? undefined : say(detail),
    code: fault.code,
    source,
    action: say(action),
    city,
    caseNo,
    errors: errors?.map(({ pointer, rule, message }) => ({ pointer, rule, message: say(message) })),
    more,
    reasons,
    requestId,
  }
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json; charset=utf-8',
    'content-language': language,
  }
  if (retryAfterMs !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (allow !== undefined) headers['allow'] = allow.join(', ')
  if (status === 401)
    headers['www-authenticate'] = fault.code === 'TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"'
  return { status, headers, body: JSON.stringify(body) }
}
