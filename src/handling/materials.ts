// Uploaded materials: taken in before the application that names them, given out to those who may see them.

import type { Caller, Handled } from '../domain/caller.ts'
import type { Duty } from '../domain/duty.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import type { Incoming, Material, MaterialOwner, NewMaterial } from '../domain/material.ts'
import type { SubmissionBody } from '../domain/submission.ts'
import { materialScope, mayUpload } from '../identity/rights.ts'
import { tidyDrafts, type DraftLimits } from './drafts.ts'
import type { LinkClaims } from './material-links.ts'
import { applyRetention, type RetentionDays } from './retention.ts'
import type { Parts } from './parts.ts'

export interface MaterialLimits {
  readonly bytesMax: number
  /** Uploads that may be on their way at once. */
  readonly uploadsMax: number
  /** Files of one owner that may wait for a case. */
  readonly waitingMax: number
}

export interface Uploads {
  /**
   * Takes a file in. Once it is answered, the file is on disk, encrypted, with its record; the same content from the same
   * owner is kept once, so that an upload may be repeated without harm. Throws the Fault that refuses it; nothing is left then.
   */
  take(caller: Caller, bytes: Incoming['bytes'], digest: string | null): Promise<Handled>
}

export function openUploads(parts: Parts, limits: MaterialLimits): Uploads {
  const { clock, files, ids, keyed, recording, store } = parts
  let underWay = 0

  async function keep(caller: Caller, owner: MaterialOwner, bytes: Incoming['bytes'], digest: string | null) {
    const file = await files.receive({ bytes, sizeBytesMax: limits.bytesMax })
    try {
      if (digest !== null && digest !== file.digest) throw new Fault('MATERIAL_DIGEST_WRONG')
      const record = recording.of(caller, 'material-taken', 'kept', {
        status: 201,
        requestDigest: recording.digest(file.digest),
        counts: { bytes: file.sizeBytes },
      })
      const material: NewMaterial = {
        ...file,
        materialId: ids.materialId(),
        owner,
        uploadedAt: clock.now(),
        waitingMax: limits.waitingMax,
        record,
      }
      const kept = await store.keepMaterial(material)
      if (kept.kind === 'too-many') throw new Fault('MATERIALS_TOO_MANY')
      if (kept.kind === 'known') await files.remove([file.file])
      return { recordId: record.id, materialId: kept.materialId, file }
    } catch (error) {
      // Where it is not known whether the row was written, the file stays: `sweep` removes it if nothing names it.
      if (error instanceof Fault && error.source === 'caller') await files.remove([file.file])
      throw error
    }
  }

  return {
    async take(caller, bytes, digest) {
      const owner = mayUpload(caller.principal, keyed)
      if (underWay >= limits.uploadsMax) throw new Fault('UPLOADS_BUSY', { retryAfterMs: RETRY_AFTER_MS })
      underWay += 1
      try {
        const { recordId, materialId, file } = await keep(caller, owner, bytes, digest)
        const { mediaType, sizeBytes } = file
        return {
          recordId,
          status: 201,
          headers: { location: `/v1/materials/${materialId}` },
          body: JSON.stringify({ materialId, mediaType, sizeBytes, digest: contentDigest(file.digest) }),
        }
      } finally {
        underWay -= 1
      }
    },
  }
}

const RETRY_AFTER_MS = 5000

/** Gives a file out to who may see it, recorded first. Throws Fault MATERIAL_UNKNOWN, ROLE_NOT_ALLOWED. */
export async function readMaterial(parts: Parts, caller: Caller, materialId: string): Promise<Handled> {
  const material = await parts.store.findMaterial(materialId, materialScope(caller.principal, parts.keyed))
  if (material === null) throw new Fault('MATERIAL_UNKNOWN')
  const record = parts.recording.of(caller, 'material-read', 'answered', {
    caseNo: material.caseNo,
    status: 200,
    answerDigest: parts.recording.digest(material.digest),
  })
  await parts.store.append([record])
  return { recordId: record.id, status: 200, headers: headersOf(material), body: parts.files.read(material) }
}

/**
 * Gives a file out to the city that an address was made for, recorded first. Throws Fault LINK_NOT_GOOD, MATERIAL_UNKNOWN (the city
 * has no case with it any more).
 */
