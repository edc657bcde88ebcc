// Reads the patterns that schemas use: to write texts that fit one, and to find those that could backtrack without bound.

import type { Sentence } from '../domain/words.ts'

/** One place of a pattern: a choice of characters, or a group of alternatives, repeated `min` to `max` times. */
interface Atom {
  /** The characters that may stand here; null for a group. */
  readonly characters: string | null
  readonly alternatives: readonly (readonly Atom[])[]
  readonly min: number
  readonly max: number
}

/** Anchored alternatives. Throws an Error for what forms need not use: look-around, back references, classes like \w. */
function parsePattern(pattern: string): readonly (readonly Atom[])[] {
  const text = Array.from(pattern)
  let at = 0
  const fail = (what: string): never => {
    throw new Error(`${what} at ${at}`)
  }
  if (text[0] !== '^' || text.at(-1) !== '$') fail('not anchored by ^ and $')
  const end = text.length - 1
  at = 1

  function alternatives(closing: number): (readonly Atom[])[] {
    const found: Atom[][] = [[]]
    while (at < closing && text[at] !== ')') {
      if (text[at] === '|') {
        at += 1
        found.push([])
      } else found.at(-1)?.push(repeated(atom(closing)))
    }
    return found
  }

  function atom(closing: number): Pick<Atom, 'characters' | 'alternatives'> {
    const character = text[at++] ?? ''
    if (character === '(') {
      if (text[at] === '?') {
        if (text[at + 1] !== ':') fail('look-around')
        at += 2
      }
      const inner = alternatives(closing)
      if (text[at++] !== ')') fail('unclosed group')
      return { characters: null, alternatives: inner }
    }
    if (character === '[') return { characters: characterClass(), alternatives: [] }
    if (character === '\\') return { characters: escaped(), alternatives: [] }
    if ('.^$*+?{}])'.includes(character)) fail(`unexpected ${character}`)
    return { characters: character, alternatives: [] }
  }

  function escaped(): string {
    const character = text[at++] ?? ''
    if (character === 'd') return DIGITS
    return /[A-Za-z0-9]/.test(character) ? fail(`unknown escape ${character}`) : character
  }

  function characterClass(): string {
    if (text[at] === '^') fail('negated class')
    let characters = ''
    while (text[at] !== ']') {
      if (at >= end) fail('unclosed class')
      const first = text[at] === '\\' ? ((at += 1), escaped()) : (text[at++] ?? '')
      if (text[at] !== '-' || text[at + 1] === ']') {
        characters += first
        continue
      }
      const last = text[at + 1] ?? ''
      at += 2
      for (let unit = first.charCodeAt(0); unit <= last.charCodeAt(0); unit += 1)
        characters += String.fromCharCode(unit)
    }
    at += 1
    return characters
  }

  function repeated(single: Pick<Atom, 'characters' | 'alternatives'>): Atom {
    const found = /^(?:\?|\*|\+|\{([0-9]+)(,([0-9]*))?\})/.exec(text.slice(at, at + 12).join(''))
    if (found === null) return { ...single, min: 1, max: 1 }
    at += found[0].length
    if (found[0] === '?') return { ...single, min: 0, max: 1 }
    if (found[0] === '*') return { ...single, min: 0, max: Infinity }
    if (found[0] === '+') return { ...single, min: 1, max: Infinity }
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3])
    return { ...single, min, max }
  }

  const found = alternatives(end)
  if (at !== end) fail('unbalanced')
  return found
}

const DIGITS = '0123456789'

/** A text that fits; `pick` gives a whole number from 0 below its argument. Throws an Error where the pattern cannot be read. */
export function textFitting(pattern: string, pick: (below: number) => number): string {
  const write = (choices: readonly (readonly Atom[])[]): string =>
    (choices[pick(choices.length)] ?? [])
      .map((atom) => {
        const times = atom.min + pick(Math.min(atom.max, atom.min + 8) - atom.min + 1)
        return Array.from({ length: times }, () =>
          atom.characters === null ? write(atom.alternatives) : atom.characters.charAt(pick(atom.characters.length)),
        ).join('')
      })
      .join('')
  return write(parsePattern(pattern))
}

/** Null if matching takes time in proportion to the text alone; else why not, or that the pattern cannot be judged. */
export function patternFault(pattern: string): Sentence | null {
  let parsed: readonly (readonly Atom[])[]
  try {
    parsed = parsePattern(pattern)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { zh: `pattern 无法判断是否安全：${why}`, en: `cannot be told to be safe: ${why}` }
  }
  return faultIn(parsed)
}

function faultIn(choices: readonly (readonly Atom[])[]): Sentence | null {
  for (const atom of choices.flat()) {
    if (atom.max === Infinity) {
      return { zh: 'pattern 的重复须有上限', en: 'every repetition in a pattern needs an upper bound' }
    }
    if (atom.characters !== null) continue
    if (atom.max > 1 && !(atom.alternatives.every(isSeparated) && beginApart(atom.alternatives))) {
      return {
        zh: 'pattern 中重复的组内又有不定长的重复，回溯可能没有止境',
        en: 'a repeated group holds another repetition of varying length: it could backtrack without bound',
      }
    }
    const inner = faultIn(atom.alternatives)
    if (inner !== null) return inner
  }
  return null
}

/** Whether a group may be repeated: of one length, or begun by a character that its varying parts cannot contain. */
function isSeparated(sequence: readonly Atom[]): boolean {
  const varying = sequence.filter(({ min, max, characters }) => min !== max || characters === null)
  if (varying.length === 0) return true
  const [first] = sequence
  if (first?.characters == null || first.min !== 1 || first.max !== 1) return false
  const starts = Array.from(first.characters)
  return varying.every(({ characters }) => characters !== null && !starts.some((one) => characters.includes(one)))
}

/** Whether the first character tells which alternative it is. */
function beginApart(alternatives: readonly (readonly Atom[])[]): boolean {
  if (alternatives.length === 1) return true
  const starts = alternatives.map(([first]) => (first?.min === 0 ? null : (first?.characters ?? null)))
  const all = starts.flatMap((characters) => [...new Set(characters)])
  return !starts.includes(null) && new Set(all).size === all.length
}
