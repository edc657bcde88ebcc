// The PostgreSQL store keeps the store's contract.

import t from 'tap'
import { storeContract } from '../contract/store.ts'
import { startPostgres } from '../postgres/server.ts'
import { openAt, openEmptyPostgres } from '../postgres/store.ts'
import { newFolder } from './folder.ts'

const server = await startPostgres(t)

storeContract(t, (t) => openEmptyPostgres(t, server))

t.test('it tells what time it is where the data is', async (t) => {
  const store = await openAt(t, newFolder(t), await server.newStore())
  const before = Date.now()
  const time = await store.time()
  // The clock is this machine's here; it is asked by another process, in another unit.
  t.ok(Number.isSafeInteger(time) && time >= before - 5 && time <= Date.now() + 5, `${time}, ${before}`)
})