export async function readLinked(
  parts: Parts,
  claims: LinkClaims,
  proof: string,
  by: Pick<Caller, 'requestId' | 'method' | 'route'>,
): Promise<Exclude<Handled, { readonly fault: Fault }>> {
  if (!parts.links.isGood(claims, proof)) throw new Fault('LINK_NOT_GOOD')
  const { city, materialId } = claims
  const material = await parts.store.findMaterial(materialId, { owner: null, cases: { city } })
  if (material === null) throw new Fault('MATERIAL_UNKNOWN')
  const record = parts.recording.own('material-read', 'answered', {
    ...by,
    actor: { role: 'city', issuer: 'link', subject: city, city, hall: null },
    city,
    caseNo: material.caseNo,
    status: 200,
    answerDigest: parts.recording.digest(material.digest),
  })
  await parts.store.append([record])
  return { recordId: record.id, status: 200, headers: headersOf(material), body: parts.files.read(material) }
}

function headersOf({ materialId, mediaType, sizeBytes, digest }: Material): Readonly<Record<string, string>> {
  return {
    'content-type': mediaType,
    'content-length': String(sizeBytes),
    'content-digest': contentDigest(digest),
    // Never shown as a page of ours: what somebody uploaded is not to run beside our own pages.
    'content-disposition': `attachment; filename="${materialId}.${mediaType.split('/')[1]}"`,
    'content-security-policy': 'sandbox',
  }
}

/** A dictionary member of RFC 9530. */
const contentDigest = (hexadecimal: string): string => `sha-256=:${Buffer.from(hexadecimal, 'hex').toString('base64')}:`

/** The uploads that a body names, each once. */
export function uploadsNamed({ materials = [] }: Pick<SubmissionBody, 'materials'>): readonly string[] {
  return [
    ...new Set(materials.flatMap(({ held, materialId }) => (held === 'uploaded' && materialId ? [materialId] : []))),
  ]
}

/** Tells which of the uploads that a body names cannot be used by this caller; `caseNo` is that of a correction, else null. To be thrown where the store has refused them. */
export async function unusableUploads(
  parts: Parts,
  caller: Caller,
  body: SubmissionBody,
  caseNo: string | null,
): Promise<Fault> {
  const scope = materialScope(caller.principal, parts.keyed)
  const errors: FieldError[] = []
  for (const [index, { held, materialId }] of (body.materials ?? []).entries()) {
    if (held !== 'uploaded' || materialId === undefined) continue
    const found = await parts.store.findMaterial(materialId, scope)
    if (found === null || (found.caseNo !== null && found.caseNo !== caseNo)) errors.push(unusable(index))
  }
  return new Fault('FORM_INVALID', { errors })
}

const unusable = (index: number): FieldError => ({
  pointer: `/materials/${index}/materialId`,
  rule: 'material-unusable',
  message: {
    zh: `第 ${index + 1} 份材料的 materialId 不能使用：不是您（或本大厅）上传的，已过期，或已用于另一办件；请重新上传`,
    en: `the materialId of material ${index + 1} cannot be used: it was not uploaded by you (or your hall), has expired, or belongs to another case; upload the file again`,
  },
})

/** Removes uploads that no case has taken for too long, with a record, and files that nothing names. */
async function tidy({ clock, files, recording, store }: Parts, keptWaitingMs: number): Promise<void> {
  const now = clock.now()
  let old: readonly string[]
  do {
    old = await store.forgetMaterials(now - keptWaitingMs, FORGOTTEN_AT_ONCE)
    if (old.length === 0) break
    // Two uploads of one case may share a file; those that wait have each their own.
    await files.remove(old)
    await store.append([recording.own('materials-forgotten', 'forgotten', { counts: { materials: old.length } })])
  } while (old.length === FORGOTTEN_AT_ONCE)
  // What came within the last hours may still be on its way to its row.
  await files.sweep(now - ON_ITS_WAY_MS, (names) => store.unknownMaterialFiles(names))
}

const FORGOTTEN_AT_ONCE = 200
const ON_ITS_WAY_MS = 2 * 3_600_000
const TIDIED_EVERY_MS = 3_600_000

/** Tidies at once and then every hour until disposed; disposing waits for the round under way. */
export function openTidying(
  parts: Parts,
  options: {
    /** Of the gateways that share a store one clears away. */
    readonly duty: Duty
    readonly keptWaitingMs: number
    readonly drafts: DraftLimits
    readonly retention: RetentionDays
    readonly onError: (error: unknown) => void
  },
): AsyncDisposable {
  const closing = new AbortController()
  async function tidyAll(): Promise<void> {
    await tidy(parts, options.keptWaitingMs).catch(options.onError)
    await tidyDrafts(parts, options.drafts).catch(options.onError)
    await applyRetention(parts, options.retention).catch(options.onError)
  }
  async function work(): Promise<void> {
    while (!closing.signal.aborted) {
      if (options.duty.isOurs()) await tidyAll()
      await parts.clock.delay(TIDIED_EVERY_MS, closing.signal).catch(() => undefined)
    }
  }
  const working = work()
  return {
    async [Symbol.asyncDispose]() {
      closing.abort()
      await working
    },
  }
}
