// The tests of whole gateways once more, on PostgreSQL: `npm test -- test/gateway` says that they hold, this that the store is none
// of their business. In parts, each with a server of its own, so that they share the processors as other test files do.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { PROJECT } from '../gateway/harness.ts'
import { BORROWED } from './borrowed.ts'
import { GROUP } from './group.ts'
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

/** What each gateway bounds, counts or decides for itself: behind one address several of them do not hold to it as one does. */
const OF_EACH_GATEWAY: Readonly<Record<string, string>> = {
  'audit.test.ts': 'the sequence of one node, and how few records it makes of a flood',
  'case-streams.test.ts': 'how many streams a gateway holds open',
  'lines.test.ts': 'the breakers of a gateway, which it opens by what it has seen itself',
  'random-requests.test.ts': 'what is said on a socket, which the balancer would answer',
  'sick-cities.test.ts': 'how many calls of a gateway may wait for one city',
  'wire.test.ts': 'what is said on a socket, which the balancer would answer',
}

/** The files that are to hold for several gateways behind one address as for one. */
export function groupedTests(): readonly string[] {
  return functionalTests().filter((name) => !(name in OF_EACH_GATEWAY))
}

/** Runs those of one part, counted from 1, one after the other. */
export async function functionalPart(t: Test, part: number): Promise<void> {
  await runAll(
    t,
    functionalTests().filter((_, index) => index % PARTS === part - 1),
  )
}

/** Runs them one after the other on a server of their own, `gateways` at a time behind one address. */
export async function runAll(t: Test, names: readonly string[], gateways = 1): Promise<void> {
  const server = await startPostgres(t)
  const env = { ...process.env, [BORROWED]: JSON.stringify(server.owner), [GROUP]: String(gateways) }
  for (const name of names) await t.spawn(process.execPath, [join(folder, name)], { env }, name)
}
