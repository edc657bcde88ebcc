// Holds the schema documents by their $id, and makes one document of several.

import { basename } from 'node:path/posix'

export type Schema = Readonly<Record<string, unknown>>

export interface SchemaFile {
  readonly file: string
  readonly schema: Record<string, unknown>
}

export const SCHEMA_BASE = 'https://schemas.cross-city-gateway.example/'

export interface Schemas {
  /** Path of the file that holds `$id`; null if there is none. */
  fileOf(id: string): string | null
  /** The document as it was written; null if there is none. */
  find(id: string): Schema | null
  /**
   * One document in which every $ref is local (`#/$defs/…`): `id`'s own, with those it refers to as $defs.
   * Throws an Error where a document that it refers to does not exist: the configuration is wrong then.
   */
  bundle(id: string): Record<string, unknown>
  /** The same for a document that stands in no file; its relative references go out from its $id. */
  bundleOf(document: Schema): Record<string, unknown>
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `find` gives the document of an $id; nothing of it is kept here. */
export function openSchemas(find: (id: string) => SchemaFile | undefined): Schemas {
  function bundleOf(document: Schema): Record<string, unknown> {
    const rootId = String(document['$id'])
    const names = new Map<string, string>()
    const defs: Record<string, unknown> = {}

    function nameOf(id: string): string {
      const known = names.get(id)
      if (known !== undefined) return known
      const found = find(id)
      if (found === undefined) throw new Error(`no schema has the $id ${id}`)
      const short = basename(id, '.json')
      const name = Object.hasOwn(defs, short) ? `${short}-${names.size}` : short
      names.set(id, name)
      defs[name] = true // holds the place, so that documents may refer to each other
      defs[name] = rewritten(found.schema, id)
      return name
    }

    function rewritten(value: unknown, base: string): unknown {
      if (Array.isArray(value)) return value.map((entry) => rewritten(entry, base))
      if (!isObject(value)) return value
      const copy: Record<string, unknown> = {}
      for (const [key, entry] of Object.entries(value)) {
        if (key === '$id' || key === '$schema') continue
        copy[key] = key === '$ref' && typeof entry === 'string' ? localReference(entry, base) : rewritten(entry, base)
      }
      return copy
    }

    function localReference(reference: string, base: string): string {
      const target = new URL(reference, base)
      const fragment = target.hash.slice(1)
      target.hash = ''
      if (target.href === rootId) return `#${fragment}`
      return `#/$defs/${nameOf(target.href)}${fragment}`
    }

    const body = rewritten(document, rootId) as Record<string, unknown>
    const own = isObject(body['$defs']) ? body['$defs'] : {}
    const all = { ...own, ...Object.fromEntries(Object.entries(defs).sort(([a], [b]) => (a < b ? -1 : 1))) }
    const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', $id: rootId }
    return Object.keys(all).length === 0 ? { ...head, ...body } : { ...head, ...body, $defs: all }
  }

  return {
    fileOf: (id) => find(id)?.file ?? null,
    find: (id) => find(id)?.schema ?? null,
    bundle(id) {
      const found = find(id)
      if (found === undefined) throw new Error(`no schema has the $id ${id}`)
      return bundleOf(found.schema)
    },
    bundleOf,
  }
}
