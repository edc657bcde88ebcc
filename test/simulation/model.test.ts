// Cases go as docs/cases.md says: made-up sequences of commands, among faults and deaths, beside a model written from it.

import t from 'tap'
import { mayFollow } from './model.ts'
import { runModel } from './model-run.ts'
import { openStage } from './stage.ts'

/** As many as one core does in a minute and a half; `npm run simulate -- --model 100000` does more. */
const RUNS = 2000

t.test('whatever is done in whatever weather, cases stand where the model has them', async (t) => {
  const { broken, runs, commands } = await runModel(openStage(), RUNS, 20261130)
  t.equal(broken, null)
  t.equal(runs, RUNS)
  t.ok(commands > 2 * RUNS, `${commands} commands`)
})

t.test('the model says of some what the documents say', async (t) => {
  t.ok(mayFollow('collected', 'approved'), 'cities skip states')
  t.notOk(mayFollow('in-review', 'accepted'), 'never back')
  t.notOk(mayFollow('withdrawn', 'approved'), 'a case that was withdrawn is suddenly approved')
  t.ok(mayFollow('correction-required', 'lapsed'), 'without a correction')
  t.notOk(mayFollow('delivered', 'aborted'))
})
