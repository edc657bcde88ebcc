// The cities' table of kinds says of every member of every form and answer what the schemas say.

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import table from '../../src/sandbox/protocols/field-kinds.json' with { type: 'json' }
import { kindOf } from '../../src/sandbox/protocols/field-kinds.ts'

const root = join(import.meta.dirname, '../..')

interface Schema {
  readonly $ref?: string | undefined
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema | boolean>>
  readonly items?: Schema
  readonly [condition: string]: unknown
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Schema

function resolved(schema: Schema, file: string): [Schema, string] {
  if (schema.$ref === undefined) return [schema, file]
  const target = resolve(dirname(file), schema.$ref)
  const [whole, from] = resolved(read(target), target)
  return [{ ...whole, ...schema, $ref: undefined }, from]
}

/** Each member of a schema with what its references say, those of its conditions too where they name a type. */
function* members(schema: Schema, file: string): Generator<readonly [string, Schema]> {
  const [whole, from] = resolved(schema, file)
  for (const [name, member] of Object.entries(whole.properties ?? {})) {
    if (typeof member === 'boolean') continue
    const [said] = resolved(member, from)
    if (said.type !== undefined) yield [name, said]
    yield* members(member, from)
  }
  const parts = [whole.items, whole['if'], whole['then'], whole['else'], whole['allOf'], whole['oneOf'], whole['anyOf']]
  for (const part of parts.flat()) if (typeof part === 'object') yield* members(part as Schema, from)
}

function kindIn({ type, format = '' }: Schema): string {
  if (type === 'object') return 'object'
  if (type === 'array') return 'list'
  if (type === 'boolean') return 'flag'
  if (type === 'number' || type === 'integer') return 'number'
  if (format.endsWith('yuan')) return 'amount'
  if (format === 'date' || format === 'past-date') return 'date'
  return format === 'month' ? 'month' : format === 'date-time' ? 'time' : 'text'
}

t.test('every member of every form and answer has its one kind, and no other name is listed', async (t) => {
  const files = globSync(join(root, 'schemas/{items/*,answers}/*.json'))
  t.ok(files.length >= 130, 'forms of 117 items and answers of 13 queries')
  const found = new Map<string, string>()
  const note = ([name, schema]: readonly [string, Schema], file: string): void => {
    const kind = kindIn(schema)
    if (kindOf(name) !== kind) t.fail(`${file}: ${name} is of the kind ${kind}`)
    if (kind !== 'text') found.set(name, kind)
  }
  for (const file of files) for (const member of members(read(file), file)) note(member, file)
  const asIfThere = join(root, 'schemas/items/any/any.json')
  for (const file of globSync(join(root, 'config/cities/*.yaml'))) {
    const { items } = parse(readFileSync(file, 'utf8')) as { items?: Record<string, { fields?: Schema['properties'] }> }
    for (const { fields } of Object.values(items ?? {})) {
      for (const member of members({ properties: fields ?? {} }, asIfThere)) note(member, file)
    }
  }
  t.strictSame(Object.keys(table), [...found.keys()].sort())
})
