// Makes up answers and calls that no city would send: noise, bytes overwritten or cut off, and words exchanged within good ones.

import * as fc from 'fast-check'
import iconv from 'iconv-lite'
import type { Sample, Subject } from './readers.ts'

export interface MadeUpReport {
  readonly city: string
  readonly inputs: number
  /** Ending of a reader → how often. */
  readonly endings: Readonly<Record<string, number>>
  /** What a reader did that it must not do, with all that is needed to see it again; null where nothing. */
  readonly broken: string | null
}

/** Reads `inputs` made-up answers and calls with every reader. The same seed makes the same ones. */
export function readMadeUp(subject: Subject, inputs: number, seed: number): MadeUpReport {
  const endings: Record<string, number> = {}
  const property = fc.property(madeUp(subject), (sample) => {
    for (const ending of subject.read(sample)) endings[ending] = (endings[ending] ?? 0) + 1
  })
  const found = fc.check(property, { numRuns: inputs, seed, endOnFailure: true })
  const broken = found.failed ? `seed ${seed}, path ${found.counterexamplePath}: ${String(found.errorInstance)}` : null
  return { city: subject.city, inputs: found.numRuns, endings, broken }
}

/** Half of what is sealed is changed inside its seal. */
function madeUp({ samples, inside }: Subject): fc.Arbitrary<Sample> {
  return fc
    .record({ sample: fc.constantFrom(...samples), content: CONTENT, within: fc.boolean(), head: HEAD })
    .map(({ sample, content, within, head }) => {
      const opened = within && inside !== null ? inside.open(sample) : null
      if (opened !== null && inside !== null) return inside.close(sample, content(opened))
      return withHead(withBytes(sample, content(bytesIn(sample))), head)
    })
}

function seldom<Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> {
  return fc.oneof({ weight: 7, arbitrary: fc.constant(null) }, { weight: 1, arbitrary })
}

type Change = {
  readonly at: number
  readonly how: 'replace' | 'repeat' | 'drop' | 'move'
  readonly word: string
  readonly to: number
}

/** Words that readers stumble over, of JSON and of XML. */
const WORD = fc.oneof(
  fc.constantFrom(
    '',
    'null',
    'true',
    '0',
    '-1',
    '1e400',
    '9007199254740993',
    '{}',
    '[]',
    '""',
    '__proto__',
    '{"a":[0]}',
  ),
  fc.constantFrom('<!DOCTYPE a>', '<a/>', '&#0;', '&#xD800;', '&lt;', ']]>', '<![CDATA[', '\u0000', '\ufeff', '\ud800'),
  fc.constantFrom('20260230190000', '2026-02-30 19:00:00', '99999999999999999', '0.0', '=', '%00', '𠮷'),
  fc.string({ maxLength: 20 }),
  fc.json({ maxDepth: 2 }),
)
const CHANGE: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'repeat', 'drop', 'move'),
  word: WORD,
  to: fc.nat(),
})
const NOISE = fc.oneof(
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json().map((text) => Buffer.from(text)),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(`<a>${text}</a>`)),
)
const OVERWRITTEN = fc.record({
  at: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
  cutTo: seldom(fc.nat()),
})
const REWORDED = fc.record({
  changes: fc.array(CHANGE, { minLength: 1, maxLength: 3 }),
  charset: fc.constantFrom('utf-8', 'gb18030'),
})

type Content = (good: Buffer) => Buffer
const CONTENT: fc.Arbitrary<Content> = fc.oneof(
  { weight: 1, arbitrary: NOISE.map((noise) => () => noise) },
  {
    weight: 2,
    arbitrary: OVERWRITTEN.map(
      ({ at, cutTo }) =>
        (good: Buffer) =>
          overwritten(good, at, cutTo),
    ),
  },
  {
    weight: 5,
    arbitrary: REWORDED.map(
      ({ changes, charset }) =>
        (good: Buffer) =>
          reworded(good, changes, charset),
    ),
  },
)

/** Null leaves status and media type as they are. */
const HEAD = seldom(
  fc.record({
    status: fc.constantFrom(200, 201, 202, 204, 302, 400, 401, 404, 409, 413, 415, 422, 429, 500, 503),
    contentType: fc.constantFrom(
      'text/html',
      'application/json',
      'application/json;charset=utf-8',
      'application/json; charset="',
      'application/xml; charset=UTF-8',
      'text/xml; charset=GB18030',
      'text/xml',
    ),
  }),
)

const bytesIn = ({ readable }: Sample): Buffer => ('answer' in readable ? readable.answer.bytes : readable.call.body)

function withBytes(sample: Sample, bytes: Buffer): Sample {
  const { readable } = sample
  if ('call' in readable) return { ...sample, readable: { call: { ...readable.call, body: bytes } } }
  return { ...sample, readable: { answer: { ...readable.answer, bytes } } }
}

function withHead(sample: Sample, head: { readonly status: number; readonly contentType: string } | null): Sample {
  const { readable } = sample
  if (head === null) return sample
  const named = { 'content-type': head.contentType }
  if ('call' in readable) {
    return { ...sample, readable: { call: { ...readable.call, headers: { ...readable.call.headers, ...named } } } }
  }
  const { answer } = readable
  const headers = { ...answer.headers, ...named }
  return { ...sample, readable: { answer: { ...answer, status: head.status, headers } } }
}

function overwritten(good: Buffer, at: readonly (readonly [number, number])[], cutTo: number | null): Buffer {
  const bytes = Buffer.from(good)
  if (bytes.length === 0) return bytes
  for (const [place, byte] of at) bytes[place % bytes.length] = byte
  return cutTo === null ? bytes : bytes.subarray(0, cutTo % bytes.length)
}

/** A good text whose words, brackets and tags have changed places gets deeper into a reader than noise does. */
function reworded(good: Buffer, changes: readonly Change[], charset: string): Buffer {
  const words = iconv.decode(good, charset).split(/([{}[\]",:<>]|&[a-z]+;)/)
  for (const { at, how, word, to } of changes) {
    const place = at % words.length
    const there = words[place] ?? ''
    // Separators stand at odd places: a word that takes a word's place leaves the structure whole.
    if (how === 'replace') words[place - (place % 2)] = word
    else if (how === 'drop') words.splice(place, Math.min(1 + (to % 3), words.length - 1))
    else {
      if (how === 'move') words.splice(place, 1)
      words.splice(to % (words.length + 1), 0, there)
    }
  }
  return iconv.encode(words.join(''), charset)
}
