// Proofs that one keeps: the text of C2SP tlog-proof, in which the leaf travels along as extra data.

import { HASH_BYTES } from './merkle.ts'
import { readBase64 } from './note.ts'

export interface ProofFile {
  /** Opaque to the format; here the leaf itself, so that the file alone can be checked. */
  readonly extra: Uint8Array | null
  readonly index: number
  /** From the leaf's sibling up. */
  readonly hashes: readonly Uint8Array[]
  /** The signed note as the log gave it. */
  readonly checkpoint: string
}

const HEADER = 'c2sp.org/tlog-proof@v1'
const HASHES_MAX = 63

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

export function proofText({ extra, index, hashes, checkpoint }: ProofFile): string {
  const lines = [HEADER, ...(extra === null ? [] : [`extra ${base64(extra)}`]), `index ${index}`, ...hashes.map(base64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

/** Null for what is not written as the specification says. Nothing of it is known to be true yet. */
export function readProof(text: string): ProofFile | null {
  const end = text.indexOf('\n\n')
  if (end < 0) return null
  const [header, ...lines] = text.slice(0, end).split('\n')
  if (header !== HEADER) return null
  const extra = lines[0]?.startsWith('extra ') === true ? readBase64(lines.shift()!.slice('extra '.length)) : undefined
  const index = /^index (0|[1-9]\d{0,15})$/.exec(lines.shift() ?? '')?.[1]
  const hashes = lines.map(readBase64)
  if (extra === null || index === undefined || !Number.isSafeInteger(Number(index))) return null
  if (hashes.length > HASHES_MAX) return null
  const whole = hashes.filter((hash) => hash?.length === HASH_BYTES) as Buffer[]
  if (whole.length !== hashes.length) return null
  return { extra: extra ?? null, index: Number(index), hashes: whole, checkpoint: text.slice(end + 2) }
}
