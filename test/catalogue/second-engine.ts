// Lets a second JSON Schema engine judge bodies, made up and spoiled, and compares its verdict with ours.

import { format, Validator } from '@cfworker/json-schema'
import type { Schema } from '@cfworker/json-schema'
import { compileSchema } from '../../src/catalogue/compile.ts'
import { openFormats } from '../../src/catalogue/formats.ts'
import { choicesFor } from '../../src/catalogue/seeded.ts'
import type { Item } from '../../src/domain/item.ts'
import { clock } from './fixture.ts'
import { shipped } from './shipped.ts'

const formats = openFormats(clock)
for (const [name, check] of formats.checks) format[name] = (text) => check(text) === null

// Rules of ours that no other engine knows; they have tests of their own.
const OWN_RULES = new Set(['x-not-before', 'x-guardian-under', 'x-materials'])

export interface Comparison {
  readonly item: string
  readonly inputs: number
  readonly valid: number
  readonly disagreements: readonly string[]
  /** Keywords of the item's schema that no input broke. */
  readonly unbroken: readonly string[]
}

/** Half of the inputs are bodies made up, half of them the same spoiled in one place. */
export function compareEngines(item: Item, inputs: number): Comparison {
  const cities = shipped.citiesOffering(item)
  const disagreements: string[] = []
  const broken = new Set<string>()
  const present = new Set<string>()
  let valid = 0
  const engines = new Map<object, Judge>()
  // Cities that ask for the same have the same schema.
  const judgeFor = (city: string): Judge => {
    const schema = shipped.bodySchema(item, city)
    const judge = engines.get(schema) ?? openEngines(schema, present)
    engines.set(schema, judge)
    return judge
  }
  for (let number = 0; number < inputs; number += 2) {
    const city = cities[(number / 2) % cities.length] ?? ''
    const judge = judgeFor(city)
    const good = shipped.generated(item, city, String(number))
    const ways = shipped.spoiled(item, city, good).filter(({ rule }) => !OWN_RULES.has(rule))
    // One of each rule in turn, so that all are tried before one is tried again.
    const rules = [...new Set(ways.map(({ rule }) => rule))].filter((rule) => !broken.has(rule))
    const choices = choicesFor(`${item.code} ${number}`)
    const wanted = rules.length === 0 ? ways : ways.filter(({ rule }) => rule === rules[0])
    for (const body of [good, choices.oneOf(wanted).body]) {
      const verdict = judge(body, broken)
      if (verdict.ours) valid += 1
      if (verdict.ours !== verdict.theirs) {
        disagreements.push(`${item.code} ${city} ${number}: ${verdict.ours ? 'we accept' : 'we refuse'} ${verdict.why}`)
      }
    }
  }
  const unbroken = [...present].filter((keyword) => !broken.has(keyword)).toSorted()
  return { item: item.code, inputs, valid, disagreements, unbroken }
}

type Judge = (body: unknown, broken: Set<string>) => { ours: boolean; theirs: boolean; why: string }

function openEngines(document: object, present: Set<string>): Judge {
  const schema = withoutOwnRules(document) as Schema & Record<string, unknown>
  keywordsIn(schema, present)
  const ours = compileSchema(schema, formats)
  const theirs = new Validator(schema, '2020-12', true)
  return (body, broken) => {
    const accepted = ours(body)
    for (const { keyword } of ours.errors ?? []) broken.add(keyword === 'false schema' ? 'not-allowed' : keyword)
    const verdict = theirs.validate(body)
    const why = JSON.stringify((accepted ? verdict.errors : ours.errors)?.slice(-2))
    return { ours: accepted, theirs: verdict.valid, why }
  }
}

function withoutOwnRules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwnRules)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => !OWN_RULES.has(name))
  return Object.fromEntries(kept.map(([name, inner]): [string, unknown] => [name, withoutOwnRules(inner)]))
}

const TRIED = new Set(
  (
    'type required additionalProperties enum const format pattern minimum maximum exclusiveMinimum minItems maxItems ' +
    'uniqueItems dependentRequired'
  ).split(' '),
)

function keywordsIn(value: unknown, found: Set<string>, inCondition = false): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, inner] of Object.entries(value)) {
    // Lengths are left out: of texts that a format or a pattern decides they are never reached.
    if (TRIED.has(name) && !inCondition) found.add(name)
    keywordsIn(inner, found, inCondition || name === 'if' || name === 'oneOf' || name === 'then' || name === 'else')
  }
}
