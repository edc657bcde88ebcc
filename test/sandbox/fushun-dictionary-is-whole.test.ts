// The dictionary of Fushun has one tag and one type for every member of every form and answer, and the document lists the same.

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { BY_NAME, BY_TAG, DICTIONARY } from '../../src/sandbox/protocols/fushun-dictionary.ts'

const root = join(import.meta.dirname, '../..')

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema | boolean>>
  readonly items?: Schema
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Schema

/** Each member of a schema, with what its references say; conditions add no members of their own. */
function* members(schema: Schema, file: string): Generator<readonly [string, Schema]> {
  if (schema.items !== undefined) yield* members(...resolved(schema.items, file))
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    if (typeof member === 'boolean') continue
    const [whole, from] = resolved(member, file)
    yield [name, whole]
    yield* members(whole, from)
  }
}

function resolved(schema: Schema, file: string): [Schema, string] {
  if (schema.$ref === undefined) return [schema, file]
  const target = resolve(dirname(file), schema.$ref)
  return [{ ...read(target), ...schema, $ref: '' }, target]
}

function typeOf({ type, format = '' }: Schema): string {
  if (type === 'object') return 'O'
  if (type === 'array') return 'L'
  if (type === 'boolean') return 'B'
  if (type === 'number' || type === 'integer') return 'N'
  if (format.endsWith('yuan')) return 'A'
  if (format === 'date' || format === 'past-date') return 'D'
  return format === 'month' ? 'M' : format === 'date-time' ? 'T' : 'S'
}

const files = globSync(join(root, 'schemas/{items/*,answers}/*.json'))

t.test('every member of every form and answer has its tag, with the right type', async (t) => {
  t.ok(files.length >= 130, 'forms of 117 items and answers of 13 queries')
  for (const file of files) {
    for (const [name, schema] of members(read(file), file)) {
      if (BY_NAME.get(name)?.type !== typeOf(schema)) t.fail(`${file}: ${name} should be of type ${typeOf(schema)}`)
    }
  }
})

t.test('no tag and no name stands twice, and the document lists them all', async (t) => {
  t.equal(BY_NAME.size, DICTIONARY.length)
  t.equal(BY_TAG.size, DICTIONARY.length)
  const rows = readFileSync(join(root, 'docs/wire/fushun.md'), 'utf8').matchAll(
    /^\| `([A-Za-z]+)` +\| `([A-Z]+)` +\| ([SDMTBNAOL]) +\| (\S+) +\|$/gm,
  )
  const listed = Array.from(rows, ([, name, tag, type, zh]) => ({ name, tag, type, zh }))
  t.same(listed, DICTIONARY)
})
