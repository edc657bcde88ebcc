// Enters uploaded files, and gives them to the case that names them, within the writer's transaction.

import type { MaterialKept, MaterialOwner, NewMaterial } from '../domain/material.ts'
import { materialKeyPlace } from './places.ts'
import type { Sealer } from './sealed.ts'
import type { Sql } from './sql.ts'
import type { Subject } from './subjects.ts'
import type { RecordWriter } from './write-records.ts'

export interface MaterialWriter {
  keep(material: NewMaterial): MaterialKept
  /** Whether all of these wait for a case and are the owner's, or belong to this case already. */
  areUsable(materialIds: readonly string[], owner: MaterialOwner, casePosition: number | null): boolean
  /** Gives them to the case; a content that the case has already is kept once. */
  give(materialIds: readonly string[], casePosition: number): void
  /** Forgets those that have waited since before `uploadedBefore`, at most `limit`, with their record; gives back their files. */
  forget(uploadedBefore: number, limit: number): readonly string[]
}

export function openMaterialWriter(options: {
  readonly database: Sql
  readonly sealer: Sealer
  readonly records: RecordWriter
  readonly subjectOf: (subjectKey: string) => Subject
}): MaterialWriter {
  const { database, sealer, records, subjectOf } = options
  const ofOwner = 'case_position IS NULL AND hall IS NOT DISTINCT FROM ? AND subject_id IS NOT DISTINCT FROM ?'
  const findSame = database.prepare(`SELECT material_id FROM materials WHERE ${ofOwner} AND digest = ?`)
  const countWaiting = database.prepare(`SELECT count(*) AS waiting FROM materials WHERE ${ofOwner}`)
  const insert = database.prepare(`
    INSERT INTO materials (material_id, hall, subject_id, file, key, media_type, size_bytes, digest, uploaded_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const isUsable = database.prepare(
    `SELECT 1 FROM materials WHERE material_id = ? AND (case_position = ? OR (${ofOwner}))`,
  )
  const give = database.prepare(
    'UPDATE materials SET case_position = ? WHERE material_id = ? AND case_position IS NULL',
  )
  const find = database.prepare('SELECT digest, case_position FROM materials WHERE material_id = ?')
  const findTwin = database.prepare(
    'SELECT material_id, file, key FROM materials WHERE case_position = ? AND digest = ? AND material_id <> ? LIMIT 1',
  )
  const share = database.prepare('UPDATE materials SET file = ?, key = ? WHERE material_id = ?')
  const findOld = database.prepare(
    'SELECT position, file FROM materials WHERE case_position IS NULL AND uploaded_at < ? ORDER BY uploaded_at LIMIT ? + 0',
  )
  const remove = database.prepare('DELETE FROM materials WHERE position = ?')

  const ownerColumns = (owner: MaterialOwner): readonly [string | null, number | null] =>
    'hall' in owner ? [owner.hall, null] : [null, subjectOf(owner.subjectKey).subjectId]

  return {
    keep(material) {
      const { materialId, owner, record } = material
      const columns = ownerColumns(owner)
      const same = findSame.get(...columns, material.digest)
      if (same !== undefined) {
        records.append(record)
        return { kind: 'known', materialId: String(same['material_id']) }
      }
      if (Number(countWaiting.get(...columns)?.['waiting']) >= material.waitingMax) return { kind: 'too-many' }
      insert.run(
        materialId,
        ...columns,
        material.file,
        sealer.seal(materialKeyPlace(materialId), Buffer.from(material.key).toString('base64url')),
        material.mediaType,
        material.sizeBytes,
        material.digest,
        material.uploadedAt,
      )
      records.append(record)
      return { kind: 'kept', materialId }
    },

    areUsable(materialIds, owner, casePosition) {
      const columns = ownerColumns(owner)
      return materialIds.every((materialId) => isUsable.get(materialId, casePosition, ...columns) !== undefined)
    },

    give(materialIds, casePosition) {
      for (const materialId of materialIds) {
        if (Number(give.run(casePosition, materialId).changes) === 0) continue
        const twin = findTwin.get(casePosition, String(find.get(materialId)?.['digest']), materialId)
        if (twin === undefined) continue
        const key = sealer.open(materialKeyPlace(String(twin['material_id'])), twin['key'] as Uint8Array)
        share.run(String(twin['file']), sealer.seal(materialKeyPlace(materialId), key), materialId)
      }
    },

    forget(uploadedBefore, limit) {
      const old = findOld.all(uploadedBefore, limit)
      for (const { position } of old) remove.run(Number(position))
      return old.map(({ file }) => String(file))
    },
  }
}
