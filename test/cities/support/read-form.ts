// Reads what a city gets of a form in XML, by a reader that the adapters do not use, and holds it against the city's own table.

export interface Read {
  readonly tag: string
  text: string
  readonly children: Read[]
}

/** Reads elements and text and nothing else; throws where an element is not closed by its own name. */
export function readXml(xml: string): Read {
  const root: Read = { tag: '', text: '', children: [] }
  const open = [root]
  for (const [, closing, tag, , empty, text] of xml.matchAll(/<(\/?)([\w:]+)( [^<>]*)?(\/?)>|([^<]+)/g)) {
    const parent = open.at(-1)
    if (parent === undefined) throw new Error('closed too often')
    if (tag === undefined) parent.text += unescaped(text ?? '')
    else if (closing === '/') {
      if (open.pop()?.tag !== tag) throw new Error(`${tag} is closed, but not open`)
    } else {
      const element: Read = { tag, text: '', children: [] }
      parent.children.push(element)
      if (empty !== '/') open.push(element)
    }
  }
  if (open.length !== 1) throw new Error('not closed')
  return root
}

function unescaped(text: string): string {
  const characters: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#13;': '\r', '&amp;': '&' }
  return text.replace(/&(?:lt|gt|quot|#13|amp);/g, (entity) => characters[entity] ?? entity)
}

/** The one element at the end of these tags; throws where there is none, or more than one. */
export function inside(element: Read, ...tags: readonly string[]): Read {
  return tags.reduce((parent, tag) => {
    const found = parent.children.filter((child) => child.tag === tag)
    if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} elements ${tag}`)
    return found[0]
  }, element)
}

/** Our name of a field → its tag, and the kind of value by the city's own word. */
export type Table = ReadonlyMap<string, { readonly tag: string; readonly kind: string }>

/**
 * Compares a form with the elements that a city got of it: one line for each difference, none where all is as the city's
 * document says. `written` says how the document writes a value of a kind.
 */
export function comparison(options: {
  readonly table: Table
  readonly object: string
  readonly list: string
  readonly row: string
  readonly written: (value: unknown, kind: string | undefined, name: string) => string
}): (form: object, element: Read) => readonly string[] {
  const { table, object, list, row, written } = options

  function differences(value: unknown, name: string, element: Read, path: string): readonly string[] {
    const kind = table.get(name)?.kind
    if (kind === object) return objectDifferences(value as object, element, path)
    if (kind !== list) return textDifferences(written(value, kind, name), element, path)
    const entries = value as readonly unknown[]
    if (element.children.length !== entries.length) return [`${path}: ${element.children.length} entries`]
    return entries.flatMap((entry, index) => {
      const at = `${path}/${index}`
      const child = element.children[index]
      if (child?.tag !== row) return [`${at}: no ${row}`]
      return typeof entry === 'string'
        ? textDifferences(written(entry, undefined, name), child, at)
        : objectDifferences(entry as object, child, at)
    })
  }

  function objectDifferences(value: object, element: Read, path: string): readonly string[] {
    const members = Object.entries(value)
    const found = members.flatMap(([name, member]) => {
      const tag = table.get(name)?.tag
      const children = element.children.filter((child) => child.tag === tag)
      const at = `${path}/${name}`
      if (children.length !== 1 || children[0] === undefined) return [`${at}: ${children.length} elements ${tag}`]
      return differences(member, name, children[0], at)
    })
    if (element.children.length !== members.length) found.push(`${path}: ${element.children.length} elements`)
    return found
  }

  return (form, element) => objectDifferences(form, element, '')
}

function textDifferences(expected: string, { text, children }: Read, path: string): readonly string[] {
  return text === expected && children.length === 0 ? [] : [`${path}: ${text} instead of ${expected}`]
}

/** Moved by digits: `12500.5` → `1250050`. */
export function fen(yuan: string): string {
  const [whole = '', fraction = ''] = yuan.split('.')
  return String(BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0')))
}

/** `yyyyMMddHHmmss` in Beijing time. */
export function compact(time: string): string {
  return new Date(Date.parse(time) + 8 * 3600_000).toISOString().replace(/\D/g, '').slice(0, 14)
}

export function collectTags({ children }: Read, used: Set<string>): void {
  for (const child of children) {
    used.add(child.tag)
    collectTags(child, used)
  }
}
