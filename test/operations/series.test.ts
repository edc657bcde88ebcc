// What is counted in plain numbers reads as the client library of Prometheus would have written it.

import { Counter, Histogram, Registry } from '@prometheus-io/client'
import t from 'tap'
import { openCounter, openHistogram } from '../../src/operations/series.ts'

const name = 'something_seconds'
const help = 'What it says'

t.test('a counter', async (t) => {
  const labels = ['city', 'code']
  const registry = new Registry()
  const theirs = new Counter({ registers: [registry], name, help, labelNames: labels })
  const ours = openCounter({ name, help, labels })
  const odd = 'a\\b"c\nd'
  for (const [city, code] of [
    ['shenfu', 'none'],
    ['shenfu', 'CITY_RESET'],
    ['shenfu', 'none'],
    ['', odd],
  ] as const) {
    theirs.inc({ city, code })
    ours.add(city, code)
  }
  t.equal(`${ours.text()}\n`, await registry.metrics())
})

for (const labels of [['route', 'city'], []]) {
  t.test(`a histogram with ${labels.length} labels`, async (t) => {
    const bounds = [0.1, 0.5, 1]
    const registry = new Registry()
    const theirs = new Histogram({ registers: [registry], name, help, labelNames: labels, buckets: bounds })
    const ours = openHistogram({ name, help, labels, bounds })
    for (const value of [0, 0.1, 0.3, 0.5, 0.500001, 1, 7, 1000]) {
      for (const word of labels.length === 0 ? [''] : ['one', 'two']) {
        const values = labels.map((label) => label + word)
        theirs.observe(Object.fromEntries(labels.map((label) => [label, label + word])), value)
        ours.observe(value, ...values)
      }
    }
    t.equal(`${ours.text()}\n`, await registry.metrics())
  })
}
