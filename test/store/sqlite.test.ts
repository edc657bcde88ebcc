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
