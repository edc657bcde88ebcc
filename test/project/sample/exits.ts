// A sample for tally.test.ts: its process dies before the second assertion.
import t from 'tap'

t.test('dies', async (t) => {
  t.ok(true)
  process.exit(3)
})
