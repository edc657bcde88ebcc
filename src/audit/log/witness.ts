// A witness by C2SP tlog-witness: it remembers the last tree of each log that it knows, and cosigns a tree only if it goes on
// from that one. Whoever holds the log cannot make it smaller, or another, without the witness seeing it.

import { makeCosignature, readCheckpoint, readSigned, type Checkpoint } from './checkpoint.ts'
import { EMPTY_ROOT, isConsistent } from './merkle.ts'
import { readOrigin } from './names.ts'
import { readNote, signatureLine, verifierOf, type Verifier } from './note.ts'
import { readSubmission, SIZE_TYPE, type Submission } from './submission.ts'

/** Where the witness remembers. */
export interface WitnessHeads {
  /** The newest checkpoint that was cosigned, with the cosignature; null = none of this log. */
  find(origin: string): string | null
  /** Durable when it returns, and atomic with the comparison: false if `old` is not the newest any more. */
  replace(origin: string, old: string | null, checkpoint: string): boolean
  /** Keeps a signed checkpoint that contradicts one cosigned before: evidence against its log. Bounded. */
  keepContradiction(origin: string, checkpoint: string): void
  /** Oldest first. */
  contradictions(): readonly string[]
}

export interface WitnessOptions {
  /** A key of type 4. */
  readonly verifier: Verifier
  readonly sign: (bytes: Buffer) => Buffer
  /** Keys of the logs that it knows, of type 1. One of a log's year stands for all its years. */
  readonly logs: readonly Verifier[]
  readonly heads: WitnessHeads
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export interface WitnessAnswer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422
  readonly type: string
  readonly body: string
}

const TEXT = 'text/plain; charset=utf-8'

const refusal = (status: WitnessAnswer['status'], body: string): WitnessAnswer => ({
  status,
  type: TEXT,
  body: `${body}\n`,
})

/** The name of the log whatever its year. */
const baseOf = (name: string): string => readOrigin(name)?.base ?? name

type Verdict =
  | { readonly kind: 'accepted'; readonly submission: Submission; readonly checkpoint: Checkpoint }
  | { readonly kind: 'refused'; readonly answer: WitnessAnswer }

function readClaim(body: string, logs: readonly Verifier[]): Verdict {
  const refused = (status: WitnessAnswer['status'], why: string): Verdict => ({
    kind: 'refused',
    answer: refusal(status, why),
  })
  const submission = readSubmission(body)
  const claimed = submission === null ? null : readCheckpoint(readNote(submission.checkpoint)?.text ?? '')
  if (submission === null || claimed === null) return refused(400, 'this is no add-checkpoint request')
  const { origin } = claimed
  const keys = logs.filter(({ name }) => baseOf(name) === baseOf(origin))
  if (keys.length === 0) return refused(404, 'this witness does not know the log')
  // A signature of an older key may stand beside that of the current one; one that is known and true is enough.
  const isSigned = keys.some(
    ({ publicKey }) => readSigned(submission.checkpoint, verifierOf(origin, 1, publicKey)).kind === 'signed',
  )
  if (!isSigned) return refused(403, 'the checkpoint is not signed by a key that this witness knows')
  if (submission.old > claimed.size) return refused(400, 'the old size is greater than that of the checkpoint')
  return { kind: 'accepted', submission, checkpoint: claimed }
}

/**
 * Answers one add-checkpoint call. What it cosigns is on disk before the answer is given, so that after a crash it has cosigned
 * nothing that it does not remember. Throws what `heads` throws; nothing was cosigned then.
 */
export function addCheckpoint({ verifier, sign, logs, heads, now }: WitnessOptions, body: string): WitnessAnswer {
  const claim = readClaim(body, logs)
  if (claim.kind === 'refused') return claim.answer
  const { submission, checkpoint } = claim
  const { origin, size, root } = checkpoint
  const known = heads.find(origin)
  const seen = known === null ? null : readCheckpoint(readNote(known)?.text ?? '')
  const older = seen ?? { size: 0, root: EMPTY_ROOT }
  const conflict: WitnessAnswer = { status: 409, type: SIZE_TYPE, body: `${older.size}\n` }
  if (size === older.size && !root.equals(older.root)) {
    heads.keepContradiction(origin, submission.checkpoint)
    return conflict
  }
  if (submission.old !== older.size) return conflict
  if (!isConsistent(older, { size, root }, submission.proof)) {
    heads.keepContradiction(origin, submission.checkpoint)
    return refusal(422, `the proof does not show that the log goes on from the ${older.size} entries seen before`)
  }
  const text = readNote(submission.checkpoint)!.text
  const line = signatureLine(verifier, makeCosignature(text, Math.floor(now() / 1000), sign))
  if (!heads.replace(origin, known, `${submission.checkpoint}${line}`)) return conflict
  return { status: 200, type: TEXT, body: line }
}
