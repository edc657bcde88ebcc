// Reads and writes the XML of the Fushun protocol: elements and text, with namespaces, without DOCTYPE.

import { XMLParser } from 'fast-xml-parser'

export interface XmlElement {
  readonly name: string
  readonly namespace: string | null
  readonly children: readonly XmlElement[]
  /** All text directly inside, with space around it cut off. */
  readonly text: string
}

// The parser's own decoding of entities decodes `&#38;lt;` twice, so it is switched off and done here.
const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  trimValues: false,
  cdataPropName: '#cdata',
  commentPropName: '#comment',
})

type RawNode = Readonly<Record<string, readonly RawNode[] | Readonly<Record<string, string>> | string>>

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
// oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 has no place for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** The root element. Throws on anything that is not one well-formed document without DOCTYPE. */
export function readXml(source: string): XmlElement {
  if (/<!DOCTYPE|<!ENTITY/i.test(source)) throw new Error('DOCTYPE is not allowed')
  if (FORBIDDEN.test(source)) throw new Error('forbidden character')
  const nodes = (parser.parse(source.replaceAll(/\r\n?/g, '\n'), true) as readonly RawNode[]).filter(
    (node) => nameOf(node) !== null && !nameOf(node)!.startsWith('?'),
  )
  if (nodes.length !== 1) throw new Error('exactly one root element is expected')
  return element(nodes[0]!, new Map())
}

/** Tag of an element's node, null for text, CDATA and comments. */
function nameOf(node: RawNode): string | null {
  const [name] = Object.keys(node).filter((key) => key !== ':@')
  return name === undefined || name.startsWith('#') ? null : name
}

function element(node: RawNode, outer: ReadonlyMap<string, string>): XmlElement {
  const qualified = nameOf(node)!
  const spaces = new Map(outer)
  for (const [key, value] of Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>)) {
    if (key === 'xmlns' || key.startsWith('xmlns:')) spaces.set(key.slice(6), value)
  }
  const [prefix, name] = qualified.includes(':') ? (qualified.split(':', 2) as [string, string]) : ['', qualified]
  const namespace = spaces.get(prefix) ?? null
  if (prefix !== '' && namespace === null) throw new Error(`prefix ${prefix} is not declared`)
  const inside = node[qualified] as readonly RawNode[]
  return {
    name,
    namespace: namespace === '' ? null : namespace,
    children: inside.filter((child) => nameOf(child) !== null).map((child) => element(child, spaces)),
    text: inside.map(textOf).join('').trim(),
  }
}

function textOf(node: RawNode): string {
  if (typeof node['#text'] === 'string') return decode(node['#text'])
  const cdata = node['#cdata'] as readonly RawNode[] | undefined
  return cdata === undefined
    ? ''
    : cdata.map((part) => (typeof part['#text'] === 'string' ? part['#text'] : '')).join('')
}

function decode(text: string): string {
  return text.replaceAll(/&([^;]{0,10};?)/g, (_, reference: string) => {
    const digits = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(reference)
    if (digits !== null) return character(digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16))
    const plain = reference.endsWith(';') ? ENTITIES[reference.slice(0, -1)] : undefined
    if (plain === undefined) throw new Error('unknown entity')
    return plain
  })
}

function character(point: number): string {
  const made = point <= 0x10ffff ? String.fromCodePoint(point) : '\u0000'
  if (FORBIDDEN.test(made)) throw new Error('forbidden character')
  return made
}

/** An element with text or with children; text is escaped, children are taken as written XML. */
export function tag(name: string, content: string | readonly string[]): string {
  return `<${name}>${typeof content === 'string' ? escapeText(content) : content.join('')}</${name}>`
}

export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')
}
