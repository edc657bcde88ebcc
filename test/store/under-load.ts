// Files and settles cases as fast as it can, and prints each that was acknowledged, until it is killed.

import { writeSync } from 'node:fs'
import { openStore } from '../../src/store/sqlite.ts'
import { acceptance, settlement } from '../contract/fixture.ts'
import { storeOptions } from './folder.ts'

const CALLERS = 16
const [, , dataDir = ''] = process.argv
const store = await openStore(storeOptions(dataDir))
// Written at once, so that no acknowledgement is lost in a buffer of ours.
const acknowledge = (...words: readonly string[]): number => writeSync(1, `${words.join(' ')}\n`)

await Promise.all(
  Array.from({ length: CALLERS }, async () => {
    for (;;) {
      const accepted = acceptance(store.keyed)
      const { caseNo } = accepted.newCase
      await store.accept(accepted)
      acknowledge('accepted', caseNo, accepted.intent.id)
      const outcome = settlement(accepted)
      await store.settle(outcome)
      acknowledge('settled', caseNo, outcome.records[0]!.id)
    }
  }),
)
