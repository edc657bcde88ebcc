// Reads what people have done with a case since it was filed.

import type { ActWords } from '../domain/acts.ts'
import type { ActView, LegView } from '../domain/case-record.ts'
import { actWordsPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'

interface ActRow {
  readonly position: number
  readonly kind: ActView['kind']
  readonly leg: string | null
  readonly at: number
  readonly role: ActView['by']
  readonly hall: string | null
  readonly correction_no: number | null
  readonly schema_digest: string | null
  readonly config_version: string
  readonly words: Uint8Array
  readonly scope: string
}

/** Of a case by its position, in their order; `messagesOf` gives the messages that carry an act, by its position. */
export function openActReader(
  database: Sql,
  sealer: Sealer,
): (casePosition: number, messagesOf: (act: number) => readonly LegView[]) => readonly ActView[] {
  const find = database.prepare('SELECT * FROM case_acts WHERE case_position = ? ORDER BY position')
  return (casePosition, messagesOf) =>
    (find.all(casePosition) as unknown as readonly ActRow[]).map((row) => {
      const words = JSON.parse(sealer.open(actWordsPlace(row.scope), row.words)) as ActWords
      return {
        kind: row.kind,
        at: row.at,
        by: row.role,
        hall: row.hall,
        leg: row.leg,
        correctionNo: row.correction_no,
        schemaDigest: row.schema_digest,
        configVersion: row.config_version,
        reason: words.reason ?? null,
        rating: words.rating ?? null,
        mailing: words.mailing ?? null,
        body: words.body ?? null,
        messages: messagesOf(row.position).map(({ state: _of, backendCaseNo: _leg, ...message }) => message),
      }
    })
}
