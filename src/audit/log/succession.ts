// The signed statement by which one key of the log follows another.

import {
  isKeyName,
  isSignedBy,
  readNote,
  readVkey,
  signatureLine,
  signaturesBy,
  verifierOf,
  vkeyOf,
  type Verifier,
} from './note.ts'

// No checkpoint begins like this: an origin is followed by a number.
const HEADER = 'cross-city-gateway audit key succession v1'

export type Sign = (bytes: Uint8Array) => Promise<Uint8Array>

/** Both keys sign: the older one that it is followed, the newer one that it is held by whoever says so. `base` = origin without year. */
export async function makeSuccession(
  base: string,
  older: { readonly publicKey: Uint8Array; readonly sign: Sign },
  newer: { readonly publicKey: Uint8Array; readonly sign: Sign },
  time: number,
): Promise<string> {
  const keys = [older, newer].map(({ publicKey }) => verifierOf(base, 1, publicKey))
  const text = `${HEADER}\n${keys.map(vkeyOf).join('\n')}\n${new Date(time).toISOString()}\n`
  const bytes = Buffer.from(text)
  const lines = await Promise.all(
    [older, newer].map(async ({ sign }, at) => signatureLine(keys[at]!, await sign(bytes))),
  )
  return `${text}\n${lines.join('')}`
}

/** The key that follows one of these; null if the note says nothing of this log, or is not signed by both. */
export function readSuccession(note: string, base: string, trusted: readonly Verifier[]): Verifier | null {
  const read = readNote(note)
  const [header, older = '', newer = ''] = read?.text.split('\n') ?? []
  const [from, to] = [readVkey(older), readVkey(newer)]
  if (read === null || header !== HEADER || from === null || to === null) return null
  if (!isKeyName(base) || from.name !== base || to.name !== base) return null
  if (!trusted.some(({ publicKey }) => publicKey.equals(from.publicKey))) return null
  const isSigned = [from, to].every((key) => {
    const [line] = signaturesBy(read, key)
    return line !== undefined && isSignedBy(key, read.text, line.signature)
  })
  return isSigned ? to : null
}
