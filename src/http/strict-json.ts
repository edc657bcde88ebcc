// Parses JSON without altering or guessing: what two parsers could read differently is refused.

import { Fault, type FaultCode } from '../domain/fault.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Parses the bytes of a body. Throws Fault BODY_ENCODING (no UTF-8, lone surrogates), BODY_NOT_JSON, BODY_DUPLICATE_KEY,
 * BODY_NUMBER_UNSAFE (an integer beyond 2^53-1) or BODY_TOO_DEEP (more than `depthMax` nested objects and lists).
 * Work is linear in the number of bytes, which the server bounds.
 */
export function parseStrictJson(bytes: Uint8Array, depthMax: number): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch (cause) {
    throw new Fault('BODY_ENCODING', { cause })
  }
  // JSON.parse recurses natively and is safe on any depth it accepts; the depth bound is for everything that comes after it.
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Fault('BODY_NOT_JSON', { detail: syntaxDetail(text), cause })
  }
  inspect(text, depthMax)
  return value
}

function syntaxDetail(text: string): { zh: string; en: string } {
  return text.trim() === ''
    ? { zh: '请求体为空。', en: 'The body is empty.' }
    : { zh: 'JSON 语法有误。', en: 'The JSON has a syntax error.' }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const COLON = 0x3a
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const MINUS = 0x2d
const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39

/** Walks text that JSON.parse has accepted, so that only what JSON.parse lets through needs looking for. */
function inspect(text: string, depthMax: number): void {
  // One entry per open object (the keys seen) or list (null).
  const open: (Set<string> | null)[] = []
  let keyNext = false
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const end = endOfString(text, at)
      const keys = open.at(-1)
      if (keyNext && keys) noteKey(keys, text, at, end)
      else if (hasEscape(text, at, end)) wellFormed(JSON.parse(text.slice(at, end)) as string, at)
      at = end
      continue
    }
    if (code === MINUS || isDigit(code)) {
      at = endOfNumber(text, at)
      continue
    }
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      open.push(code === OPEN_BRACE ? new Set() : null)
      if (open.length > depthMax) {
        throw new Fault('BODY_TOO_DEEP', { detail: { zh: `最多 ${depthMax} 层。`, en: `At most ${depthMax} levels.` } })
      }
      keyNext = code === OPEN_BRACE
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      open.pop()
    } else if (code === COMMA) {
      keyNext = open.at(-1) !== null
    } else if (code === COLON) {
      keyNext = false
    }
    at++
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at + 1
}

function hasEscape(text: string, start: number, end: number): boolean {
  const found = text.indexOf('\\', start)
  return found !== -1 && found < end
}

function noteKey(keys: Set<string>, text: string, start: number, end: number): void {
  const quoted = text.slice(start, end)
  // Two spellings of one key ("a" and "\u0061") are the same key.
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  wellFormed(key, start)
  if (keys.has(key)) throw at('BODY_DUPLICATE_KEY', start)
  keys.add(key)
}

function wellFormed(value: string, position: number): void {
  if (!value.isWellFormed()) throw at('BODY_ENCODING', position)
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  let integer = true
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    if (isDigit(code)) continue
    // . e E + - may stand inside a number; anything else ends it.
    if (code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== MINUS) break
    integer = false
  }
  const number = Number(text.slice(start, end))
  if ((integer && !Number.isSafeInteger(number)) || !Number.isFinite(number)) throw at('BODY_NUMBER_UNSAFE', start)
  return end
}

function at(code: FaultCode, position: number): Fault {
  return new Fault(code, { detail: { zh: `位于第 ${position + 1} 个字符。`, en: `At character ${position + 1}.` } })
}
