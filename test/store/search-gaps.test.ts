// Records that are missing between two of the same node show as a gap, however many nodes write and wherever a page begins.

import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { databaseFile } from '../../src/store/database.ts'
import { openGapSearch } from '../../src/store/search-gaps.ts'
import { draft } from '../contract/fixture.ts'
import { newFolder, openIn } from './folder.ts'

t.test('a deleted record is found as a gap before the next one, and an untouched log has none', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const drafts = Array.from({ length: 4500 }, () => draft())
  await store.append(drafts)
  const found = async (): Promise<readonly string[]> => {
    const ids: string[] = []
    for (let after: number | null = 0; after !== null;) {
      const page: Awaited<ReturnType<typeof store.listFindings>> = await store.listFindings({
        finding: 'gap',
        settledBefore: 0,
        limit: 1,
        after,
      })
      ids.push(...page.entries.map(({ id }) => id))
      after = page.next
    }
    return ids
  }
  t.same(await found(), [])

  const database = new DatabaseSync(databaseFile(dataDir))
  t.teardown(() => database.close())
  // The first, one in the middle of a page, and the last of a page together with the first of the next one.
  const gone = [1, 700, 2000, 2001, 4500]
  for (const position of gone) database.prepare('DELETE FROM records WHERE position = ?').run(position)
  const after = [1, 700, 2001].map((index) => drafts[index]?.id)
  t.same(await found(), after, 'each by the record that comes after it; of the last one only the signed log knows')
})

t.test('a start tells what is missing in the life before it', async (t) => {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const drafts = [draft({ kind: 'gateway-started' }), ...Array.from({ length: 9 }, () => draft({ call: null }))]
  await store.append(drafts.map((one) => ({ ...one, kind: one.call === null ? 'request-answered' : one.kind })))
  const database = new DatabaseSync(databaseFile(dataDir))
  t.teardown(() => database.close())
  for (const position of [4, 5, 8]) database.prepare('DELETE FROM records WHERE position = ?').run(position)
  const gaps = await store.findGaps('gateway-1', 'now')
  t.same(
    gaps.map(({ gap, record, missing }) => [gap, drafts.findIndex(({ id }) => id === record) + 1, missing]),
    [
      ['crashed', 10, 0],
      ['missing', 6, 2],
      ['missing', 9, 1],
    ],
  )
})

t.test('each node counts for itself', (t) => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE records (position INTEGER PRIMARY KEY, id TEXT, leaf TEXT, leaf_hash BLOB)')
  const numbers: readonly (readonly [node: string, seq: number])[] = [
    ['a', 1],
    ['b', 1],
    ['a', 2],
    ['b', 3],
    ['a', 3],
    ['c', 2],
    ['b', 4],
  ]
  for (const [index, [node, seq]] of numbers.entries()) {
    const leaf = JSON.stringify({ node, seq })
    database.prepare('INSERT INTO records VALUES (?, ?, ?, ?)').run(index + 1, `${node}${seq}`, leaf, Buffer.of(0))
  }
  const search = openGapSearch(database)
  t.same(
    search(0, 10).entries.map(({ id }) => id),
    ['b3', 'c2'],
  )
  const [first, next] = [search(0, 1), search(4, 10)]
  t.same([first.entries.map(({ id }) => id), first.next], [['b3'], 4])
  t.same(
    next.entries.map(({ id }) => id),
    ['c2'],
    'a page that begins in the middle knows what came before it',
  )
  t.end()
})
