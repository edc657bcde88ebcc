// Says, in both languages, why a store cannot be opened, so that whoever starts the gateway knows what to mend.

import type { Sentence } from '../domain/words.ts'

export type StoreProblemCode =
  | 'STORE_LOCKED'
  | 'STORE_NEWER'
  | 'STORE_DAMAGED'
  | 'KEY_MISSING'
  | 'KEY_UNREADABLE'
  | 'KEY_TOO_OPEN'
  | 'KEY_MALFORMED'
  | 'KEY_WRONG'
  | 'STORE_UNREACHABLE'
  | 'STORE_TLS'
  | 'STORE_REFUSED'
  | 'STORE_FULL'
  | 'NODE_IN_USE'
  | 'STORE_RIGHTS'
  | 'STORE_MISSING'
  | 'STORE_USED'

/** Thrown by openStore only: a running store throws Faults. `sentence` is for people, `code` for programs. */
export class StoreProblem extends Error {
  readonly code: StoreProblemCode
  readonly sentence: Sentence

  constructor(code: StoreProblemCode, zh: string, en: string, cause?: unknown) {
    super(`${zh} ${en}`, cause === undefined ? undefined : { cause })
    this.name = 'StoreProblem'
    this.code = code
    this.sentence = { zh, en }
  }
}
