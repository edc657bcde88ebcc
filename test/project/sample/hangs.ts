// A sample for tally.test.ts: never ends by itself.
import t from 'tap'

t.test('waits for ever', async (t) => {
  t.ok(true)
  await new Promise<void>(() => setInterval(() => {}, 1000))
})
