// A gateway with the embedded store, struck once in each way; `npm run chaos -- --store embedded` does the same for longer.

import t from 'tap'
import { inOwnMounts } from '../own-mounts.ts'
import { strikeEachOnce } from './each-once.ts'
import { openEmbedded } from './embedded.ts'

const mayMount = inOwnMounts(import.meta.filename)

t.test(
  'whatever strikes the gateway and its disk, what it acknowledged is there, once, with its evidence',
  async (t) => {
    const { brokenConnections, refusals } = await strikeEachOnce(t, 8, (random) =>
      openEmbedded(t, { random, mayMount }),
    )
    t.ok(brokenConnections > 0, 'the kill struck while calls were under way')
    if (mayMount) t.ok(refusals > 0, 'it was told while the disk was full')
  },
)
