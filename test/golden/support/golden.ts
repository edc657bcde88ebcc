// Reads a golden file: one call as it must go over the wire, the answers that may come, and what each of them means.

import { createCipheriv } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import iconv from 'iconv-lite'
import { parse } from 'yaml'
import type { Protocol } from '../../../src/cities/protocol.ts'
import type { MaterialLink, MaterialMessage } from '../../../src/domain/delivery.ts'
import type { SubmissionBody } from '../../../src/domain/submission.ts'

/** Text in UTF-8 (or the answer's charset), text escaped for XML, bytes, or text to be encrypted with SM4 in CBC mode. */
type Piece = string | { readonly escaped: string } | { readonly base64: string } | Encrypted

/** `key` and `iv` in hexadecimal digits; comes out as Base64 of the vector and the ciphertext. */
interface Encrypted {
  readonly sm4: string
  readonly key: string
  readonly iv: string
}

/** Joined with nothing between them. */
export type Pieces = string | readonly Piece[]

export type Outcome =
  | { readonly answer: unknown }
  | { readonly notDone: string; readonly sent: 'no' | 'maybe'; readonly renewSecret?: true; readonly cityTime?: string }
  | { readonly fault: string; readonly sent?: 'maybe' }

export interface GoldenRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Pieces
}

export interface GoldenAnswer {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Of the text pieces; UTF-8 where it is not named. */
  readonly charset?: string
  readonly body: Pieces
  readonly outcome: Outcome
}

interface Submission extends SubmissionBody {
  readonly item: string
  readonly leg: string
  readonly reference: string
  readonly relatedCaseNo?: string
  /** RFC 3339. */
  readonly takenAt: string
}

type GoldenMaterial = Omit<MaterialMessage['material'], 'bytes'> & { readonly content: Pieces }

/** `expiresAt` is RFC 3339. */
type GoldenLink = Omit<MaterialLink, 'expiresAt'> & { readonly expiresAt: string }

interface Described {
  /** What it shows, in one sentence. */
  readonly title: string
  /** The moment of the call, RFC 3339. */
  readonly at: string
  /** What the call is signed with: the city's key, or the secret of the moment. */
  readonly key: string
  /** Bytes in hexadecimal digits, in the order in which the protocol draws them. */
  readonly random?: readonly string[]
  readonly request: GoldenRequest
}

/** A call of ours. */
export type OwnCall = Described & { readonly answers: readonly GoldenAnswer[] } & (
    | { readonly call: 'health' | 'secret' }
    | { readonly call: 'query' | 'enquire'; readonly submission: Submission }
    | { readonly call: 'deliver'; readonly submission: Submission; readonly links?: readonly GoldenLink[] }
    | {
        readonly call: 'correct'
        readonly submission: Submission
        readonly backendCaseNo: string | null
        readonly correctionNo: number
        readonly links?: readonly GoldenLink[]
      }
    | {
        readonly call: 'withdraw'
        readonly submission: Submission
        readonly backendCaseNo: string | null
        readonly reason: string | null
      }
    | { readonly call: 'hand-over'; readonly submission: Submission; readonly material: GoldenMaterial }
    | { readonly call: 'news-request'; readonly cursor: string | null; readonly limit: number }
  )

/** A call of the city's, with news. `reply` is what we answer. */
export type CityEvent = Described & {
  readonly call: 'news-event'
  readonly outcome: Outcome
  readonly reply: { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
}

export type Golden = { readonly file: string } & (OwnCall | CityEvent)

export type Call = Golden['call']

/** A call of ours that this protocol has no way to make would pass unseen. */
export function hasCall(protocol: Protocol, call: Call): boolean {
  if (call === 'secret') return protocol.secret !== null
  if (call === 'news-request') return protocol.news?.kind === 'poll'
  if (call === 'news-event') return protocol.news?.kind === 'callback'
  if (call === 'correct') return protocol.correct !== null
  if (call === 'withdraw') return protocol.withdraw !== null
  if (call === 'hand-over') return protocol.handOver !== null
  return true
}

const folder = join(import.meta.dirname, '..')
const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true })
const isGolden = ajv.compile<Golden>(JSON.parse(readFileSync(join(folder, 'golden.schema.json'), 'utf8')) as object)

/** Throws an Error that names the file and its members that are not as the schema wants them. */
export function readGolden(file: string): Golden {
  const value: unknown = parse(readFileSync(file, 'utf8'))
  if (!isGolden(value)) throw new Error(`${relative(folder, file)}: ${ajv.errorsText(isGolden.errors)}`)
  return { ...value, file: relative(folder, file) }
}

export function bytesOf(pieces: Pieces, charset = 'utf-8'): Buffer {
  const list = typeof pieces === 'string' ? [pieces] : pieces
  return Buffer.concat(
    list.map((piece) => {
      if (typeof piece === 'string') return iconv.encode(piece, charset)
      if ('base64' in piece) return Buffer.from(piece.base64, 'base64')
      if ('sm4' in piece) return Buffer.from(encrypted(piece))
      return iconv.encode(escaped(piece.escaped), charset)
    }),
  )
}

// By Node's own OpenSSL, whose SM4 gives what the standard prints and the command makes (test/cities/sm-algorithms.test.ts).
function encrypted({ sm4, key, iv }: Encrypted): string {
  const vector = Buffer.from(iv, 'hex')
  const cipher = createCipheriv('sm4-cbc', Buffer.from(key, 'hex'), vector)
  return Buffer.concat([vector, cipher.update(sm4), cipher.final()]).toString('base64')
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
