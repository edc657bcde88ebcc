// A sample for tally.test.ts: two assertions hold, one does not, one is skipped, one is still to be done.
import t from 'tap'

t.test('outer', async (t) => {
  t.test('inner', async (t) => {
    t.ok(true)
    t.equal(1, 2, 'one is two')
  })
  t.ok(true)
})
t.test('not now', { skip: 'no reason' }, async () => {})
t.test('still to be done', { todo: true }, async () => {})
