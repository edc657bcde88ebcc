// Reads a city's answer as text and as JSON, and takes nothing on trust: what does not read is CITY_GARBLED.

import type { Reason } from '../domain/delivery.ts'
import { asFault, Fault } from '../domain/fault.ts'
import { parseStrictText } from '../domain/strict-json.ts'
import { headerOf, type WireAnswer } from './wire.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export function garbled(why: string): Fault {
  // `why` is ours alone: a city's own words may hold personal data and do not belong into an error's chain.
  return new Fault('CITY_GARBLED', { cause: new Error(why) })
}

/** Throws CITY_ERROR for any status from 500 on, whatever stands in the body. */
export function refuseServerError(answer: WireAnswer): void {
  if (answer.status >= 500) throw new Fault('CITY_ERROR', { cause: new Error(`HTTP status ${answer.status}`) })
}

export type Charset = 'utf-8' | 'gb18030'

// Made once: to make one for GB18030 costs more than to decode an answer. Used for whole answers, they keep nothing.
const DECODERS: Readonly<Record<Charset, { decode(bytes: Uint8Array): string }>> = {
  'utf-8': new TextDecoder('utf-8', { fatal: true }),
  gb18030: new TextDecoder('gb18030', { fatal: true }),
}

/**
 * The text of an answer. Its media type must be `mediaType`: an error page with status 200 is HTML, and no answer. A charset
 * that it declares must be `charset`; bytes outside of that are refused, not replaced.
 */
export function readText(answer: WireAnswer, mediaType: string, charset: Charset): string {
  const [declaredType = '', ...parameters] = headerOf(answer, 'content-type').toLowerCase().split(';')
  if (declaredType.trim() !== mediaType) throw garbled('media type')
  if (answer.bytes.length === 0) throw garbled('empty body')
  for (const parameter of parameters) {
    const [name, value = ''] = parameter.split('=')
    if (name?.trim() === 'charset' && value.trim().replaceAll('"', '') !== charset) throw garbled('charset')
  }
  try {
    return DECODERS[charset].decode(answer.bytes)
  } catch {
    throw garbled(`not ${charset}`)
  }
}

// Far deeper than any answer; what is deeper is not worth a stack.
const DEPTH_MAX = 64

/** A member that stands twice, or a number that cannot be exact, would be read by another parser in another way: refused. */
export function readJsonObject(answer: WireAnswer): JsonObject {
  const text = readText(answer, 'application/json', 'utf-8')
  let value: unknown
  try {
    value = parseStrictText(text, DEPTH_MAX)
  } catch (error) {
    throw garbled(asFault(error).code)
  }
  return objectIn(value)
}

export function objectIn(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw garbled('an object was expected')
  return value as JsonObject
}

/** A short text without control characters, as numbers, codes and states of cities are. */
export function tokenIn(value: unknown): string {
  if (typeof value !== 'string' || !/^[^\p{Cc}]{1,100}$/u.test(value)) throw garbled('a short text was expected')
  return value
}

const REASONS_MAX = 20
const MESSAGE_CHARACTERS_MAX = 500

/** Reasons of a refusal, cut to what a person will read. At least one, or the refusal is none. */
export function reasonsIn(value: unknown, codeMember: string, messageMember: string): readonly Reason[] {
  if (!Array.isArray(value) || value.length === 0) throw garbled('reasons were expected')
  return value.slice(0, REASONS_MAX).map((entry: unknown) => {
    const reason = objectIn(entry)
    const message = reason[messageMember]
    return {
      code: tokenIn(reason[codeMember]),
      message: typeof message === 'string' ? message.slice(0, MESSAGE_CHARACTERS_MAX) : '',
    }
  })
}
