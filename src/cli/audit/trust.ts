// Which keys a log's checkpoints may be signed with: those that were given, and those that follow them by signed succession.

import { hash } from 'node:crypto'
import { readOrigin } from '../../audit/log/names.ts'
import { readVkey, type Verifier } from '../../audit/log/note.ts'
import { readSuccession } from '../../audit/log/succession.ts'
import { CommandError } from '../output.ts'

export interface Trust {
  /** False: they are what the place itself names, and prove only that it agrees with itself. */
  readonly given: boolean
  /** The log's name without the year. */
  readonly base: string
  readonly keys: readonly Verifier[]
}

export const fingerprintOf = ({ publicKey }: { readonly publicKey: Uint8Array }): string =>
  hash('sha256', publicKey, 'hex').replace(/(.{4})(?=.)/g, '$1 ')

export function vkeyGiven(text: string, type: Verifier['type']): Verifier {
  const key = readVkey(text.trim())
  if (key === null || key.type !== type) {
    throw new CommandError(
      2,
      `${text} 不是${type === 1 ? '日志' : '见证方'}的 vkey。`,
      `${text} is no vkey of a ${type === 1 ? 'log' : 'witness'}.`,
    )
  }
  return key
}

/** Throws CommandError for keys of different logs, or where neither the caller nor the place names one. */
export function trustIn(given: readonly string[], named: string, successions: readonly string[]): Trust {
  const texts = given.length > 0 ? given : named.split('\n').filter((line) => line !== '')
  const keys = texts.map((text) => vkeyGiven(text, 1))
  const bases = new Set(keys.map(({ name }) => readOrigin(name)?.base ?? name))
  const [base] = bases
  if (base === undefined) {
    throw new CommandError(1, '没有公钥：请用 --key 给出。', 'There is no key: give one with --key.')
  }
  if (bases.size > 1)
    throw new CommandError(
      2,
      `这些公钥属于不同的日志：${[...bases].join('、')}。`,
      `The keys are of different logs: ${[...bases].join(', ')}.`,
    )
  const trusted = new Map(keys.map((key) => [key.publicKey.toString('hex'), key]))
  // Each may make a further one trusted, in whatever order they come.
  for (let known = 0; known < trusted.size;) {
    known = trusted.size
    for (const note of successions) {
      const next = readSuccession(note, base, [...trusted.values()])
      if (next !== null) trusted.set(next.publicKey.toString('hex'), next)
    }
  }
  return { given: given.length > 0, base, keys: [...trusted.values()] }
}
