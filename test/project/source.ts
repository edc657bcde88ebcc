// Reads the project's own source for the tests that hold its rules: files, imports, and code without comments and texts.

import { readdirSync, readFileSync } from 'node:fs'
import { dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface SourceFile {
  /** From the project's root, e.g. `src/http/desk.ts`. */
  readonly path: string
  readonly text: string
  /** The text with comments, strings and regular expressions blanked out; lines stay where they are. */
  readonly code: string
  readonly imports: readonly Import[]
}

export interface Import {
  /** Path from the root for a file of the project, else the package's name or `node:…`. */
  readonly target: string
  readonly typeOnly: boolean
}

/** Every file below `folder` with that ending, in order of names. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith(ending))
    .toSorted()
}

export function readText(path: string): string {
  return readFileSync(`${root}${path}`, 'utf8')
}

export function readSource(path: string): SourceFile {
  const text = readText(path)
  return { path, text, code: blank(text), imports: importsOf(path, text) }
}

const IMPORT =
  /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\bfrom\s*)?'([^']+)'|\bimport\(\s*'([^']+)'|new URL\(\s*'(\.[^']+\.ts)', import\.meta\.url/gm

/** Static and dynamic imports, re-exports, and workers that are started by address. */
export function importsOf(path: string, text: string): Import[] {
  return [...withoutComments(text).matchAll(IMPORT)].map(([, type, fixed, dynamic, address]) => {
    const named = fixed ?? dynamic ?? address ?? ''
    return { target: named.startsWith('.') ? posix.join(dirname(path), named) : packageOf(named), typeOnly: !!type }
  })
}

/** `@scope/name` or `name` of an import that may go on to a file within the package. */
function packageOf(named: string): string {
  if (named.startsWith('node:')) return named
  return named
    .split('/')
    .slice(0, named.startsWith('@') ? 2 : 1)
    .join('/')
}

const withoutComments = (text: string): string => scan(text, (kind) => kind === 'comment')
const blank = (text: string): string => scan(text, (kind) => kind !== 'code')

type Kind = 'comment' | 'words' | 'code'

const COMMENT = /\/\/[^\n]*|\/\*[\s\S]*?\*\//y
const QUOTED = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/y
const PATTERN = /\/(?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_WORDS = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*(?:`|\$\{)/y
const CODE = /[A-Za-z0-9_$]+|\s+|./y
/** What stands before a slash that begins a pattern; after anything else it divides. */
const BEFORE_PATTERN = /(?:^|[=(,:[!&|?{};>]|\b(?:return|case))$/

/** Blanks those tokens that `drop` names. Of a template only the fixed words are blanked: its expressions are code. */
function scan(text: string, drop: (kind: Kind) => boolean): string {
  let out = ''
  let before = ''
  let at = 0
  let depth = 0
  const templates: number[] = []

  function take(kind: Kind, pattern: RegExp): string | null {
    pattern.lastIndex = at
    const token = pattern.exec(text)?.[0]
    if (token === undefined) return null
    out += drop(kind) ? token.replaceAll(/[^\n]/g, ' ') : token
    at += token.length
    if (kind !== 'comment' && token.trim() !== '') before = token
    return token
  }

  /** The words of a template up to its end or its next expression. */
  function takeWords(): void {
    if (take('words', TEMPLATE_WORDS)?.endsWith('${')) {
      templates.push(depth)
      before = '{'
    }
  }

  while (at < text.length) {
    if (take('comment', COMMENT) !== null || take('words', QUOTED) !== null) continue
    if (BEFORE_PATTERN.test(before) && take('words', PATTERN) !== null) continue
    const token = take('code', CODE)
    if (token === '`') takeWords()
    else if (token === '{') depth += 1
    else if (token === '}' && templates.at(-1) === depth) {
      templates.pop()
      takeWords()
    } else if (token === '}') depth -= 1
  }
  return out
}
