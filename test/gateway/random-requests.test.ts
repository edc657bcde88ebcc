// A few thousand requests made up at random: whatever comes in, the fault is not the gateway's, and nothing is lost;
// `npm run test:long -- --inputs 20000` does the same for longer.

import t from 'tap'
import { runInputs } from '../chaos/random-inputs.ts'

t.test('no bytes that a caller makes up are our fault, and what was accepted is there', async (t) => {
  const seed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000)
  const report = await runInputs(t, { inputs: 2000, seed, sickCities: false, say: (line) => t.comment(line) })
  t.strictSame(report.broken.slice(0, 3), [], `seed ${seed}`)
  t.equal(report.inputs, 2000)
  t.ok(report.cases >= 100, `${report.cases} cases`)
  const statuses = new Set(Object.keys(report.answers).map((name) => Number(name.slice(0, 3))))
  for (const status of [200, 201, 400, 401, 403, 404, 405, 415, 422])
    t.ok(statuses.has(status), `${status} was among the answers`)
})
