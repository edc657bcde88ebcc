// Uploaded files on the disk: encrypted, read back only as they were, and nothing left of what did not arrive.

import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { MaterialFile, MaterialFiles } from '../../src/domain/material.ts'
import { materialFolder, openMaterialFiles } from '../../src/store/material-files.ts'
import { systemIds } from '../../src/system.ts'

const MAX = 300_000
const PIECE = 64 * 1024

function opened(t: Test): { files: MaterialFiles; folder: string } {
  const dataDir = mkdtempSync(join(tmpdir(), 'materials-'))
  t.teardown(() => rmSync(dataDir, { recursive: true }))
  return { files: openMaterialFiles({ dataDir, ids: systemIds }), folder: materialFolder(dataDir) }
}

async function* inChunks(content: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size)
}

const pdf = (size: number): Buffer => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(Math.max(0, size - 9))])

async function readBack(files: MaterialFiles, file: MaterialFile): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of files.read(file)) pieces.push(piece)
  return Buffer.concat(pieces)
}

t.test('a file of any size comes back as it came', async (t) => {
  const { files, folder } = opened(t)
  for (const size of [9, 10, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]) {
    const content = pdf(size)
    const file = await files.receive({ bytes: inChunks(content, 7001), sizeBytesMax: MAX })
    t.match(file, { mediaType: 'application/pdf', sizeBytes: content.length })
    t.equal(file.digest, createHash('sha256').update(content).digest('hex'))
    t.ok((await readBack(files, file)).equals(content), `${size} bytes`)
    const stored = readFileSync(join(folder, file.file))
    t.notOk(stored.includes('%PDF'), 'nothing of it stands on the disk in plain')
  }
})

t.test('the content says what a file is, and what it may not be', async (t) => {
  const { files, folder } = opened(t)
  for (const [start, type] of [
    [Buffer.from('%PDF-2.0'), 'application/pdf'],
    [Buffer.from([0xff, 0xd8, 0xff, 0xe0]), 'image/jpeg'],
    [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]), 'image/png'],
  ] as const) {
    const { mediaType } = await files.receive({ bytes: inChunks(start, 1), sizeBytesMax: MAX })
    t.equal(mediaType, type)
  }
  const before = readdirSync(folder).length
  for (const content of ['<html>', 'MZ', 'PK\u0003\u0004', ' %PDF-1.7', '%PDF', '<?xml version="1.0"?>']) {
    const refused = files.receive({ bytes: inChunks(Buffer.from(content), 3), sizeBytesMax: MAX })
    await t.rejects(refused, { code: 'MATERIAL_TYPE_REFUSED' }, content)
  }
  await t.rejects(files.receive({ bytes: inChunks(Buffer.alloc(0), 1), sizeBytesMax: MAX }), { code: 'MATERIAL_EMPTY' })
  t.equal(readdirSync(folder).length, before, 'nothing is left of them')
})

t.test('what is too large, or breaks off, leaves nothing', async (t) => {
  const { files, folder } = opened(t)
  const exactly = await files.receive({ bytes: inChunks(pdf(MAX), 10_000), sizeBytesMax: MAX })
  t.equal(exactly.sizeBytes, MAX)
  let asked = 0
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) {
      asked += 1
      yield asked === 1 ? pdf(10_000) : randomBytes(10_000)
    }
  }
  await t.rejects(files.receive({ bytes: endless(), sizeBytesMax: MAX }), { code: 'MATERIAL_TOO_LARGE' })
  t.ok(asked <= MAX / 10_000 + 1, 'no more is read than shows that it is too large')
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield pdf(2 * PIECE)
    throw new Error('gone')
  }
  await t.rejects(files.receive({ bytes: broken(), sizeBytesMax: MAX }), /gone/)
  t.same(readdirSync(folder), [exactly.file])
})

t.test('a stored file that was changed, cut, put together anew or exchanged is not given out', async (t) => {
  const { files, folder } = opened(t)
  const content = pdf(3 * PIECE + 100)
  const receive = () => files.receive({ bytes: inChunks(content, 5000), sizeBytesMax: MAX })
  const stored = PIECE + 16
  for (const [what, tamper] of [
    ['a bit changed in the first piece', (bytes: Buffer) => flip(bytes, 100)],
    ['a bit changed in the last piece', (bytes: Buffer) => flip(bytes, 3 * stored + 5)],
    ['a bit changed in a tag', (bytes: Buffer) => flip(bytes, stored - 1)],
    ['its end cut off', (bytes: Buffer) => bytes.subarray(0, 3 * stored)],
    ['a piece cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    [
      'two pieces exchanged',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(stored, 2 * stored), bytes.subarray(0, stored), bytes.subarray(2 * stored)]),
    ],
    [
      'a piece twice',
      (bytes: Buffer) =>
        Buffer.concat([bytes.subarray(0, stored), bytes.subarray(0, stored), bytes.subarray(2 * stored)]),
    ],
  ] as const) {
    const file = await receive()
    const path = join(folder, file.file)
    const changed = tamper(readFileSync(path))
    truncateSync(path)
    writeFileSync(path, changed)
    await t.rejects(readBack(files, file), { code: 'STORE_UNAVAILABLE' }, what)
  }
  const [one, other] = [await receive(), await receive()]
  await t.rejects(readBack(files, { ...one, file: other.file }), { code: 'STORE_UNAVAILABLE' }, 'another file’s bytes')
  await t.rejects(
    readBack(files, { ...one, sizeBytes: 2 * PIECE }),
    { code: 'STORE_UNAVAILABLE' },
    'shortened by its row',
  )
  await files.remove([one.file, one.file, 'never-there'])
  await t.rejects(readBack(files, one), { code: 'STORE_UNAVAILABLE' }, 'removed')
})

function flip(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at)
  return bytes
}

t.test('tidying removes what nothing names, unless it may still be on its way', async (t) => {
  const { files, folder } = opened(t)
  const receive = () => files.receive({ bytes: inChunks(pdf(100), 100), sizeBytesMax: MAX })
  const [known, unnamed, young] = [await receive(), await receive(), await receive()]
  writeFileSync(join(folder, 'half.part'), 'left by a crash')
  const HOUR = 3600
  const now = Date.now() / 1000
  for (const name of [known.file, unnamed.file, 'half.part']) utimesSync(join(folder, name), now - HOUR, now - HOUR)
  const asked: string[] = []
  const removed = await files.sweep((now - HOUR / 2) * 1000, async (names) => {
    asked.push(...names)
    return names.filter((name) => name !== known.file)
  })
  t.equal(removed, 2)
  t.same(asked.toSorted(), [known.file, unnamed.file, 'half.part'].toSorted())
  t.same(readdirSync(folder).toSorted(), [known.file, young.file].toSorted())
})
