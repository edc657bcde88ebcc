// An uploaded material: a file that somebody handed in, before and after it belongs to a case.

import type { RecordDraft } from './audit.ts'
import type { CaseScope } from './store.ts'

/** Types that are taken, by what the file holds; what its sender calls it does not count. */
export const MATERIAL_TYPES = ['application/pdf', 'image/jpeg', 'image/png'] as const
export type MaterialType = (typeof MATERIAL_TYPES)[number]

/** A file that has been taken in whole: its bytes are on disk, encrypted under `key`. */
export interface MaterialFile {
  /** Name of the stored file: random, nothing of its content. */
  readonly file: string
  /** 32 bytes; of this file alone, so that erasing the key erases the file. */
  readonly key: Uint8Array
  readonly mediaType: MaterialType
  readonly sizeBytes: number
  /** SHA-256 of the content as it came, hexadecimal. */
  readonly digest: string
}

/** Whose an upload is until a case takes it: all clerks of a hall, or one person (keyed HMAC). */
export type MaterialOwner = { readonly hall: string } | { readonly subjectKey: string }

export interface NewMaterial extends MaterialFile {
  /** 20 characters of Crockford's base 32: 100 random bits. */
  readonly materialId: string
  readonly owner: MaterialOwner
  readonly uploadedAt: number
  /** How many files of an owner may wait for a case. */
  readonly waitingMax: number
  readonly record: RecordDraft
}

/**
 * kept: this file. known: the owner has uploaded the same content before, and it still waits for a case: that one stands.
 * too-many: the owner has as many waiting as there may be.
 */
export type MaterialKept =
  { readonly kind: 'kept' | 'known'; readonly materialId: string } | { readonly kind: 'too-many' }

export interface Material extends MaterialFile {
  readonly materialId: string
  readonly uploadedAt: number
  /** Null until a case has taken it. */
  readonly caseNo: string | null
}

/** Who asks for a file: its owner while it waits, those who may see its case afterwards. */
export interface MaterialScope {
  readonly owner: MaterialOwner | null
  readonly cases: CaseScope
}

/** A file as it comes in. */
export interface Incoming {
  readonly bytes: AsyncIterable<Uint8Array>
  readonly sizeBytesMax: number
}

/**
 * Where the bytes of uploaded files are. Throws Fault MATERIAL_TOO_LARGE, MATERIAL_EMPTY, MATERIAL_TYPE_REFUSED,
 * STORE_UNAVAILABLE, or whatever the incoming stream throws.
 */
export interface MaterialFiles {
  /**
   * Takes a file in as it comes, encrypting it piece by piece: at no time is more than a piece of it in memory. It is on disk
   * when this resolves; when it rejects, nothing is left. What a crash leaves of an unfinished file, `sweep` removes.
   */
  receive(incoming: Incoming): Promise<MaterialFile>
  /** The content, piece by piece; each has been proven to be what was stored before it is given out. */
  read(material: MaterialFile): AsyncIterable<Buffer>
  /** Removes files; those that are not there any more are no fault. */
  remove(files: readonly string[]): Promise<void>
  /**
   * Removes what nothing knows of: files that a crash has left between their bytes and their row, and those that a case has a
   * second time. Files touched later (milliseconds since 1970) may still be on their way to a row. Resolves with how many.
   */
  sweep(untouchedSince: number, unknownOf: (files: readonly string[]) => Promise<readonly string[]>): Promise<number>
}
