// Reads and writes the XML of the Fuxin protocol: elements and text, and nothing else that XML has.

export interface Element {
  readonly name: string
  readonly children: readonly Element[]
  /** Text of an element without children, with space around it cut off. */
  readonly text: string
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }
// oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 has no place for
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/
/** Start tag, end tag or empty element, without attributes and prefixes; or text. */
const TOKEN = /<(\/?)([A-Za-z_][A-Za-z0-9_.-]{0,99})\s*(\/?)>|([^<]+)/y
const MAY_REPEAT = 'row'

/** The root element, null for anything that the common rules of docs/wire/fuxin.md forbid. */
export function readXml(source: string): Element | null {
  if (!source.startsWith(DECLARATION) || FORBIDDEN.test(source)) return null
  const root: Draft = { name: '', children: [], text: '' }
  const open: Draft[] = [root]
  const token = new RegExp(TOKEN)
  token.lastIndex = DECLARATION.length
  while (token.lastIndex < source.length) {
    const [, ends, name, isEmpty, text] = token.exec(source) ?? []
    const parent = open.at(-1)!
    if (text !== undefined) {
      const decoded = decode(text.replaceAll(/\r\n?/g, '\n'))
      if (decoded === null) return null
      parent.text += decoded
    } else if (name === undefined || (ends !== '' && isEmpty !== '')) {
      return null
    } else if (ends !== '') {
      if (open.length === 1 || parent.name !== name || !isWhole(parent)) return null
      parent.text = parent.text.trim()
      open.pop()
    } else {
      const child: Draft = { name, children: [], text: '' }
      parent.children.push(child)
      if (isEmpty === '') open.push(child)
    }
  }
  return open.length === 1 && root.children.length === 1 && isWhole(root) ? root.children[0]! : null
}

interface Draft {
  readonly name: string
  readonly children: Draft[]
  text: string
}

/** No text beside elements, and nothing twice but rows. */
function isWhole({ children, text }: Draft): boolean {
  const names = children.map(({ name }) => name).filter((name) => name !== MAY_REPEAT)
  return (children.length === 0 || text.trim() === '') && new Set(names).size === names.length
}

/** Null where something stands that is no reference or a reference to nothing that may stand there. */
function decode(text: string): string | null {
  if (text.includes(']]>')) return null
  let isSound = true
  const decoded = text.replaceAll(/&([^;&]{0,10};?)/g, (_, reference: string) => {
    const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));$/.exec(reference) ?? []
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    const isCharacter = point >= 9 && point <= 0x10ffff && !(point >= 0xd800 && point <= 0xdfff)
    const made = isCharacter ? String.fromCodePoint(point) : ENTITIES[/^(.*);$/.exec(reference)?.[1] ?? '']
    if (made === undefined || FORBIDDEN.test(made)) isSound = false
    return made ?? ''
  })
  return isSound ? decoded : null
}

/** An element with text, or with what is already written. */
export function tag(name: string, content: string | readonly string[]): string {
  return `<${name}>${typeof content === 'string' ? escape(content) : content.join('')}</${name}>`
}

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;')

export const document = (root: string): Buffer => Buffer.from(DECLARATION + root)
