// Two gateways on one PostgreSQL, struck once in each way; `npm run chaos` does the same for longer, and with more gateways.

import t from 'tap'
import { inOwnMounts } from '../own-mounts.ts'
import { strikeEachOnce } from './each-once.ts'
import { openShared } from './shared.ts'

const mayMount = inOwnMounts(import.meta.filename)

t.test(
  'whatever strikes two gateways and their database, what was acknowledged is there, once, on record',
  async (t) => {
    const { refusals } = await strikeEachOnce(t, 6, (random) => openShared(t, { gateways: 2, random, mayMount }))
    t.ok(refusals > 0, 'it was told while the database was away')
  },
)
