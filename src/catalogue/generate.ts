// Makes up bodies that an item accepts: of synthetic persons, with right check digits, each another one by its seed.

import type { FieldError } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import { pointerOf, stepsOf } from './fields.ts'
import { memberOf, openLayers } from './layers.ts'
import type { Layers } from './layers.ts'
import { requiredMaterials } from './materials.ts'
import { openValueMaker } from './sample-values.ts'
import { isObject } from './schemas.ts'
import type { Schema } from './schemas.ts'
import { choicesFor } from './seeded.ts'
import type { Choices } from './seeded.ts'

export interface GenerateOptions {
  readonly item: Item
  /** The bundled schema of the whole body. */
  readonly schema: Schema
  /** The mistakes in a body, none if it is accepted. */
  readonly mistakesIn: (body: unknown) => readonly FieldError[]
  /** Makes the body lead to the city that it is for. */
  readonly lead: (body: Record<string, unknown>) => void
}

export type Generate = (seed: string) => Record<string, unknown>

// One field mended may call for another; so many times in a row they never do.
const MENDINGS_MAX = 40
const ATTEMPTS_MAX = 30

/** Throws an Error where no accepted body can be found: the form contradicts itself, or asks for what no sample is made of. */
export function openGenerator({ item, schema, mistakesIn, lead }: GenerateOptions): Generate {
  const layers = openLayers(schema)
  const needed = requiredMaterials(item)

  function attempt(choices: Choices): { body: Record<string, unknown>; mistakes: readonly FieldError[] } {
    const maker = openValueMaker(layers, choices)
    const body = maker.make([schema], 'body') as Record<string, unknown>
    dress(body, choices)
    let mistakes: readonly FieldError[] = []
    for (let round = 0; round < MENDINGS_MAX; round += 1) {
      lead(body)
      body['materials'] = materialsFor(body, choices)
      mistakes = mistakesIn(body)
      if (mistakes.length === 0) break
      for (const mistake of mistakes) mend(body, mistake, layers, (schemas, name) => maker.make(schemas, name))
    }
    return { body, mistakes }
  }

  /** What the form's schema leaves open, and a counter needs: who was looked at, what for, and no mode that it cannot use. */
  function dress(body: Record<string, unknown>, choices: Choices): void {
    for (const name of ['handlingMode', 'collectingCity', 'purpose', 'identityCheck']) delete body[name]
    body['purpose'] = '示例：窗口办理'
    body['identityCheck'] = { how: 'id-card-reader', at: `2026-10-01T09:${10 + choices.pick(50)}:00+08:00` }
  }

  function materialsFor(body: unknown, { chance, oneOf }: Choices): object[] {
    const must = new Set(needed(body))
    const listed = item.materials.filter((rule) => must.has(rule) || chance(15))
    return listed.map((rule) => {
      const ways = ['seenAtWindow', 'sharedData', 'commitment'].filter((held) => {
        if (held === 'sharedData') return rule.sharedData
        return held === 'commitment' ? rule.commitment : rule.forms.includes('original') || rule.forms.includes('copy')
      })
      return { code: rule.code, held: ways.length === 0 ? 'seenAtWindow' : oneOf(ways) }
    })
  }

  return (seed) => {
    let last: readonly FieldError[] = []
    for (let number = 0; number < ATTEMPTS_MAX; number += 1) {
      const { body, mistakes } = attempt(choicesFor(`${item.code} ${seed} ${number}`))
      if (mistakes.length === 0) return ordered(body)
      last = mistakes
    }
    const told = last.map(({ pointer, rule }) => `${pointer} ${rule}`).join('; ')
    throw new Error(`${item.code}: no sample could be made up: ${told}`)
  }
}

const ORDER = ['applicant', 'agent', 'purpose', 'identityCheck', 'collectingCity', 'consent', 'form', 'materials']

function ordered(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(ORDER.filter((name) => Object.hasOwn(body, name)).map((name) => [name, body[name]]))
}

/** Changes what one mistake points to: leaves it out, fills it in, or makes it up anew. */
function mend(
  body: Record<string, unknown>,
  { pointer, rule }: FieldError,
  layers: Layers,
  make: (schemas: readonly unknown[], name: string) => unknown,
): void {
  const path = stepsOf(pointer)
  const name = path.at(-1)
  const above = path.slice(0, -1)
  const parent = above.reduce<unknown>(memberOf, body)
  if (name === undefined || pointer === '/materials') return
  if (Array.isArray(parent)) {
    parent[Number(name)] = make(layers.at(path, body), name)
    return
  }
  if (!isObject(parent)) return
  if (rule === 'not-allowed' || rule === 'additionalProperties') {
    delete parent[name]
    return
  }
  if (rule === 'x-not-before') {
    const earlier = earlierThan(layers.at(above, body), name)
    // The later of two days that both have passed must not be moved on: then the earlier goes back.
    if (earlier !== undefined) parent[name] = parent[earlier]
    return
  }
  parent[name] = make(layers.at(path, body), name)
}

function earlierThan(schemas: readonly Schema[], later: string): string | undefined {
  for (const { 'x-not-before': pairs } of schemas) {
    if (isObject(pairs) && typeof pairs[later] === 'string') return pairs[later]
  }
  return undefined
}

/** Where a body has something, with the schemas that hold for it: from the outside in. */
export function placesIn(
  schema: Schema,
  body: unknown,
): { readonly pointer: string; readonly schemas: Schema[]; readonly value: unknown }[] {
  const layers = openLayers(schema)
  const visit = (path: readonly string[], schemas: Schema[], value: unknown): ReturnType<typeof placesIn> => {
    const members = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.entries(value) : []
    return [
      { pointer: pointerOf(path), schemas, value },
      ...members.flatMap(([step, member]) =>
        visit([...path, String(step)], layers.next(schemas, String(step), member), member),
      ),
    ]
  }
  return visit([], layers.of(schema, body), body)
}
