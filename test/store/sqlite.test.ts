// The embedded store keeps the store's contract.

import t from 'tap'
import { draft } from '../contract/fixture.ts'
import { storeContract } from '../contract/store.ts'
import { newFolder, openEmpty, openIn } from './folder.ts'

storeContract(t, openEmpty)

t.test('each node counts its own records, under whichever name the folder was opened before', async (t) => {
  const dataDir = newFolder(t)
  const seqs: unknown[] = []
  for (const node of ['east', 'east', 'west', 'east', 'west', 'west']) {
    const store = await openIn(t, dataDir, { node })
    const drafts = [draft(), draft()]
    await store.append(drafts)
    for (const { id } of drafts) seqs.push((await store.findRecord(id))?.leaf['seq'])
    await store[Symbol.asyncDispose]()
  }
  t.same(seqs, [1, 2, 3, 4, 1, 2, 5, 6, 3, 4, 5, 6])
})

t.test('it tells what time it is where the data is', async (t) => {
  const store = await openIn(t, newFolder(t))
  const before = Date.now()
  const time = await store.time()
  // The clock is this machine's here; it is asked in another unit.
  t.ok(Number.isSafeInteger(time) && time >= before - 5 && time <= Date.now() + 5, `${time}, ${before}`)
})
