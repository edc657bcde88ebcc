// Who has cosigned a year's log, and whether these are as many as the auditor demands.

import { cosignedAt, readCheckpoint, type Checkpoint } from '../../audit/log/checkpoint.ts'
import { readNote, type Note, type Verifier } from '../../audit/log/note.ts'
import type { Finding } from './range.ts'

/** The cosignature of one witness: of a checkpoint of this size, at this time. */
export interface Cosigned {
  readonly name: string
  readonly at: string
  readonly size: number
}

export interface Demand {
  /** The witnesses that the auditor trusts. */
  readonly witnesses: readonly Verifier[]
  /** How many of them must have cosigned one checkpoint. */
  readonly required: number
}

/** Of several notes of one log, the newest that enough have cosigned; else that which the most have. */
export function cosignedBy(
  notes: readonly string[],
  newest: Checkpoint,
  { witnesses, required }: Demand,
  report: { readonly findings: Finding[]; readonly remarks: Finding[] },
): readonly Cosigned[] {
  const all = notes
    .map(readNote)
    .filter((note): note is Note => note !== null)
    .map((note) => ({ size: sizeOf(note, newest.origin), by: linesOf(note, witnesses) }))
    .toSorted((a, b) => b.size - a.size)
  const best = all.find(({ by }) => by.length >= required) ?? all.toSorted((a, b) => b.by.length - a.by.length)[0]
  const by = best?.by ?? []
  const size = best?.size ?? 0
  if (by.length < required) {
    report.findings.push({
      index: null,
      what: {
        zh: `副署不足：要求 ${required} 个见证方，只有 ${by.length} 个（共给出 ${witnesses.length} 个公钥）。`,
        en: `Cosignatures are missing: ${required} witnesses are required, and ${by.length} have cosigned (of ${witnesses.length} keys given).`,
      },
    })
  } else if (required > 0 && size < newest.size) {
    report.remarks.push({
      index: size,
      what: {
        zh: `自第 ${size} 条起的 ${newest.size - size} 条尚未经见证。`,
        en: `The ${newest.size - size} entries from ${size} on have not been cosigned yet.`,
      },
    })
  }
  return by.map(({ name, at }) => ({ name, at, size }))
}

const sizeOf = (note: Note, origin: string): number => {
  const checkpoint = readCheckpoint(note.text)
  return checkpoint?.origin === origin ? checkpoint.size : 0
}

const linesOf = (note: Note, witnesses: readonly Verifier[]): readonly Omit<Cosigned, 'size'>[] =>
  witnesses.flatMap((witness) => {
    const at = cosignedAt(note, witness)
    return at === null ? [] : [{ name: witness.name, at: new Date(at * 1000).toISOString() }]
  })
