// A body means one thing to every reader, or it is refused; checked against JSON.parse with generated texts.

import * as fc from 'fast-check'
import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import { parseStrictJson } from '../../src/domain/strict-json.ts'

const DEPTH_MAX = 8

function codeOf(text: string | Uint8Array): string {
  try {
    parseStrictJson(typeof text === 'string' ? Buffer.from(text) : text, DEPTH_MAX)
    return 'taken'
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}

t.test('what two parsers could read differently is refused by name', async (t) => {
  for (const [text, code] of [
    ['{"a":1,"a":2}', 'BODY_DUPLICATE_KEY'],
    ['{"a":1,"\\u0061":2}', 'BODY_DUPLICATE_KEY'],
    ['{"\\ud83d\\ude00":1,"😀":2}', 'BODY_DUPLICATE_KEY'],
    ['{"a/b":1,"a\\/b":2}', 'BODY_DUPLICATE_KEY'],
    ['{"":1,"":2}', 'BODY_DUPLICATE_KEY'],
    ['{"__proto__":1,"__proto__":2}', 'BODY_DUPLICATE_KEY'],
    ['[{"x":[{"b":{"c":1,"d":[],"c":1}}]}]', 'BODY_DUPLICATE_KEY'],
    ['{"a":{"a":1},"b":{"a":1}}', 'taken'],
    ['[{"a":1},{"a":1}]', 'taken'],
    ['{"a":"a","b":"\\"a\\":1,\\"a\\":2"}', 'taken'],
    ['{"e\u0301":1,"\u00e9":2}', 'taken'],
    ['9007199254740991', 'taken'],
    ['9007199254740992', 'BODY_NUMBER_UNSAFE'],
    ['-9007199254740993', 'BODY_NUMBER_UNSAFE'],
    ['{"amount":9007199254740993.0}', 'BODY_NUMBER_UNSAFE'],
    ['[9.007199254740993e15]', 'BODY_NUMBER_UNSAFE'],
    ['12345678901234567.89', 'BODY_NUMBER_UNSAFE'],
    ['1e400', 'BODY_NUMBER_UNSAFE'],
    ['[-1e-400,0.1,-0,1.5e3]', 'taken'],
    ['"9007199254740993"', 'taken'],
    ['"\\ud800"', 'BODY_ENCODING'],
    ['["\\udc00\\ud800"]', 'BODY_ENCODING'],
    ['{"\\ud800":1}', 'BODY_ENCODING'],
    ['"\\ud83d\\ude00"', 'taken'],
    ['"\\\\ud800"', 'taken'],
    ['', 'BODY_NOT_JSON'],
    [' \n', 'BODY_NOT_JSON'],
    ['\ufeff{}', 'BODY_NOT_JSON'],
    ['{"a":1}x', 'BODY_NOT_JSON'],
    ["{'a':1}", 'BODY_NOT_JSON'],
    ['[1,]', 'BODY_NOT_JSON'],
    ['NaN', 'BODY_NOT_JSON'],
    ['01', 'BODY_NOT_JSON'],
    ['"\t"', 'BODY_NOT_JSON'],
    ['{}\0', 'BODY_NOT_JSON'],
    ['['.repeat(DEPTH_MAX) + ']'.repeat(DEPTH_MAX), 'taken'],
    ['['.repeat(DEPTH_MAX + 1) + ']'.repeat(DEPTH_MAX + 1), 'BODY_TOO_DEEP'],
    ['{"a":'.repeat(DEPTH_MAX) + '[]' + '}'.repeat(DEPTH_MAX), 'BODY_TOO_DEEP'],
    [`"${'['.repeat(100)}"`, 'taken'],
  ] as const) {
    t.equal(codeOf(text), code, JSON.stringify(text))
  }
})

t.test('bytes that are no UTF-8 are refused before anything else', async (t) => {
  for (const bytes of [
    [0x22, 0xff, 0x22],
    [0x22, 0xc0, 0x80, 0x22],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xe6, 0xb2, 0x22],
    [...Buffer.from('"沈阳"', 'utf16le')].slice(0, 7),
    [0xb9, 0xa4],
  ]) {
    t.equal(codeOf(Uint8Array.from(bytes)), 'BODY_ENCODING', Buffer.from(bytes).toString('hex'))
  }
})

t.test('nesting that would exhaust a recursive reader ends in a refusal', async (t) => {
  t.equal(codeOf('['.repeat(130_000)), 'BODY_NOT_JSON')
  t.equal(codeOf('['.repeat(130_000) + ']'.repeat(130_000)), 'BODY_TOO_DEEP')
})

t.test('what is taken is exactly what JSON.parse makes of it', async () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      const code = codeOf(text)
      if (code !== 'taken') return code === 'BODY_NUMBER_UNSAFE' && /\d{16}|e\+/.test(text)
      return Object.is(JSON.stringify(parseStrictJson(Buffer.from(text), DEPTH_MAX)), JSON.stringify(JSON.parse(text)))
    }),
    { numRuns: 1500 },
  )
})

t.test('a key is found again in whichever spelling and place it stands', async () => {
  const spelled = (key: string, escape: boolean): string =>
    escape
      ? `"${[...Array(key.length).keys()].map((at) => `\\u${key.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`
      : JSON.stringify(key)
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 6 }), { minLength: 1, maxLength: 8 }),
      fc.nat(),
      fc.boolean(),
      fc.boolean(),
      (keys, chosen, one, other) => {
        const members = keys.map((key) => `${spelled(key, one)}:{"k":0}`)
        const twice = [...members, `${spelled(keys[chosen % keys.length] ?? '', other)}:1`]
        return codeOf(`{${members.join(',')}}`) === 'taken' && codeOf(`{${twice.join(', ')}}`) === 'BODY_DUPLICATE_KEY'
      },
    ),
    { numRuns: 1500 },
  )
})

t.test('random bytes are taken as JSON.parse takes them, or refused with a code', async () => {
  const pieces = fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"\\u0061"', '1', '-', '.5', 'e9', ' ')
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
      const text = parts.join('')
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      return (codeOf(text) === 'BODY_NOT_JSON') === !valid
    }),
    { numRuns: 4000 },
  )
})

t.test('a body takes time by its length alone, whatever it holds', async (t) => {
  for (const unit of ['"",', '"a",', '"\\u0061",', '{"a":1},', '"沈",', '[],', '0,']) {
    const bytes = Buffer.from(`[${unit.repeat(Math.ceil(3_000_000 / unit.length))}0]`)
    const start = process.cpuUsage()
    t.equal(codeOf(bytes), 'taken')
    const tookMs = process.cpuUsage(start).user / 1000
    // Some 100 ms; work that grows with the square of the length takes 10 s and more.
    t.ok(tookMs < 3000, `${unit} took ${tookMs.toFixed(0)} ms`)
  }
})
