// Writes and reads the plain XML that cities speak: elements and text, no document type, nothing that expands.

import { XMLParser } from 'fast-xml-parser'
import { Fault } from '../domain/fault.ts'
import { garbled } from './decoding.ts'
import type { Tree, TreeObject } from './mapping.ts'

/** An element's content: text, or child elements in order. */
export type Content = string | readonly Element[]
export interface Element {
  readonly tag: string
  readonly content: Content
}

/** What a parser made of an element: text, or children by tag. Only elements that its reader calls lists stand more than once. */
export type Parsed = string | { readonly [tag: string]: Parsed | readonly Parsed[] }

// Characters that XML 1.0 cannot hold in any form, and halves of surrogate pairs.
// oxlint-disable-next-line no-control-regex
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

/** Throws Fault INTERNAL for text that no XML can hold: our forms refuse it before. */
export function escapeXml(text: string): string {
  if (UNWRITABLE.test(text)) throw new Fault('INTERNAL', { cause: new Error('text that XML cannot hold') })
  return text.replace(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character)
}

export function writeXml({ tag, content }: Element): string {
  const inner = typeof content === 'string' ? escapeXml(content) : content.map(writeXml).join('')
  return inner === '' ? `<${tag}/>` : `<${tag}>${inner}</${tag}>`
}

/** The elements whose content is there, in order; `undefined` stands for an absent value, hence an absent element. */
export function elements(...members: readonly (readonly [string, Content | undefined])[]): readonly Element[] {
  const present: Element[] = []
  for (const [tag, content] of members) if (content !== undefined) present.push({ tag, content })
  return present
}

/** A mapped form as elements: a list is its element once for each entry. */
export function elementsOf(tree: TreeObject): readonly Element[] {
  return Object.entries(tree).flatMap(([tag, child]) =>
    (Array.isArray(child) ? (child as readonly Tree[]) : [child]).map((one) => ({ tag, content: contentOf(one) })),
  )
}

function contentOf(tree: Tree): Content {
  return typeof tree === 'object' ? elementsOf(tree as TreeObject) : String(tree)
}

const XML_ENTITIES = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Reads one XML document; elements named in `lists` become lists even where they stand once, any other stands once in its
 * parent at most. Throws CITY_GARBLED, whatever the text; its cause says what is wrong with it.
 */
export function xmlReader(lists: readonly string[]): (text: string) => Parsed {
  const parser = new XMLParser({
    ignoreAttributes: true,
    removeNSPrefix: true,
    parseTagValue: false,
    trimValues: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    // Entities that expand need a document type, which is refused below: the bounds on expansion only cut long texts.
    processEntities: { enabled: true, maxExpandedLength: Number.MAX_SAFE_INTEGER },
    // No HTML entities, but numeric references: the parser takes the names from an object, its types know a flag only.
    htmlEntities: XML_ENTITIES as unknown as boolean,
    isArray: (name) => lists.includes(name),
  })
  return (text) => {
    refuseUnreadable(text)
    let parsed: Parsed
    try {
      parsed = parser.parse(text, true) as Parsed
    } catch {
      throw garbled('not well-formed XML')
    }
    if (Object.keys(parsed).length !== 1) throw garbled('not one root element')
    refuseRepeated(parsed, lists)
    return parsed
  }
}

/** What the parser would pass over or hand on as text. */
function refuseUnreadable(text: string): void {
  // Entities, and with them expansion bombs and files read in, are declared in a document type only.
  if (/<!DOCTYPE/i.test(text)) throw garbled('DOCTYPE')
  if (/&(?!(?:lt|gt|amp|quot|apos|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});)/.test(text)) throw garbled('an entity')
  for (const [, decimal, hexadecimal = ''] of text.matchAll(/&#(?:([0-9]+)|x([0-9A-Fa-f]+));/g)) {
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    if (code > 0x10ffff || UNWRITABLE.test(String.fromCodePoint(code))) throw garbled('a character reference')
  }
  if (UNWRITABLE.test(text)) throw garbled('a character that XML cannot hold')
  // What follows the root element is lost on the parser.
  if (!text.trimEnd().endsWith('>')) throw garbled('text after the last element')
}

/** The parser makes a list of an element that stands twice; one of the two would be passed over. */
function refuseRepeated(parsed: Parsed, lists: readonly string[]): void {
  if (typeof parsed === 'string') return
  for (const [tag, child] of Object.entries(parsed)) {
    if (!Array.isArray(child)) refuseRepeated(child as Parsed, lists)
    else if (!lists.includes(tag)) throw garbled('an element that stands twice')
    else for (const one of child as readonly Parsed[]) refuseRepeated(one, lists)
  }
}

/** The content of the child element `tag`; undefined where there is none. Throws CITY_GARBLED where it stands twice: which one counts? */
export function childOf(parent: Parsed | undefined, tag: string): Parsed | undefined {
  if (parent === undefined || typeof parent === 'string' || !Object.hasOwn(parent, tag)) return undefined
  const child = parent[tag]
  if (Array.isArray(child)) throw garbled('an element that stands twice')
  return child as Parsed | undefined
}

export function childrenOf(parent: Parsed | undefined, tag: string): readonly Parsed[] {
  if (parent === undefined || typeof parent === 'string' || !Object.hasOwn(parent, tag)) return []
  const child = parent[tag]
  if (child === undefined) return []
  return Array.isArray(child) ? (child as readonly Parsed[]) : [child as Parsed]
}

/** The text of the child element `tag`; undefined where there is none, or where it holds elements. */
export function textOf(parent: Parsed | undefined, tag: string): string | undefined {
  const child = childOf(parent, tag)
  return typeof child === 'string' ? child : undefined
}
