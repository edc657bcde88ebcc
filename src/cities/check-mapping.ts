// Finds, before the first call, what a city's mapping could not write or read of the forms and answers that it will meet.

import type { CityConfig, CityProblem } from './config.ts'
import type { Fields, Kind, MappingConfig } from './mapping.ts'
import { checkCodes } from './mapping/check-codes.ts'
import type { Members } from './mapping/members.ts'
import { openNames } from './mapping/names.ts'

/** One item with the members of its form and of its answer; `answer` is null for an application. */
export interface MappedItem {
  readonly code: string
  readonly domain: string
  readonly form: Members
  readonly answer: Members | null
}

/** `file` is `config/…`. */
export interface MappingProblem extends CityProblem {
  readonly file: string
}

/** What all items together say about one name. */
export interface FieldUse {
  /** Code of an item that has it. */
  readonly item: string
  readonly inAnswer: boolean
  readonly kinds: ReadonlySet<Kind>
  /** The texts that it may have; null if they are not listed everywhere. */
  readonly values: ReadonlySet<string> | null
}

/** Problems of config/fields.yaml: names whose kind is not what the schemas say. Pure. */
export function checkFields({ kinds }: Fields, items: readonly MappedItem[]): readonly MappingProblem[] {
  const problems: MappingProblem[] = []
  for (const [name, { item, kinds: found }] of usesIn(items)) {
    const listed = kinds.get(name) ?? 'text'
    for (const kind of found) {
      if (kind === listed) continue
      const zh = `事项 ${item} 的字段 ${name} 是 ${kind}，却列为 ${listed}`
      const en = `the field ${name} of item ${item} is ${kind}, but listed as ${listed}`
      const path = listed === 'text' ? [] : [listed]
      problems.push({ file: 'config/fields.yaml', path, message: { zh, en } })
    }
  }
  return problems
}

/** Problems of every mapping of `city`: names missing, clashing or unknown, codes that do not read back. Pure. */
export function checkMapping(
  city: CityConfig,
  fields: Fields,
  items: readonly MappedItem[],
): readonly MappingProblem[] {
  const taken = new Set(city.backends.flatMap(({ domains }) => domains))
  const known = usesIn(items)
  return city.backends.flatMap(({ domains, mapping }, index) => {
    const problems: MappingProblem[] = []
    const say = (path: CityProblem['path'], zh: string, en: string): void => {
      const message = { zh, en }
      problems.push({ file: `config/cities/${city.key}.yaml`, path: ['backends', index, 'mapping', ...path], message })
    }
    const handled = items.filter(({ domain }) => (domains.length === 0 ? !taken.has(domain) : domains.includes(domain)))
    const uses = usesIn(handled)
    checkUnknown(mapping, known, say)
    checkUnsent(mapping, handled, say)
    checkCodes(mapping, fields, uses, say)
    problems.push(...checkNames(mapping, fields, uses, say))
    return problems
  })
}

export type Say = (path: CityProblem['path'], zh: string, en: string) => void

function checkUnknown(
  { exceptions, codes, unsent }: MappingConfig,
  known: ReadonlyMap<string, FieldUse>,
  say: Say,
): void {
  const named = [
    ...Object.keys(exceptions ?? {}).map((name) => ['exceptions', name] as const),
    ...Object.keys(codes ?? {}).map((name) => ['codes', name] as const),
    ...(unsent ?? []).map((name) => ['unsent', name] as const),
  ]
  for (const [member, name] of named) {
    if (known.has(name)) continue
    const path = member === 'unsent' ? [member, unsent?.indexOf(name) ?? 0] : [member, name]
    say(path, `没有叫 ${name} 的字段`, `there is no field called ${name}`)
  }
}

function checkUnsent({ unsent }: MappingConfig, items: readonly MappedItem[], say: Say): void {
  for (const [index, name] of (unsent ?? []).entries()) {
    const item = items.find(({ form }) => form.required.has(name))
    if (item === undefined) continue
    say(
      ['unsent', index],
      `事项 ${item.code} 要求填写 ${name}，不能不送`,
      `item ${item.code} requires ${name}: it cannot be left unsent`,
    )
  }
}

/** Every field has a name there, and no two the same, for what comes back is known by its name alone. */
function checkNames(
  mapping: MappingConfig,
  { dictionaries }: Fields,
  uses: ReadonlyMap<string, FieldUse>,
  say: Say,
): readonly MappingProblem[] {
  const problems: MappingProblem[] = []
  const { exceptions = {} } = mapping
  const dictionaryKey = typeof mapping.names === 'string' ? null : mapping.names.dictionary
  const dictionary = dictionaryKey === null ? undefined : dictionaries.get(dictionaryKey)
  const names = openNames(mapping, dictionaries)
  const unsent = new Set(mapping.unsent)

  for (const [name, { item, inAnswer }] of uses) {
    if (names.theirs(name) !== undefined || (unsent.has(name) && !inAnswer)) continue
    say(
      ['names', 'dictionary'],
      `事项 ${item} 的字段 ${name} 在对照表中没有名称`,
      `the field ${name} of item ${item} has no name in the dictionary`,
    )
  }

  const nameOf = new Map<string, string>()
  for (const name of new Set([...Object.keys(exceptions), ...Object.keys(dictionary ?? {}), ...uses.keys()])) {
    const theirs = names.theirs(name)
    if (theirs === undefined || unsent.has(name)) continue
    const other = nameOf.get(theirs)
    nameOf.set(theirs, other ?? name)
    if (other === undefined) continue
    const zh = `${theirs} 同时用于 ${other} 和 ${name}`
    const en = `${theirs} is used for both ${other} and ${name}`
    const special = [name, other].find((one) => Object.hasOwn(exceptions, one))
    if (special !== undefined) say(['exceptions', special], zh, en)
    else if (dictionaryKey === null) say(['names'], zh, en)
    else problems.push({ file: `config/dictionaries/${dictionaryKey}.json`, path: [name], message: { zh, en } })
  }
  return problems
}

function usesIn(items: readonly MappedItem[]): ReadonlyMap<string, FieldUse> {
  const uses = new Map<string, { item: string; inAnswer: boolean; kinds: Set<Kind>; values: Set<string> | null }>()
  for (const { code, form, answer } of items) {
    for (const members of [form, answer]) {
      for (const { name, kind, values } of members?.all ?? []) {
        const use = uses.get(name) ?? { item: code, inAnswer: false, kinds: new Set(), values: new Set() }
        uses.set(name, use)
        use.inAnswer ||= members === answer
        if (kind !== null) use.kinds.add(kind)
        // A condition (no kind) that lists none of its own says nothing about the others.
        if (values === null) use.values = kind === null ? use.values : null
        else for (const value of values) use.values?.add(value)
      }
    }
  }
  return uses
}
