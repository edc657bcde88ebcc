// Reads a log's parts out of a gateway's own data folder or database, by the names that they have elsewhere.

import { join } from 'node:path'
import { verifiersOf } from '../../audit/log/names.ts'
import { vkeyOf } from '../../audit/log/note.ts'
import { readTilePath } from '../../audit/log/tile.ts'
import { openDatabaseEvidence } from '../../store/postgres/evidence.ts'
import { openEvidence, type Evidence } from '../../store/read-evidence.ts'
import { CommandError } from '../output.ts'
import type { Source } from './source.ts'

const isDatabase = (place: string): boolean => /^postgres(?:ql)?:\/\//.test(place)

/** In a name of a place, between the data folder and the year. */
const WITHIN = 'store.sqlite'

/** Opened once in each thread. */
const opened = new Map<string, Evidence | null>()

function reading<Value>(folder: string, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandError(
      1,
      `无法读取 ${folder} 中的数据库（${why}）。`,
      `Cannot read the database in ${folder} (${why}).`,
    )
  }
}

function evidenceIn(folder: string): Evidence | null {
  const known = opened.get(folder)
  if (known !== undefined) return known
  const evidence = reading(folder, () => (isDatabase(folder) ? openDatabaseEvidence(folder) : openEvidence(folder)))
  opened.set(folder, evidence)
  return evidence
}

const prefixOf = (folder: string, year: number): string =>
  isDatabase(folder) ? `${folder}/${WITHIN}/${year}` : join(folder, WITHIN, String(year))

/** As it is now. Null if this is neither a data folder nor the address of a database. Throws CommandError if its database cannot be read. */
export function openDataFolder(folder: string): Source | null {
  opened.get(folder)?.[Symbol.dispose]()
  opened.delete(folder)
  const evidence = evidenceIn(folder)
  if (evidence === null) return null
  return reading(folder, () => {
    const shards = evidence.shards()
    const keys = evidence.keys()
    return {
      shards: shards.map(({ year }) => ({ year, prefix: prefixOf(folder, year) })),
      keys: verifiersOf(keys, shards)
        .map((verifier) => `${vkeyOf(verifier)}\n`)
        .join(''),
      successions: keys.flatMap(({ succession }) => (succession === null ? [] : [succession])),
    }
  })
}

/** One part of a year's log; null if there is none. Undefined if the prefix is not one of a data folder. */
export function readFromDataFolder(prefix: string, name: string): Buffer | null | undefined {
  const match = /^(.*)[\\/]store\.sqlite[\\/](\d{4})$/.exec(prefix)
  const [, folder = '', digits] = match ?? []
  const evidence = match === null ? null : evidenceIn(folder)
  if (evidence === null) return undefined
  return reading(folder, () => partOf(evidence, Number(digits), name))
}

function partOf(evidence: Evidence, year: number, name: string): Buffer | null {
  if (name === 'checkpoint' || name === 'witnessed') {
    const text = evidence.shards().find((shard) => shard.year === year)?.[name] ?? null
    return text === null ? null : Buffer.from(text)
  }
  const tile = readTilePath(name.replace(/^tile\//, ''))
  if (tile === null) return null
  const { level, index, width } = tile
  return level === null ? evidence.entries(year, index, width) : evidence.tile(year, level, index, width)
}
