// Makes a configuration of any number of items from the shipped one: copies under other codes, with all that belongs to each.

import { cpSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { PROJECT } from '../gateway/harness.ts'

interface Folders {
  readonly configDir: string
  readonly schemasDir: string
}

/** The shipped items are left as they are; copy 2 of `code` is called `code-2`. A last round may be a part of them. */
export function makeItems(folder: string, count: number): Folders {
  const configDir = join(folder, 'config')
  const schemasDir = join(folder, 'schemas')
  cpSync(join(PROJECT, 'config'), configDir, { recursive: true })
  cpSync(join(PROJECT, 'schemas'), schemasDir, { recursive: true })
  const files = globSync('items/*.yaml', { cwd: configDir }).toSorted()
  const read = (name: string): { items: { code: string; domain: string }[] } =>
    parse(readFileSync(join(configDir, name), 'utf8'))
  const shipped = files.flatMap((name) => read(name).items)
  const copies = new Map<string, string[]>(shipped.map(({ code }) => [code, []]))
  for (let made = shipped.length; made < count; made++) {
    const { code, domain } = shipped[made % shipped.length]!
    const copy = `${code}-${Math.floor(made / shipped.length) + 1}`
    copies.get(code)!.push(copy)
    for (const file of [`items/${domain}/${code}`, `answers/${code}`, `samples/${code}`]) {
      copyDocument(join(schemasDir, file), code, join(schemasDir, file.replace(code, copy)), copy)
    }
  }
  for (const name of files) {
    const { items } = read(name)
    const all = items.flatMap((item) => [item, ...(copies.get(item.code) ?? []).map((code) => ({ ...item, code }))])
    writeFileSync(join(configDir, name), stringify({ items: all }, { aliasDuplicateObjects: false }))
  }
  for (const name of globSync('cities/*.yaml', { cwd: configDir })) {
    const city = parse(readFileSync(join(configDir, name), 'utf8')) as { items?: Record<string, unknown> }
    const more = Object.entries(city.items ?? {}).flatMap(([code, difference]) =>
      [code, ...(copies.get(code) ?? [])].map((copy) => [copy, difference]),
    )
    const items = city.items === undefined ? {} : { items: Object.fromEntries(more) }
    writeFileSync(join(configDir, name), stringify({ ...city, ...items }, { aliasDuplicateObjects: false }))
  }
  return { configDir, schemasDir }
}

function copyDocument(from: string, code: string, to: string, copy: string): void {
  let text: string
  try {
    text = readFileSync(`${from}.json`, 'utf8')
  } catch {
    return // applications have no answer schema
  }
  writeFileSync(`${to}.json`, text.replace(`/${code}.json"`, `/${copy}.json"`))
}
