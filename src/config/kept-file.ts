// The file in which a checked configuration is kept: written whole once, then read part by part as parts are asked for.

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { deserialize, serialize } from 'node:v8'
import { LRUCache } from 'lru-cache'
import { stockOf } from '../catalogue/stock.ts'
import type { CatalogueFiles, CatalogueStock } from '../catalogue/stock.ts'
import type { SchemaFile } from '../catalogue/schemas.ts'
import type { CityConfig } from '../cities/config.ts'
import type { CityItem } from '../domain/city-item.ts'
import type { Item } from '../domain/item.ts'
import { deepFreeze } from './freeze.ts'
import { indexedWords, matchOf } from './kept-search.ts'
import type { WrittenConfig } from './snapshot.ts'

// Bytes as they are in the file; in memory a part takes some four times as much.
const IN_MEMORY_BYTES_MAX = 4 * 1024 * 1024

// The words are only looked up, never read back: neither their text nor its length is kept.
const TABLES = `
  CREATE TABLE part (kind TEXT, name TEXT, value BLOB NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, name));
  CREATE TABLE place (position INTEGER PRIMARY KEY, code TEXT NOT NULL);
  CREATE VIRTUAL TABLE word USING fts5(pairs, content = '', columnsize = 0, tokenize = 'ascii');
`

type Kind = 'written' | 'item' | 'schema' | 'sample' | 'difference'

/** Writes beside `path` and renames when all is on disk: under that name stands the whole file or none. */
export function writeKept(path: string, { cities, ...written }: WrittenConfig, files: CatalogueFiles): void {
  const beside = `${path}.${process.pid}.tmp`
  rmSync(beside, { force: true })
  const database = new DatabaseSync(beside)
  database.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; ${TABLES}`)
  const insert = database.prepare('INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)')
  const put = (kind: Kind, name: string, value: unknown): void => {
    const bytes = serialize(value)
    insert.run(kind, name, bytes, digestOf(bytes))
  }
  put('written', '', { ...written, cities: cities.map(withoutDifferences) })
  for (const city of cities) {
    for (const [code, difference] of Object.entries(city.items ?? {}))
      put('difference', `${city.key}/${code}`, difference)
  }
  for (const file of files.schemas) put('schema', String(file.schema['$id']), file)
  for (const [code, sample] of files.samples) put('sample', code, sample)
  const place = database.prepare('INSERT INTO place VALUES (?, ?)')
  const word = database.prepare('INSERT INTO word (rowid, pairs) VALUES (?, ?)')
  const { difference } = stockOf(files, cities)
  for (const [position, item] of files.items.entries()) {
    const offering = cities.filter(({ key }) => difference(key, item.code)?.offered !== false)
    put('item', item.code, item)
    place.run(position, item.code)
    word.run(
      position,
      indexedWords(
        item,
        offering.map(({ key }) => key),
      ),
    )
  }
  database.exec("INSERT INTO word (word) VALUES ('optimize'); COMMIT")
  database.close()
  sync(beside)
  renameSync(beside, path)
  sync(dirname(path))
}

/**
 * Opens what `writeKept` wrote. `onDamage` is told before an Error is thrown for a part that is not as it was written: what
 * is served is what was checked, or nothing.
 */
export function openKept(
  path: string,
  onDamage: () => void,
): { readonly written: WrittenConfig; readonly stock: CatalogueStock } {
  const database = new DatabaseSync(path, { readOnly: true })
  const select = database.prepare('SELECT value, digest FROM part WHERE kind = ? AND name = ?')
  const match = database.prepare('SELECT rowid FROM word WHERE word MATCH ? AND rowid >= ? ORDER BY rowid LIMIT ?')
  const codes = database.prepare('SELECT code FROM place ORDER BY position')
  const codeAt = database.prepare('SELECT code FROM place WHERE position = ?')
  const names = database.prepare('SELECT name FROM part WHERE kind = ?')
  const known = new LRUCache<string, { readonly part: unknown }>({ maxSize: IN_MEMORY_BYTES_MAX })

  function read(kind: Kind, name: string): { readonly part: unknown; readonly size: number } {
    try {
      const row = select.get(kind, name) as { readonly value: Uint8Array; readonly digest: string } | undefined
      if (row === undefined) return { part: undefined, size: 64 }
      if (digestOf(row.value) !== row.digest) throw new Error('it is not as it was written')
      return { part: deepFreeze(deserialize(row.value)), size: row.value.length }
    } catch (cause) {
      onDamage()
      throw new Error(`${path} is damaged: ${kind} ${name}`, { cause })
    }
  }

  function get(kind: Kind, name: string): unknown {
    const key = `${kind} ${name}`
    const before = known.get(key)
    if (before !== undefined) return before.part
    const { part, size } = read(kind, name)
    known.set(key, { part }, { size })
    return part
  }

  const item = (code: string): Item | undefined => get('item', code) as Item | undefined
  const itemsOf = (rows: readonly { readonly code?: unknown }[]): Item[] =>
    rows.map(({ code }) => item(String(code))).filter((found) => found !== undefined)
  const items = (): readonly Item[] => itemsOf(codes.all())
  const all = (kind: Kind): [string, unknown][] =>
    names.all(kind).map(({ name }) => [String(name), read(kind, String(name)).part])

  return {
    written: read('written', '').part as WrittenConfig,
    stock: {
      item,
      schema: (id) => get('schema', id) as SchemaFile | undefined,
      sample: (code) => get('sample', code),
      difference: (city, code) => get('difference', `${city}/${code}`) as CityItem | undefined,
      search(wish, from, limit) {
        const found = match.all(matchOf(wish), from, limit + 1).map(({ rowid }) => Number(rowid))
        const page = found.slice(0, limit).map((position) => ({ code: codeAt.get(position)?.['code'] }))
        return { items: itemsOf(page), next: found[limit] ?? null }
      },
      items,
      files: () => ({
        items: items(),
        schemas: all('schema').map(([, file]) => file as SchemaFile),
        samples: new Map(all('sample')),
      }),
    },
  }
}

function withoutDifferences(city: CityConfig): CityConfig {
  const { items: _, ...rest } = city
  return rest
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

function sync(path: string): void {
  const file = openSync(path, 'r')
  fsyncSync(file)
  closeSync(file)
}
