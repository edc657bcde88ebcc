// Asks one witness to cosign a checkpoint, with the proof that it goes on from what the witness has seen before.

import type { WitnessState } from '../../domain/witness.ts'
import { cosignedAt, type Checkpoint } from './checkpoint.ts'
import { readNote, readSignatureLines, signatureLine, type Verifier } from './note.ts'
import { consistencyProof, type ReadTile } from './prove.ts'
import { readSize, SIZE_TYPE, submissionText } from './submission.ts'

export interface WitnessEntry {
  /** A key of type 4. */
  readonly verifier: Verifier
  /** The submission prefix: `/add-checkpoint` follows it. */
  readonly address: string
}

export interface Posted {
  readonly status: number
  readonly type: string
  readonly body: string
}

/** Sends a body and gives the answer. Throws if there is none in time, or one that is too long, or when it is told to stop. */
export type Post = (address: string, body: string, stop: AbortSignal) => Promise<Posted>

export interface Question {
  readonly witness: WitnessEntry
  /** Of the checkpoint that is to be cosigned. */
  readonly checkpoint: Checkpoint
  readonly note: string
  /** How many entries the witness has seen, as far as is known; it says so itself if it is otherwise. */
  readonly seen: number
  readonly readTile: ReadTile
  readonly post: Post
  readonly stop: AbortSignal
}

export interface WitnessReply {
  readonly state: WitnessState
  /** The signature line, checked; null in every other state than `agrees`. */
  readonly line: string | null
  /** How many entries the witness has seen, as far as is known now. */
  readonly seen: number
  /** For the operator. */
  readonly why: string
}

/** The witness's own line in an answer, if it is a cosignature of this note; lines of other keys are let be. */
function lineIn(body: string, note: string, verifier: Verifier): string | null {
  const own = (readSignatureLines(body) ?? []).filter(
    ({ name, id }) => name === verifier.name && id.equals(verifier.id),
  )
  const lines = own.map(({ signature }) => signatureLine(verifier, signature))
  return (
    lines.find((line) => {
      const cosigned = readNote(`${note}${line}`)
      return cosigned !== null && cosignedAt(cosigned, verifier) !== null
    }) ?? null
  )
}

function judge(posted: Posted, { checkpoint, note, witness }: Question, old: number): WitnessReply | { size: number } {
  const { status, type, body } = posted
  const reply = (state: WitnessState, why: string, seen = old): WitnessReply => ({ state, line: null, seen, why })
  if (status === 200) {
    const line = lineIn(body, note, witness.verifier)
    return line === null
      ? reply('unreachable', 'its answer holds no cosignature of this checkpoint by its key')
      : { state: 'agrees', line, seen: checkpoint.size, why: '' }
  }
  const size = status === 409 && type.startsWith(SIZE_TYPE) ? readSize(body.trimEnd()) : null
  if (size !== null) {
    if (size > checkpoint.size)
      return reply(
        'disputes',
        `it has seen ${size} entries where there are ${checkpoint.size}: the log was rolled back`,
        size,
      )
    if (size === old && size === checkpoint.size)
      return reply('disputes', `it has seen other entries among the first ${size}: the log was rewritten`, size)
    if (size !== old) return { size }
  }
  if (status === 422)
    return reply('disputes', `it has seen other entries among the first ${old}: the log was rewritten`)
  if (status === 403 || status === 404)
    return reply('refuses', `it answers ${status}: it does not know this log or its key`)
  return reply('unreachable', `it answers ${status}`)
}

/** Never throws for what the witness does. Throws what reading the own tiles throws. */
export async function askWitness(question: Question): Promise<WitnessReply> {
  const { witness, checkpoint, note, readTile, post, stop } = question
  let old = Math.min(question.seen, checkpoint.size)
  // It may have to say how far it has come; said twice otherwise, somebody else is asking it too.
  for (let tries = 0; tries < 3; tries++) {
    const proof = await consistencyProof(old, checkpoint.size, readTile)
    let posted: Posted
    try {
      posted = await post(`${witness.address}/add-checkpoint`, submissionText({ old, proof, checkpoint: note }), stop)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      return { state: 'unreachable', line: null, seen: old, why }
    }
    const judged = judge(posted, question, old)
    if ('state' in judged) return judged
    old = judged.size
  }
  return { state: 'unreachable', line: null, seen: old, why: 'it says another size each time' }
}
