// A sample for tally.test.ts: ends by an error after an assertion that holds.
import t from 'tap'

t.ok(true)
throw new Error('thrown on purpose')
