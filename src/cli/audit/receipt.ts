// Checks a proof that somebody kept, offline: the record in it stands in a log that was signed by this key.

import { cosignedAt, readCheckpoint, readSigned } from '../../audit/log/checkpoint.ts'
import { leafHashOf, rootByInclusion } from '../../audit/log/merkle.ts'
import { readNote, verifierOf, type Verifier } from '../../audit/log/note.ts'
import { readProof } from '../../audit/log/proof-file.ts'
import { CommandError } from '../output.ts'
import type { Trust } from './trust.ts'

export interface CheckedReceipt {
  readonly origin: string
  readonly index: number
  readonly size: number
  readonly leaf: Readonly<Record<string, unknown>>
  readonly witnesses: readonly string[]
}

const refuse = (zh: string, en: string): never => {
  throw new CommandError(1, zh, en)
}

/** `leaf` null = the one in the proof. Throws CommandError for whatever does not hold. */
export function checkReceipt(
  text: string,
  leaf: Uint8Array | null,
  trust: Trust,
  witnesses: readonly Verifier[],
): CheckedReceipt {
  const proof = readProof(text) ?? refuse('不是 tlog-proof 文件。', 'This is no tlog-proof file.')
  const claimed =
    readCheckpoint(readNote(proof.checkpoint)?.text ?? '') ??
    refuse('证明中的检查点格式不对。', 'The checkpoint in the proof is malformed.')
  if (!claimed.origin.startsWith(`${trust.base}/`)) {
    refuse(`证明属于另一个日志：${claimed.origin}。`, `The proof is of another log: ${claimed.origin}.`)
  }
  const signed = trust.keys
    .map(({ publicKey }) => readSigned(proof.checkpoint, verifierOf(claimed.origin, 1, publicKey)))
    .find(({ kind }) => kind === 'signed')
  if (signed?.kind !== 'signed') {
    return refuse('检查点不是由给出的公钥签名的。', 'The checkpoint is not signed by the key that was given.')
  }
  const bytes =
    leaf ??
    proof.extra ??
    refuse('证明中没有记录，请用 --leaf 给出。', 'There is no record in the proof; give it with --leaf.')
  const { origin, size, root } = signed.checkpoint
  const reached = rootByInclusion(proof.index, size, leafHashOf(bytes), proof.hashes)
  if (reached === null || !reached.equals(root)) {
    refuse(
      '记录不在所签名的日志中：记录或证明被更改过。',
      'The record does not stand in the log that was signed: it or its proof was changed.',
    )
  }
  return {
    origin,
    index: proof.index,
    size,
    leaf: readRecord(bytes),
    witnesses: witnesses.filter((witness) => cosignedAt(signed.note, witness) !== null).map(({ name }) => name),
  }
}

function readRecord(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as Readonly<Record<string, unknown>>
  } catch {
    return refuse('所签名的内容不是审计记录。', 'What was signed is no audit record.')
  }
}
