// Finds what is left behind the digests of one record.

import type { FoundDisclosure } from '../domain/disclosure.ts'
import { openSubjectSealers, type DisclosedValue } from './disclosed-values.ts'
import { disclosedPlace } from './places.ts'
import { openSaltFinder } from './salts.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

interface Row {
  readonly position: number
  readonly subject_id: number | null
  readonly leaf: string
  readonly values_of: number | null
  readonly content: Uint8Array | null
}

interface Leaf {
  readonly requestDigest?: string
  readonly answerDigest?: string
  readonly disclosed?: Readonly<Record<string, string>>
  readonly caseNo?: string
  readonly item?: string
}

/** Null if there is no such record. Throws where a sealed value was changed or moved. */
export function openDisclosureReader(database: Sql, sealer: Sealer): (recordId: string) => FoundDisclosure | null {
  const find = database.prepare(`
    SELECT records.position, record_subjects.subject_id, leaf, disclosed_values.subject_id AS values_of, content
    FROM records LEFT JOIN disclosed_values ON disclosed_values.position = records.position
      LEFT JOIN record_subjects ON record_subjects.position = records.position WHERE id = ?`)
  const keyOf = database.prepare('SELECT subject_key FROM subjects WHERE subject_id = ?')
  const saltsOf = openSaltFinder(database, sealer)
  const sealers = openSubjectSealers(database, sealer, () => {
    throw new Error('a reader seals nothing')
  })

  function valuesOf({ position, values_of: subjectId, content }: Row): readonly DisclosedValue[] {
    if (subjectId === null || content === null) return []
    const opened = sealers(subjectId)?.open(disclosedPlace(position), content)
    return opened === undefined ? [] : (JSON.parse(opened) as readonly DisclosedValue[])
  }

  return (recordId) => {
    const row = find.get(recordId) as unknown as Row | undefined
    if (row === undefined) return null
    const { requestDigest, answerDigest, disclosed, caseNo, item } = JSON.parse(row.leaf) as Leaf
    const [, requestSalt = null, answerSalt = null] = saltsOf(row.position) ?? []
    const values = valuesOf(row)
    const subjectId = row.values_of ?? row.subject_id
    const key = subjectId === null ? undefined : keyOf.get(subjectId)
    return {
      values,
      requestSalt,
      answerSalt,
      isGone:
        (requestDigest !== undefined && requestSalt === null) ||
        (answerDigest !== undefined && answerSalt === null) ||
        (disclosed !== undefined && values.length === 0),
      subjectKey: key === undefined ? null : String(key['subject_key']),
      caseNo: caseNo ?? null,
      item: item ?? null,
    }
  }
}
