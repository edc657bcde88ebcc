// The bytes of uploaded files: encrypted piece by piece into files of the data folder, and read back only as they were.

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { open, opendir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../domain/fault.ts'
import type { Ids } from '../domain/ids.ts'
import type { MaterialFile, MaterialFiles, MaterialType } from '../domain/material.ts'
import { syncFolder } from './keys.ts'

/** How much of a file is encrypted at once: its proof (tag) covers so much, and no more of it is ever in memory. */
const PIECE_BYTES = 64 * 1024
const NONCE_BYTES = 12
const TAG_BYTES = 16
const STORED_PIECE_BYTES = PIECE_BYTES + TAG_BYTES
const KEY_BYTES = 32

const UNFINISHED = '.part'
const SWEPT_AT_ONCE = 500

export const materialFolder = (dataDir: string): string => join(dataDir, 'materials')

export interface MaterialFilesOptions {
  readonly dataDir: string
  readonly ids: Pick<Ids, 'bytes'>
}

export function openMaterialFiles({ dataDir, ids }: MaterialFilesOptions): MaterialFiles {
  const folder = materialFolder(dataDir)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  syncFolder(dataDir)

  return {
    async receive({ bytes: incoming, sizeBytesMax }) {
      const file = ids.bytes(16).toString('hex')
      const key = ids.bytes(KEY_BYTES)
      const draft = join(folder, file + UNFINISHED)
      const handle = await orUnavailable(open(draft, 'wx', 0o600))
      try {
        const written = await write(handle, key, incoming, sizeBytesMax)
        await orUnavailable(handle.datasync())
        await handle.close()
        await orUnavailable(rename(draft, join(folder, file)).then(() => syncNames(folder)))
        return { file, key, ...written }
      } catch (error) {
        await handle.close().catch(() => undefined)
        await rm(draft, { force: true }).catch(() => undefined)
        throw error
      }
    },

    read: (material) => readPieces(join(folder, material.file), material),

    async remove(files) {
      for (const file of files) await rm(join(folder, file), { force: true })
    },

    async sweep(untouchedSince, unknownOf) {
      let removed = 0
      let old: string[] = []
      const removeUnknown = async (): Promise<void> => {
        const unknown = await unknownOf(old)
        old = []
        for (const file of unknown) await rm(join(folder, file), { force: true })
        removed += unknown.length
      }
      for await (const { name } of await opendir(folder)) {
        const { mtimeMs } = await stat(join(folder, name)).catch(() => ({ mtimeMs: Infinity }))
        if (mtimeMs < untouchedSince) old.push(name)
        if (old.length === SWEPT_AT_ONCE) await removeUnknown()
      }
      await removeUnknown()
      return removed
    },
  }
}

/** As `syncFolder`, without holding up the event loop. */
async function syncNames(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

type Written = Omit<MaterialFile, 'file' | 'key'>

async function write(
  handle: FileHandle,
  key: Uint8Array,
  incoming: AsyncIterable<Uint8Array>,
  sizeBytesMax: number,
): Promise<Written> {
  const hash = createHash('sha256')
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let filled = 0
  let index = 0
  let sizeBytes = 0
  const types: MaterialType[] = []

  async function flush(isLast: boolean): Promise<void> {
    const content = piece.subarray(0, filled)
    if (index === 0) types.push(typeOf(content))
    hash.update(content)
    await orUnavailable(handle.writev([...seal(key, index, isLast, content)]))
    index += 1
    filled = 0
  }

  for await (const chunk of incoming) {
    sizeBytes += chunk.length
    if (sizeBytes > sizeBytesMax) throw new Fault('MATERIAL_TOO_LARGE')
    for (let at = 0; at < chunk.length;) {
      if (filled === PIECE_BYTES) await flush(false)
      const taken = Math.min(PIECE_BYTES - filled, chunk.length - at)
      piece.set(chunk.subarray(at, at + taken), filled)
      filled += taken
      at += taken
    }
  }
  if (sizeBytes > 0) await flush(true)
  const [mediaType] = types
  if (mediaType === undefined) throw new Fault('MATERIAL_EMPTY')
  return { mediaType, sizeBytes, digest: hash.digest('hex') }
}

/** Position and end are part of the nonce, as in the STREAM construction: pieces cannot be swapped, repeated or cut off. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(NONCE_BYTES)
  nonce.writeUInt32BE(index, 0)
  nonce.writeUInt8(isLast ? 1 : 0, NONCE_BYTES - 1)
  return nonce
}

/** A key encrypts one file only, so that the nonces may be counted. */
function seal(key: Uint8Array, index: number, isLast: boolean, content: Buffer): readonly [Buffer, Buffer] {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index, isLast), { authTagLength: TAG_BYTES })
  const ciphertext = cipher.update(content)
  cipher.final()
  return [ciphertext, cipher.getAuthTag()]
}

async function* readPieces(path: string, { key, sizeBytes }: MaterialFile): AsyncGenerator<Buffer> {
  const handle = await orUnavailable(open(path, 'r'))
  try {
    const stored = Buffer.allocUnsafe(STORED_PIECE_BYTES)
    let left = sizeBytes
    for (let index = 0; left > 0; index++) {
      const length = Math.min(PIECE_BYTES, left)
      left -= length
      const { bytesRead } = await orUnavailable(handle.read(stored, 0, length + TAG_BYTES))
      if (bytesRead !== length + TAG_BYTES) throw damaged('shorter than it was')
      const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index, left === 0), { authTagLength: TAG_BYTES })
      decipher.setAuthTag(stored.subarray(length, length + TAG_BYTES))
      const content = decipher.update(stored.subarray(0, length))
      try {
        decipher.final()
      } catch (error) {
        throw damaged('changed', error)
      }
      yield content
    }
  } finally {
    await handle.close()
  }
}

const damaged = (how: string, cause?: unknown): Fault =>
  new Fault('STORE_UNAVAILABLE', { cause: new Error(`a stored material is ${how}`, { cause }) })

/** A disk that is full or fails is ours to mend; nothing was kept. */
async function orUnavailable<Result>(doing: Promise<Result>): Promise<Result> {
  try {
    return await doing
  } catch (error) {
    throw new Fault('STORE_UNAVAILABLE', { cause: error })
  }
}

const SIGNATURES: readonly (readonly [MaterialType, Buffer])[] = [
  ['application/pdf', Buffer.from('%PDF-')],
  ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff])],
  ['image/png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])],
]

/** By the first bytes, as each format's own standard has them (ISO 32000-2 7.5.2, ITU-T T.81 B.1.1.3, RFC 2083 3.1). */
function typeOf(start: Buffer): MaterialType {
  const found = SIGNATURES.find(([, signature]) => start.subarray(0, signature.length).equals(signature))
  if (found === undefined) throw new Fault('MATERIAL_TYPE_REFUSED')
  return found[0]
}
