// Takes Anshan's form-encoded texts apart: pairs, the canonical query that is signed, and flattened keys as a tree.

export type Pair = readonly [key: string, value: string]

/** A value of flattened keys; `isWhole` where it was said to have no entries or members. */
export interface Branch {
  readonly kind: 'list' | 'object'
  readonly children: Map<string | number, Node>
  readonly isWhole: boolean
}
export type Node = string | Branch

const DEPTH_MAX = 16
const NAME = '[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*'
const KEY = new RegExp(
  `^(${NAME}(?:\\[(?:0|[1-9][0-9]{0,5})\\])?(?:\\.${NAME}(?:\\[(?:0|[1-9][0-9]{0,5})\\])?)*)(\\[\\]|\\{\\})?$`,
)

/** The pairs of a body or a query, each byte a character of `text` (latin1). Null if it is not well encoded. */
export function readPairs(text: string): readonly Pair[] | null {
  if (text === '') return []
  const pairs: Pair[] = []
  for (const part of text.split('&')) {
    const end = part.indexOf('=')
    const key = decode(part.slice(0, Math.max(end, 0)))
    const value = decode(part.slice(end + 1))
    if (end < 0 || key === null || value === null) return null
    pairs.push([key, value])
  }
  return pairs
}

export function hasKeyTwice(pairs: readonly Pair[]): boolean {
  return new Set(pairs.map(([key]) => key)).size < pairs.length
}

function decode(encoded: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(encoded)) return null
  const bytes = encoded
    .replaceAll('+', ' ')
    .replaceAll(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return null
  }
}

/** The query as it is signed: encoded anew with all but the unreserved characters of RFC 3986 as %XX, sorted by encoded name. */
export function canonicalQuery(pairs: readonly Pair[]): string {
  return pairs
    .map(([key, value]) => [encode(key), encode(value)] as const)
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map((pair) => pair.join('='))
    .join('&')
}

function encode(text: string): string {
  return Array.from(Buffer.from(text), (byte) => {
    const character = String.fromCharCode(byte)
    return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }).join('')
}

export type TreeRead =
  | { readonly kind: 'read'; readonly tree: Branch }
  | { readonly kind: 'misfit'; readonly key: string }
  | { readonly kind: 'gap' }

/** What flattened keys say together, or the first key that cannot stand beside the others. */
export function readTree(pairs: readonly Pair[]): TreeRead {
  const tree = branch('object')
  for (const [key, value] of pairs) {
    const [, path, ending] = KEY.exec(key) ?? []
    const steps = path?.split(/[.[]/).map((step) => (step.endsWith(']') ? Number(step.slice(0, -1)) : step)) ?? []
    const leaf = ending === undefined ? value : branch(ending === '[]' ? 'list' : 'object', true)
    if (path === undefined || steps.length > DEPTH_MAX || (value === '') === (ending === undefined)) {
      return { kind: 'misfit', key }
    }
    if (!insert(tree, steps, leaf)) return { kind: 'misfit', key }
  }
  return hasGap(tree) ? { kind: 'gap' } : { kind: 'read', tree }
}

const branch = (kind: Branch['kind'], isWhole = false): Branch => ({ kind, children: new Map(), isWhole })

function insert(tree: Branch, steps: readonly (string | number)[], leaf: Node): boolean {
  let at = tree
  for (const [place, step] of steps.entries()) {
    if (at.isWhole || (at.kind === 'list') !== (typeof step === 'number')) return false
    const next = steps[place + 1]
    const child = at.children.get(step)
    if (next === undefined) {
      if (child !== undefined) return false
      at.children.set(step, leaf)
    } else {
      if (typeof child === 'string') return false
      const inner = child ?? branch(typeof next === 'number' ? 'list' : 'object')
      at.children.set(step, inner)
      at = inner
    }
  }
  return true
}

function hasGap({ kind, children }: Branch): boolean {
  if (kind === 'list' && [...children.keys()].some((place) => Number(place) >= children.size)) return true
  return [...children.values()].some((child) => typeof child !== 'string' && hasGap(child))
}
