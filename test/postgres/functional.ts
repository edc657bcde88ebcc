// The tests of whole gateways once more, on PostgreSQL: `npm test -- test/gateway` says that they hold, this that the store is none
// of their business. In parts, each with a server of its own, so that they share the processors as other test files do.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { PROJECT } from '../gateway/harness.ts'
import { BORROWED } from './borrowed.ts'
import { startPostgres } from './server.ts'

export const PARTS = 4

/** They look into the file of the embedded store, or are about it. */
const OF_THE_EMBEDDED_STORE = /DatabaseSync|store\.sqlite|cpSync\(|openIn\(|launch\(/

const folder = join(PROJECT, 'test/gateway')

/** Its bound of memory is measured with the embedded store: with PostgreSQL's threads it is 337 MB. */
const BOUND_BY_MEMORY = 'fifty-uploads.test.ts'

/** All files of test/gateway that are not about the embedded store. */
export function functionalTests(): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && name !== BOUND_BY_MEMORY)
    .filter((name) => !OF_THE_EMBEDDED_STORE.test(readFileSync(join(folder, name), 'utf8')))
    .toSorted()
}

/** Runs those of one part, counted from 1, one after the other. */
export async function functionalPart(t: Test, part: number): Promise<void> {
  const names = functionalTests().filter((_, index) => index % PARTS === part - 1)
  const server = await startPostgres(t)
  const env = { ...process.env, [BORROWED]: JSON.stringify(server.owner) }
  for (const name of names) await t.spawn(process.execPath, [join(folder, name)], { env }, name)
}
