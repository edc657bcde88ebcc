// How cities write lists: as lists, as one element for each entry, or texts joined into one.

import type { MappingConfig, Tree } from '../mapping.ts'

/** One way of writing and reading; `depth` is how many objects it stands in. */
export interface Way {
  /** Null where the value is none of this kind. */
  readonly write: (ours: unknown) => Tree | null
  /** Never throws; what does not read comes back as it is. */
  readonly read: (theirs: unknown, depth: number) => unknown
}

export interface ListWays {
  /** A list of objects, each written by `entry`. */
  readonly list: (entry: Way) => Way
  /** A list of plain texts. */
  readonly texts: (entry: Way) => Way
}

export function listWaysOf(lists: MappingConfig['lists'] = 'array'): ListWays {
  if (lists === 'array') return { list: arrayOf, texts: arrayOf }
  if ('joined' in lists) return { list: arrayOf, texts: (entry) => joinedOf(entry, lists.joined) }
  return { list: (entry) => rowsOf(entry, lists.rows), texts: (entry) => rowsOf(entry, lists.rows) }
}

function entriesOf(ours: unknown, entry: Way): readonly Tree[] | null {
  if (!Array.isArray(ours)) return null
  const entries = ours.map(entry.write)
  return entries.includes(null) ? null : (entries as readonly Tree[])
}

function arrayOf(entry: Way): Way {
  return {
    write: (ours) => entriesOf(ours, entry),
    read: (theirs, depth) => (Array.isArray(theirs) ? theirs.map((one) => entry.read(one, depth)) : theirs),
  }
}

/** Without entries the element is empty. */
function rowsOf(entry: Way, name: string): Way {
  return {
    write(ours) {
      const rows = entriesOf(ours, entry)
      return rows === null ? null : rows.length === 0 ? '' : { [name]: rows }
    },
    read(theirs, depth) {
      if (theirs === '') return []
      if (typeof theirs !== 'object' || theirs === null || !Object.hasOwn(theirs, name)) return theirs
      const rows = (theirs as Readonly<Record<string, unknown>>)[name]
      return [rows].flat().map((row) => entry.read(row, depth))
    },
  }
}

/** Within an entry `\` stands before the separator and before itself. Without entries the text is empty. */
function joinedOf(entry: Way, separator: string): Way {
  return {
    write(ours) {
      const texts = entriesOf(ours, entry) as readonly string[] | null
      const escaped = texts?.map((text) => text.replaceAll('\\', '\\\\').replaceAll(separator, `\\${separator}`))
      return escaped?.join(separator) ?? null
    },
    read(theirs, depth) {
      const texts = typeof theirs === 'string' ? split(theirs, separator) : null
      return texts?.map((text) => entry.read(text, depth)) ?? theirs
    },
  }
}

/** Null where a `\` stands before anything else. */
function split(text: string, separator: string): readonly string[] | null {
  if (text === '') return []
  const entries: string[] = []
  let entry = ''
  for (let index = 0; index < text.length; index += 1) {
    let character = text.charAt(index)
    if (character === separator) {
      entries.push(entry)
      entry = ''
      continue
    }
    if (character === '\\') {
      index += 1
      character = text.charAt(index)
      if (character !== '\\' && character !== separator) return null
    }
    entry += character
  }
  return [...entries, entry]
}
