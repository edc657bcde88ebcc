// The dictionary of Fuxin has one tag and the right kind for every member of every form and answer, and the document lists the same.

import { globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import t from 'tap'
import { kindOf } from '../../src/sandbox/protocols/field-kinds.ts'
import { BY_NAME, BY_TAG, DICTIONARY } from '../../src/sandbox/protocols/fuxin-dictionary.ts'

const root = join(import.meta.dirname, '../..')

interface Schema {
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema | boolean>>
  readonly items?: Schema
}

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Schema

function* names(schema: Schema, file: string): Generator<string> {
  if (schema.$ref !== undefined) {
    const target = resolve(dirname(file), schema.$ref)
    yield* names(read(target), target)
  }
  if (schema.items !== undefined) yield* names(schema.items, file)
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    yield name
    if (typeof member !== 'boolean') yield* names(member, file)
  }
}

t.test('every member of every form and answer has its tag', (t) => {
  const files = globSync(join(root, 'schemas/{items/*,answers}/*.json'))
  t.ok(files.length >= 130, 'forms of 117 items and answers of 13 queries')
  const all = new Set(files.flatMap((file) => [...names(read(file), file)]))
  t.ok(all.size > 1000)
  t.strictSame(
    [...all].filter((name) => !BY_NAME.has(name)),
    [],
  )
  t.end()
})

t.test('no tag stands for two members, and none for what the messages are made of', (t) => {
  t.equal(BY_NAME.size, DICTIONARY.length)
  t.equal(BY_TAG.size, DICTIONARY.length)
  const wrong = DICTIONARY.filter(({ name, tag, kind }) => !/^[a-z]{2,60}$/.test(tag) || kind !== kindOf(name))
  t.strictSame(wrong, [])
  for (const reserved of ['row', 'shuju', 'biaodan']) t.notOk(BY_TAG.has(reserved))
  t.end()
})

t.test('the document lists the same, in the table of the commonest names too', (t) => {
  const file = readFileSync(join(root, 'docs/wire/fuxin-dictionary.tsv'), 'utf8')
  const [head, ...rows] = file.trimEnd().split('\n')
  t.equal(head, 'ours\ttag\tkind\tzh')
  t.strictSame(
    rows,
    DICTIONARY.map(({ name, tag, kind, zh }) => [name, tag, kind, zh].join('\t')),
  )
  const commonest = Array.from(
    /## Writing a form[^]*?(?=\n## )/
      .exec(readFileSync(join(root, 'docs/wire/fuxin.md'), 'utf8'))?.[0]
      .matchAll(/\| ([a-zA-Z]+) +\| `([a-z]+)` +\| (\p{L}+) +(?=\|)/gu) ?? [],
  )
  t.equal(commonest.length, 26)
  for (const [, name, tag, zh] of commonest) t.match(BY_NAME.get(name!), { tag, zh }, name!)
  t.end()
})
