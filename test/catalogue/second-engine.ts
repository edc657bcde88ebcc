// Lets a second JSON Schema engine judge bodies, made up and spoiled, and compares its verdict with ours.

import { format, Validator } from '@cfworker/json-schema'
import type { Schema } from '@cfworker/json-schema'
import type { ErrorObject } from 'ajv/dist/2020.js'
import { compileSchema } from '../../src/catalogue/compile.ts'
import { openFormats } from '../../src/catalogue/formats.ts'
import { isObject } from '../../src/catalogue/schemas.ts'
import { choicesFor } from '../../src/catalogue/seeded.ts'
import type { Item } from '../../src/domain/item.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { clock } from './fixture.ts'
import { openKeywordPlaces } from './keyword-places.ts'
import type { KeywordPlaces } from './keyword-places.ts'
import { shipped } from './shipped.ts'

const formats = openFormats(clock)
for (const [name, check] of formats.checks) format[name] = (text) => check(text) === null

// Rules of ours that no other engine knows: what breaks nothing else must be accepted there.
const OWN_RULES = new Set(['x-not-before', 'x-guardian-under', 'x-guardian-needed-under', 'x-materials'])

export interface Comparison {
  readonly inputs: number
  readonly valid: number
  readonly disagreements: readonly string[]
  readonly places: KeywordPlaces
}

/** Bodies made up and as many spoiled in one place, one of each in turn: for all times, a small share of what there is. */
export function compareSome(item: Item, inputs: number): Comparison {
  const comparison = openComparison(item)
  for (let number = 0; number < inputs / 2; number += 1) {
    const { judge, good, ways } = comparison.good(number)
    judge.compare(good)
    judge.compare(choicesFor(`${item.code} ${number}`).oneOf(ways).body)
  }
  return comparison.seen()
}

/**
 * At least `inputs`: bodies made up until each keyword is broken wherever it stands, or `bodiesMax` are, and of all the ways
 * to spoil them those that break what no other has; then as many of either as are missing.
 */
export function compareAll(
  item: Item,
  inputs: number,
  bodiesMax: number,
  unbreakable: ReadonlySet<string>,
): Comparison {
  const comparison = openComparison(item)
  const { places } = comparison.seen()
  let number = 0
  let spoiled = 0
  const missing = () =>
    [...places.all].some((place) => places.state(place).startsWith('never') && !unbreakable.has(place))
  for (; number < bodiesMax && (number < inputs / 2 || number < spoiled || missing()); number += 1) {
    const { judge, good, ways } = comparison.good(number)
    judge.compare(good)
    if (number === 0) judge.compare([])
    const news = missing() ? ways.map(({ body }) => body).filter((body) => judge.breaksMore(body)) : []
    const bodies = news.length > 0 || spoiled > number ? news : [choicesFor(`${item.code} ${number}`).oneOf(ways).body]
    for (const body of bodies) judge.compare(body)
    spoiled += bodies.length
  }
  return comparison.seen()
}

/** What no input has kept and broken, of those that can be: the list of those that cannot has to be minimal. */
export function missedIn({ places }: Comparison, unbreakable: ReadonlySet<string>): readonly string[] {
  const missed = [...places.all].flatMap((place) => {
    const isNever = places.state(place).startsWith('never')
    if (unbreakable.has(place)) return isNever ? [] : [`${place}: excused, and broken all the same`]
    return isNever ? [`${place}: ${places.state(place)}`] : []
  })
  const nowhere = [...unbreakable].filter((place) => !places.all.has(place))
  return [...missed, ...nowhere.map((place) => `${place}: excused, and stands nowhere`)]
}

function openComparison(item: Item) {
  const cities = shipped.citiesOffering(item)
  const places = openKeywordPlaces()
  const disagreements: string[] = []
  const judges = new Map<object, Judge>()
  let inputs = 0
  let valid = 0

  // Cities that ask for the same have the same schema.
  function judgeFor(city: string): Judge {
    const schema = shipped.bodySchema(item, city)
    const judge = judges.get(schema) ?? openJudge(schema, places, count)
    judges.set(schema, judge)
    return judge
  }

  function count(accepted: boolean, disagreement: string | null): void {
    inputs += 1
    if (accepted) valid += 1
    if (disagreement !== null) disagreements.push(`${item.code} ${inputs}: ${disagreement}`)
  }

  return {
    good(number: number) {
      const city = cities[number % cities.length] ?? ''
      const made = shipped.generated(item, city, String(number))
      // What a counter may leave to the gateway, materials where none are asked for, and uploads, which samples do without.
      const [first = { code: 'id-document', held: 'seenAtWindow' }, ...others] = made.materials ?? []
      const uploaded = { code: first.code, held: 'uploaded', materialId: '7Q2M9X4KTB0C5WNRZC1D' }
      const materials = [number % 4 === 1 ? uploaded : first, ...others]
      const named = { handlingMode: item.handlingModes[0], collectingCity: city, ...made, materials } as SubmissionBody
      const good = number % 2 === 0 ? made : named
      return { judge: judgeFor(city), good, ways: shipped.spoiled(item, city, good) }
    },
    seen: (): Comparison => ({ inputs, valid, disagreements, places }),
  }
}

interface Judge {
  readonly compare: (body: unknown) => void
  /** Whether a body breaks a keyword where none has yet, by our engine alone. */
  readonly breaksMore: (body: unknown) => boolean
}

function openJudge(
  document: Record<string, unknown>,
  places: KeywordPlaces,
  count: (accepted: boolean, disagreement: string | null) => void,
): Judge {
  const { 'x-materials': _, 'x-guardian-needed-under': _years, ...schema } = document
  const ours = compileSchema(schema, formats)
  const theirs = new Validator(withoutOwnRules(schema) as Schema, '2020-12', true)
  places.add(schema, ours.schema as Record<string, unknown>)
  const errorsOf = (body: unknown): readonly ErrorObject[] => (ours(body) ? [] : (ours.errors ?? []))
  return {
    compare(body) {
      const errors = errorsOf(body)
      if (errors.length === 0) places.keep(schema, body)
      else places.breakBy(errors)
      const accepted = errors.every(({ keyword }) => OWN_RULES.has(keyword) || keyword === 'if')
      const verdict = theirs.validate(body)
      const why = JSON.stringify((accepted ? verdict.errors : errors).slice(-2))
      count(errors.length === 0, accepted === verdict.valid ? null : `${accepted ? 'we accept' : 'we refuse'} ${why}`)
    },
    breaksMore: (body) => places.breakBy(errorsOf(body)),
  }
}

function withoutOwnRules(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOwnRules)
  if (!isObject(value)) return value
  const kept = Object.entries(value).filter(([name]) => !OWN_RULES.has(name))
  return Object.fromEntries(kept.map(([name, inner]): [string, unknown] => [name, withoutOwnRules(inner)]))
}
