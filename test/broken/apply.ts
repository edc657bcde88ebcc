// Reads the kept set of patches that each break one promise, and applies one to a copy of the tree.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export interface Edit {
  readonly file: string
  readonly find: string
  readonly put: string
}

export interface Patch extends Edit {
  readonly name: string
  readonly breaks: string
  /** The test file that must turn red. */
  readonly test: string
  readonly also?: readonly Edit[]
}

export const PATCHES = parse(readFileSync(new URL('patches.yaml', import.meta.url), 'utf8')) as readonly Patch[]

export const editsOf = (patch: Patch): readonly Edit[] => [patch, ...(patch.also ?? [])]

/** The file's text with the edit made. Throws where what is to be found does not stand there exactly once. */
export function edited(text: string, { file, find, put }: Edit): string {
  const found = text.split(find).length - 1
  if (found !== 1) throw new Error(`stands ${found} times in ${file}: ${find}`)
  return text.replace(find, () => put)
}

/** Breaks the tree in `folder`; the returned function mends it. Throws, and changes nothing, where it does not apply. */
export function apply(folder: string, patch: Patch): () => void {
  const before = new Map<string, string>()
  const after = new Map<string, string>()
  for (const edit of editsOf(patch)) {
    const text = after.get(edit.file) ?? readFileSync(join(folder, edit.file), 'utf8')
    if (!before.has(edit.file)) before.set(edit.file, text)
    after.set(edit.file, edited(text, edit))
  }
  const write = (texts: ReadonlyMap<string, string>): void => {
    for (const [file, text] of texts) writeFileSync(join(folder, file), text)
  }
  write(after)
  return () => write(before)
}
