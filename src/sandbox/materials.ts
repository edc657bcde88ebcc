// The files that a city was handed for an application or a correction, with their bytes; on disk before anybody is told.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, openJournal, readJournal, replaceBytes } from './disk.ts'

export interface CityMaterial {
  /** Ours, of the application that will name it or has named it. */
  readonly reference: string
  readonly materialId: string
  /** Of the item's list of materials. */
  readonly code: string
  readonly name: string
  readonly mediaType: string
  /** SHA-256 in lower-case hex, as the caller states it. */
  readonly digest: string
  readonly bytes: Buffer
}

/** What a city keeps of a file beside its bytes. */
export type KeptMaterial = Omit<CityMaterial, 'bytes'> & {
  readonly size: number
  /** RFC 3339. */
  readonly at: string
}

/**
 * taken: also where the same came before. other-content: another file came before under this id; it stands. misfit: what is wrong
 * with the file. Only `taken` has an effect.
 */
export type HandedOver =
  | { readonly kind: 'taken' | 'other-content' }
  | { readonly kind: 'misfit'; readonly what: 'size' | 'digest' | 'media-type' | 'name' }

export interface Materials extends AsyncDisposable {
  /** Resolves once the file is on disk. */
  take(material: CityMaterial): Promise<HandedOver>
  /** Null if no file came under this reference and id. */
  find(reference: string, materialId: string): KeptMaterial | null
}

/** 20 MiB. */
export const MATERIAL_BYTES_MAX = 20 * 1024 * 1024

/** How a file of each type begins. */
const BEGINNINGS: Readonly<Record<string, Buffer>> = {
  'application/pdf': Buffer.from('%PDF-'),
  'image/jpeg': Buffer.of(0xff, 0xd8, 0xff),
  'image/png': Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
}
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Opens the files of one city: a journal in `path`, the bytes in `folder`, one file a digest, called by it. */
export async function openMaterials(options: { readonly path: string; readonly folder: string }): Promise<Materials> {
  const kept = new Map<string, { readonly material: KeptMaterial; readonly durable: Promise<void> }>()
  const keyOf = (reference: string, materialId: string): string => `${reference} ${materialId}`
  for (const material of readJournal(options.path) as readonly KeptMaterial[]) {
    kept.set(keyOf(material.reference, material.materialId), { material, durable: Promise.resolve() })
  }
  const journal = await openJournal(options.path)

  async function write(material: KeptMaterial, bytes: Buffer): Promise<void> {
    const path = join(options.folder, material.digest)
    makeFolder(options.folder)
    if (!existsSync(path)) await replaceBytes(path, bytes)
    await journal.append(material)
  }

  return {
    async take({ bytes, ...given }) {
      const key = keyOf(given.reference, given.materialId)
      const wrong = misfitOf({ bytes, ...given })
      if (wrong !== null) return { kind: 'misfit', what: wrong }
      const known = kept.get(key)
      if (known !== undefined) {
        await known.durable
        return { kind: known.material.digest === given.digest ? 'taken' : 'other-content' }
      }
      const material: KeptMaterial = { ...given, size: bytes.length, at: new Date().toISOString() }
      const durable = write(material, bytes)
      kept.set(key, { material, durable })
      try {
        await durable
      } catch (error) {
        kept.delete(key)
        throw error
      }
      return { kind: 'taken' }
    },
    find: (reference, materialId) => kept.get(keyOf(reference, materialId))?.material ?? null,
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]()
    },
  }
}

function misfitOf({ name, mediaType, digest, bytes }: CityMaterial): 'size' | 'digest' | 'media-type' | 'name' | null {
  if (!NAME.test(name)) return 'name'
  if (bytes.length === 0 || bytes.length > MATERIAL_BYTES_MAX) return 'size'
  if (createHash('sha256').update(bytes).digest('hex') !== digest) return 'digest'
  const beginning = Object.hasOwn(BEGINNINGS, mediaType) ? BEGINNINGS[mediaType] : undefined
  return beginning !== undefined && bytes.subarray(0, beginning.length).equals(beginning) ? null : 'media-type'
}
