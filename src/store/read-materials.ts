// Finds uploaded files for those who may see them.

import type { Material, MaterialOwner, MaterialScope } from '../domain/material.ts'
import { materialKeyPlace } from './places.ts'
import type { CaseReader } from './read-cases.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import { openSubjectFinder } from './subjects.ts'

export interface MaterialReader {
  /** Null if there is none in this scope: whether it exists elsewhere is not told. */
  find(materialId: string, scope: MaterialScope): Material | null
  /** Those of `files` that no row names. */
  unknownFiles(files: readonly string[]): readonly string[]
}

interface MaterialRow {
  readonly hall: string | null
  readonly subject_id: number | null
  readonly case_no: string | null
  readonly file: string
  readonly key: Uint8Array
  readonly media_type: Material['mediaType']
  readonly size_bytes: number
  readonly digest: string
  readonly uploaded_at: number
}

export function openMaterialReader(database: Sql, sealer: Sealer, cases: CaseReader): MaterialReader {
  const byId = database.prepare(`
    SELECT m.*, c.case_no FROM materials m LEFT JOIN cases c ON c.position = m.case_position WHERE m.material_id = ?`)
  const byFile = database.prepare('SELECT 1 FROM materials WHERE file = ?')
  const subjectOf = openSubjectFinder(database)

  function isOwner(row: MaterialRow, owner: MaterialOwner | null): boolean {
    if (owner === null) return false
    if ('hall' in owner) return row.hall === owner.hall
    const subject = subjectOf(owner.subjectKey)
    return subject !== null && row.subject_id === subject.subjectId
  }

  return {
    find(materialId, scope) {
      const row = byId.get(materialId) as MaterialRow | undefined
      if (row === undefined) return null
      const seen = row.case_no === null ? isOwner(row, scope.owner) : cases.isInScope(row.case_no, scope.cases)
      if (!seen) return null
      return {
        materialId,
        file: row.file,
        key: Buffer.from(sealer.open(materialKeyPlace(materialId), row.key), 'base64url'),
        mediaType: row.media_type,
        sizeBytes: row.size_bytes,
        digest: row.digest,
        uploadedAt: row.uploaded_at,
        caseNo: row.case_no,
      }
    },
    unknownFiles: (files) => files.filter((file) => byFile.get(file) === undefined),
  }
}
