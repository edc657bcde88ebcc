// A PostgreSQL without room for its tables or for its log: of what failed it is known what was kept, a gateway that cannot start says
// why, and all goes on once there is room.

import t from 'tap'
import { draft } from '../contract/fixture.ts'
import { inOwnMounts } from '../own-mounts.ts'
import { newFolder } from '../store/folder.ts'
import { bringBack, databaseDisk } from './own-disk.ts'
import { startPostgres } from './server.ts'
import { openAt } from './store.ts'

const skip = inOwnMounts(import.meta.filename) ? false : 'this user may not mount anything'
const TIMES_MAX = 2000

/** Does it again until it fails, and gives what it failed with. */
async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  for (let times = 0; times < TIMES_MAX; times += 1) {
    try {
      await work()
    } catch (error) {
      return error
    }
  }
  return null
}

t.test('a database without a byte left', { skip }, async (t) => {
  const disk = databaseDisk(t, 512)
  const server = await startPostgres(t, disk.path)
  const store = await openAt(t, newFolder(t), await server.newStore())
  const kept = draft()
  await store.append([kept])
  const sequence = async (): Promise<readonly unknown[]> =>
    (await server.query("SELECT leaf::json->>'seq' AS seq FROM store_1.records ORDER BY position")).map(({ seq }) =>
      Number(seq),
    )

  await t.test('for its tables: nothing was kept, and what is there can be read', async (t) => {
    const empty = await server.newStore()
    const giveBack = disk.fill()
    const failure = await failureOf(() => store.append(Array.from({ length: 20 }, () => draft())))
    t.match(failure, { code: 'STORE_UNAVAILABLE', cause: { written: 'no', message: /No space left/ } })
    t.match(await store.findRecord(kept.id), { id: kept.id })
    const refused: unknown = await openAt(t, newFolder(t), empty).catch((error: unknown) => error)
    t.match(refused, { name: 'StoreProblem', code: 'STORE_FULL', sentence: { zh: /磁盘/, en: /disk/ } })
    await giveBack()
    await store.append([draft()])
    const all = await sequence()
    t.strictSame(
      all,
      all.map((_, at) => at + 1),
    )
  })

  await t.test(
    'for its log: it ends in the middle of a commit, and nobody is told that nothing was kept',
    async (t) => {
      const giveBack = disk.fill()
      const failure = await failureOf(async () => {
        await server.query('SELECT pg_switch_wal()')
        await store.check()
      })
      t.match(server.said(), /PANIC: .*No space left on device/)
      t.match(failure, { code: 'STORE_UNAVAILABLE', cause: { written: 'unknown' } })
      await giveBack()
      await bringBack(server)
      await store.append([draft()])
      const all = await sequence()
      t.strictSame(
        all,
        all.map((_, at) => at + 1),
      )
    },
  )
})
