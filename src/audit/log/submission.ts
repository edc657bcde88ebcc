// What a log says to a witness and how a witness answers, by C2SP tlog-witness: the add-checkpoint call.

import { HASH_BYTES } from './merkle.ts'
import { readBase64 } from './note.ts'

/** A checkpoint that a witness is to cosign, and the proof that it goes on from the one of size `old`. */
export interface Submission {
  readonly old: number
  readonly proof: readonly Uint8Array[]
  /** The signed note as the log gave it. */
  readonly checkpoint: string
}

/** Of an answer that says how large the log was when the witness last cosigned it. */
export const SIZE_TYPE = 'text/x.tlog.size'

/** A note of 64 KiB and 63 hashes; nobody needs more. */
export const SUBMISSION_BYTES_MAX = 72 * 1024

const HASHES_MAX = 63

export const readSize = (text: string): number | null =>
  /^(?:0|[1-9]\d{0,15})$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : null

export function submissionText({ old, proof, checkpoint }: Submission): string {
  const lines = [`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString('base64'))]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Null for what is not written as the specification says. Nothing of it is known to be true yet. */
export function readSubmission(text: string): Submission | null {
  const end = text.indexOf('\n\n')
  if (end < 0) return null
  const [first = '', ...lines] = text.slice(0, end).split('\n')
  const old = first.startsWith('old ') ? readSize(first.slice('old '.length)) : null
  const proof = lines.map(readBase64)
  if (old === null || proof.length > HASHES_MAX) return null
  const whole = proof.filter((hash) => hash?.length === HASH_BYTES) as Buffer[]
  return whole.length === proof.length ? { old, proof: whole, checkpoint: text.slice(end + 2) } : null
}
