// Reads one configuration file (YAML 1.2, or JSON, which is YAML) and knows on which line each of its values stands.

import { isMap, isPair, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, YAMLError } from 'yaml'
import type { Sentence } from '../domain/words.ts'
import type { ConfigProblem } from './problems.ts'

export interface Source {
  readonly file: string
  /** The parsed value; undefined where the file could not be parsed. */
  readonly value: unknown
  /** What is wrong with the file as YAML or JSON. */
  readonly problems: readonly ConfigProblem[]
  /** A problem at the value at `path` (keys and indexes), at its key if `atKey`, or at the nearest place above that exists. */
  problemAt(path: readonly (string | number)[], message: Sentence, atKey?: boolean): ConfigProblem
}

// Enough for anchors that spare a city's author repetition, too few for a billion laughs.
const ALIASES_MAX = 50

/**
 * Parses `text`. Never throws: what is wrong stands in `problems`. The text is not kept; `textAgain` is asked for it where a
 * problem is found later.
 */
export function readSource(file: string, text: string, textAgain: () => string): Source {
  return sourceOf(file, textAgain, valueOf(file, text))
}

function valueOf(file: string, text: string): Pick<Source, 'value' | 'problems'> {
  const json = file.endsWith('.json')
  const value = json ? cleanJson(text) : undefined
  return value === undefined ? readSlowly(file, text, parsePositions(text)) : { value, problems: [] }
}

// Apart from the parsing, so that nothing that it needs is held for as long as the snapshot lives.
function sourceOf(file: string, textAgain: () => string, read: Pick<Source, 'value' | 'problems'>): Source {
  return {
    file,
    ...read,
    problemAt(path, message, atKey = false) {
      const { document, lines } = positionsIn(textAgain())
      const { line, col } = lines.linePos(offsetOf(document, path, atKey))
      return { file, line: Math.max(line, 1), column: Math.max(col, 1), message }
    },
  }
}

// Positions take ten times as much time and room as the values, and nobody asks for those of a good file: they are found
// again when a fault is, and those of one file are kept, whose faults come in a row.
let latest: { readonly text: string; readonly positions: Positions } | undefined

function positionsIn(text: string): Positions {
  if (latest?.text !== text) latest = { text, positions: parsePositions(text) }
  return latest.positions
}

interface Positions {
  readonly document: Document.Parsed
  readonly lines: LineCounter
}

function parsePositions(text: string): Positions {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    lineCounter: lines,
    version: '1.2',
    schema: 'core',
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: 'silent',
  })
  return { document, lines }
}

function readSlowly(file: string, text: string, { document, lines }: Positions): Pick<Source, 'value' | 'problems'> {
  const problems: ConfigProblem[] = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return { file, line, column: col, message: syntaxSentence(error) }
  })
  if (problems.length > 0) return { value: undefined, problems }
  try {
    const value: unknown = file.endsWith('.json') ? JSON.parse(text) : document.toJS({ maxAliasCount: ALIASES_MAX })
    return { value, problems }
  } catch (error) {
    return { value: undefined, problems: [parseProblem(file, error)] }
  }
}

/** The value of a JSON file without a fault; undefined if there is any, a repeated key included. */
function cleanJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // JSON.parse keeps the last of two equal keys; then fewer are left than were written.
    const written = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter((match) => match[1] !== undefined).length
    return written === countKeys(value) ? value : undefined
  } catch {
    return undefined
  }
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const members = Object.values(value)
  return members.reduce((sum: number, member) => sum + countKeys(member), Array.isArray(value) ? 0 : members.length)
}

function syntaxSentence(error: YAMLError): Sentence {
  if (error.code === 'DUPLICATE_KEY') return { zh: '同一个键出现了两次', en: 'The same key stands here twice' }
  const en = error.message.split('\n')[0] ?? error.code
  return { zh: `语法错误（${error.code}）`, en: `Syntax error: ${en}` }
}

// JSON that YAML accepts but JSON.parse does not (a comment, a trailing comma), or too many aliases.
function parseProblem(file: string, error: unknown): ConfigProblem {
  const text = error instanceof Error ? error.message : String(error)
  const place = /line (\d+) column (\d+)/.exec(text)
  const message = file.endsWith('.json')
    ? { zh: '不是有效的 JSON', en: `Not valid JSON: ${text}` }
    : { zh: 'YAML 别名过多或无法展开', en: `YAML aliases cannot be resolved: ${text}` }
  return place === null
    ? { file, line: 1, message }
    : { file, line: Number(place[1]), column: Number(place[2]), message }
}

/** The steps of a JSON Pointer (RFC 6901). */
export function stepsOf(pointer: string): string[] {
  const steps = pointer.split('/').slice(1)
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function offsetOf(document: Document, path: readonly (string | number)[], atKey: boolean): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [depth, step] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && keyText(item.key) === String(step))
      if (pair === undefined) return offset
      const last = depth === path.length - 1
      const keyOffset = startOf(pair.key) ?? offset
      offset = last && atKey ? keyOffset : inlineOffset(pair.value, keyOffset)
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else {
      return offset
    }
  }
  return offset
}

// A block value begins on the line below its key; people look for the key.
function inlineOffset(value: unknown, keyOffset: number): number {
  return isMap(value) || isSeq(value) ? keyOffset : (startOf(value) ?? keyOffset)
}

function keyText(key: unknown): string {
  return key !== null && typeof key === 'object' && 'value' in key ? String(key.value) : String(key)
}

function startOf(node: unknown): number | null {
  return (node as Node | null | undefined)?.range?.[0] ?? null
}
