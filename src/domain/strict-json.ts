// Parses JSON without altering or guessing: what two parsers could read differently is refused.

import { Fault, type FaultCode } from './fault.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Parses the bytes of a body. Throws what `parseStrictText` throws, BODY_ENCODING also for what is no UTF-8. */
export function parseStrictJson(bytes: Uint8Array, depthMax: number): unknown {
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch (cause) {
    throw new Fault('BODY_ENCODING', { cause })
  }
  return parseStrictText(text, depthMax)
}

/**
 * Parses JSON. Throws Fault BODY_ENCODING (lone surrogates), BODY_NOT_JSON, BODY_DUPLICATE_KEY, BODY_NUMBER_UNSAFE (a whole
 * number beyond 2^53-1, however it is spelled) or BODY_TOO_DEEP (more than `depthMax` nested objects and lists).
 * Work is linear in the length of the text, which those who receive it bound.
 */
export function parseStrictText(text: string, depthMax: number): unknown {
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
      const { end, escaped } = endOfString(text, at)
      const keys = open.at(-1)
      if (keyNext && keys) noteKey(keys, text, at, end, escaped)
      // Only an escape can make a lone surrogate: the bytes were valid UTF-8.
      else if (escaped) wellFormed(JSON.parse(text.slice(at, end)) as string, at)
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

function endOfString(text: string, start: number): { readonly end: number; readonly escaped: boolean } {
  let at = start + 1
  let escaped = false
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) {
    if (code === BACKSLASH) escaped = true
    at += code === BACKSLASH ? 2 : 1
  }
  return { end: at + 1, escaped }
}

function noteKey(keys: Set<string>, text: string, start: number, end: number, escaped: boolean): void {
  // Two spellings of one key ("a" and "\u0061") are the same key.
  const key = escaped ? (JSON.parse(text.slice(start, end)) as string) : text.slice(start + 1, end - 1)
  if (escaped) wellFormed(key, start)
  if (keys.has(key)) throw at('BODY_DUPLICATE_KEY', start)
  keys.add(key)
}

function wellFormed(value: string, position: number): void {
  if (!value.isWellFormed()) throw at('BODY_ENCODING', position)
}

function endOfNumber(text: string, start: number): number {
  let end = start + 1
  for (; end < text.length; end++) {
    const code = text.charCodeAt(end)
    // . e E + - may stand inside a number; anything else ends it.
    if (!isDigit(code) && code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== MINUS) break
  }
  // 9007199254740993.0 and 9.007199254740993e15 are read as ..992 just as the plain integer is. 2^53 and more are all whole.
  if (!(Math.abs(Number(text.slice(start, end))) <= Number.MAX_SAFE_INTEGER)) throw at('BODY_NUMBER_UNSAFE', start)
  return end
}

function at(code: FaultCode, position: number): Fault {
  return new Fault(code, { detail: { zh: `位于第 ${position + 1} 个字符。`, en: `At character ${position + 1}.` } })
}
