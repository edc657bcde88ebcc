// Copies a log to a folder: checkpoint, tiles, entries and keys, as static files that any tlog-tiles client can read.

import { existsSync } from 'node:fs'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readCheckpoint } from '../../audit/log/checkpoint.ts'
import { readNote } from '../../audit/log/note.ts'
import { TILE_WIDTH, hashesAtLevel, levelsOf, tilePath, type TileName } from '../../audit/log/tile.ts'
import { CommandError } from '../output.ts'
import { readPart, type ShardPlace, type Source } from './source.ts'

/** Parts fetched at once. */
const AT_ONCE = 8

/** Whole or not at all: a copy that was cut off goes on where it was, and never with half a file. */
async function put(folder: string, name: string, bytes: string | Uint8Array): Promise<void> {
  const file = join(folder, name)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}.new`, bytes)
  await rename(`${file}.new`, file)
}

function tilesOf(size: number): readonly TileName[] {
  const tiles: TileName[] = []
  for (const level of [null, ...Array.from({ length: levelsOf(size) }, (_, at) => at)]) {
    const hashes = hashesAtLevel(size, level ?? 0)
    for (let index = 0; index * TILE_WIDTH < hashes; index++) {
      tiles.push({ level, index, width: Math.min(TILE_WIDTH, hashes - index * TILE_WIDTH) })
    }
  }
  return tiles
}

/**
 * The checkpoint is read first and written last, so that what it covers is there. Parts that are there already are kept, since
 * they never change: a second export into the same folder fetches only what has come since. Gives the number of entries.
 */
export async function exportShard(
  { year, prefix }: ShardPlace,
  folder: string,
  onProgress: (parts: number, of: number) => void,
): Promise<number> {
  const into = year === null ? folder : join(folder, String(year))
  const checkpoint = await readPart(prefix, 'checkpoint')
  const signed = checkpoint === null ? null : readCheckpoint(readNote(checkpoint.toString())?.text ?? '')
  if (checkpoint === null || signed === null)
    throw new CommandError(1, `${prefix} 没有检查点。`, `There is no checkpoint at ${prefix}.`)
  const witnessed = await readPart(prefix, 'witnessed')
  const names = tilesOf(signed.size).map((tile) => `tile/${tilePath(tile)}`)
  const total = names.length
  let done = 0
  async function copy(): Promise<void> {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      if (!existsSync(join(into, name))) {
        const bytes = await readPart(prefix, name)
        if (bytes === null) throw new CommandError(1, `${prefix}/${name} 缺失。`, `${prefix}/${name} is missing.`)
        await put(into, name, bytes)
      }
      done += 1
      onProgress(done, total)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, copy))
  if (witnessed !== null) await put(into, 'witnessed', witnessed)
  await put(into, 'checkpoint', checkpoint)
  return signed.size
}

export async function exportKeys({ keys, successions }: Source, folder: string): Promise<void> {
  await put(folder, 'audit-keys', keys)
  await put(folder, 'audit-key-successions', `${JSON.stringify({ successions, next: null })}\n`)
}
