// What a city calls our fields, and ours by what the city calls them: a rule with exceptions, or a dictionary.

import type { Dictionary, MappingConfig } from '../mapping.ts'

export interface Names {
  /** Undefined for a name that a dictionary does not have. */
  readonly theirs: (ours: string) => string | undefined
  /** Undefined for a name that is no field's. */
  readonly ours: (theirs: string) => string | undefined
}

type Rule = Extract<MappingConfig['names'], string>

interface Spelling {
  readonly write: (ours: string) => string
  /** Any text; what comes back is a field's name only if `write` makes the same of it again. */
  readonly read: (theirs: string) => string
}

const snake: Spelling = {
  write: (ours) => ours.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
  read: (theirs) => theirs.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
}

const SPELLINGS: Readonly<Record<Rule, Spelling>> = {
  ours: { write: (ours) => ours, read: (theirs) => theirs },
  snake_case: snake,
  UPPER_SNAKE: {
    write: (ours) => snake.write(ours).toUpperCase(),
    read: (theirs) => snake.read(theirs.toLowerCase()),
  },
}

/** Throws an Error where `config` names a dictionary that there is not; the configuration is checked for that. */
export function openNames(config: MappingConfig, dictionaries: ReadonlyMap<string, Dictionary>): Names {
  const { names, exceptions = {} } = config
  const special = new Map(Object.entries(exceptions))
  const back = new Map([...special].map(([ours, theirs]) => [theirs, ours]))

  if (typeof names !== 'string') {
    const dictionary = dictionaries.get(names.dictionary)
    if (dictionary === undefined) throw new Error(`there is no dictionary ${names.dictionary}`)
    for (const [ours, [theirs]] of Object.entries(dictionary)) if (!special.has(ours)) back.set(theirs, ours)
    return {
      theirs: (ours) => special.get(ours) ?? (Object.hasOwn(dictionary, ours) ? dictionary[ours]?.[0] : undefined),
      ours: (theirs) => back.get(theirs),
    }
  }

  const spelling = SPELLINGS[names]
  const theirsOf = (ours: string): string => special.get(ours) ?? spelling.write(ours)
  return {
    theirs: theirsOf,
    ours(theirs) {
      const name = back.get(theirs) ?? spelling.read(theirs)
      return theirsOf(name) === theirs ? name : undefined
    },
  }
}
