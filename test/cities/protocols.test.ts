// Whatever bytes come, each protocol says what it makes of them, or why not, by a Fault.

import t from 'tap'
import { fromCompactBeijingTime } from '../../src/cities/beijing-time.ts'
import { projectConfig } from '../project-config.ts'
import { readMadeUp } from './support/made-up.ts'
import { openSubjects } from './support/readers.ts'

/** For each protocol; `npm run test:long -- --answers 50000` reads more. */
const INPUTS = 1500
const SEED = 20261122

t.test('points in time of Beijing read back, and days that do not exist do not', (t) => {
  t.equal(fromCompactBeijingTime('20261122180000'), '2026-11-22T18:00:00+08:00')
  t.equal(fromCompactBeijingTime('20260230000000'), null)
  t.equal(fromCompactBeijingTime('2026112218000'), null)
  t.end()
})

const subjects = openSubjects()

t.test('no protocol is left out', (t) => {
  const spoken = new Set(projectConfig.cities.flatMap(({ backends }) => backends.map((one) => one.protocol)))
  t.strictSame(new Set(subjects.map(({ protocol }) => protocol)), spoken)
  t.end()
})

for (const subject of subjects) {
  t.test(`${subject.city}: whatever comes, reading it gives an answer or a Fault of the city`, (t) => {
    const { inputs, endings, broken } = readMadeUp(subject, INPUTS, SEED)
    t.equal(broken, null)
    t.equal(inputs, INPUTS)
    // Noise alone would prove little: some of what is made up must still be read as an answer.
    t.ok((endings['answer'] ?? 0) > INPUTS / 50, JSON.stringify(endings))
    t.end()
  })
}
