// Checkpoints by C2SP tlog-checkpoint, and what witnesses add to them by tlog-cosignature.

import { HASH_BYTES, type Tree } from './merkle.ts'
import { isSignedBy, readBase64, readNote, signaturesBy, type Note, type Verifier } from './note.ts'

export interface Checkpoint extends Tree {
  /** Names the log: no two trees have one. */
  readonly origin: string
  readonly size: number
  readonly root: Buffer
}

/** What is signed: three lines. */
export const checkpointText = ({ origin, size, root }: Checkpoint): string =>
  `${origin}\n${size}\n${root.toString('base64')}\n`

/** Lines that follow the third are let be, as the specification wants it. Null for what is no checkpoint. */
export function readCheckpoint(text: string): Checkpoint | null {
  const [origin = '', size = '', encoded = '', ...rest] = text.split('\n')
  const root = readBase64(encoded)
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || !Number.isSafeInteger(Number(size))) return null
  if (root?.length !== HASH_BYTES || rest.at(-1) !== '' || rest.slice(0, -1).includes('')) return null
  return { origin, size: Number(size), root }
}

/** `unsigned`: no signature of this key is there. `forged`: one claims to be, and is not. */
export type Signed =
  | { readonly kind: 'signed'; readonly checkpoint: Checkpoint; readonly note: Note }
  | { readonly kind: 'malformed' | 'unsigned' | 'forged' }

/** Reads a checkpoint and takes it only as its log's key has signed it. */
export function readSigned(bytes: string, verifier: Verifier): Signed {
  const note = readNote(bytes)
  const checkpoint = note === null ? null : readCheckpoint(note.text)
  if (note === null || checkpoint === null) return { kind: 'malformed' }
  const claimed = signaturesBy(note, verifier)
  if (claimed.length === 0) return { kind: 'unsigned' }
  if (!claimed.every(({ signature }) => isSignedBy(verifier, note.text, signature))) return { kind: 'forged' }
  return { kind: 'signed', checkpoint, note }
}

const TIME_BYTES = 8

/** What a witness signs: that at this second it had seen no larger tree of this log, and that this one goes on from all before. */
const cosignedText = (text: string, seconds: bigint): string => `cosignature/v1\ntime ${seconds}\n${text}`

/** The signature of a cosignature line: the time, and Ed25519 over time and text. */
export function makeCosignature(text: string, seconds: number, sign: (bytes: Buffer) => Buffer): Buffer {
  const time = Buffer.alloc(TIME_BYTES)
  time.writeBigUInt64BE(BigInt(seconds))
  return Buffer.concat([time, sign(Buffer.from(cosignedText(text, BigInt(seconds))))])
}

/** When this witness cosigned the note, in seconds since 1970; null if it did not, or if what claims to be its cosignature is none. */
export function cosignedAt(note: Note, witness: Verifier): number | null {
  for (const { signature } of signaturesBy(note, witness)) {
    if (signature.length <= TIME_BYTES) return null
    const seconds = signature.readBigUInt64BE(0)
    if (isSignedBy(witness, cosignedText(note.text, seconds), signature.subarray(TIME_BYTES))) return Number(seconds)
  }
  return null
}
