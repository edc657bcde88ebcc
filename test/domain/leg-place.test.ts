// How a leg is called that was routed anew, and which legs of a case stand for those of its item.

import t from 'tap'
import { currentLegs, itemKey, replacedBy, routedAnew } from '../../src/domain/leg-place.ts'

const legs = (...keys: string[]) => keys.map((leg) => ({ leg }))

t.test('a leg that is routed anew gets a name of its own, and is known by the item’s key', async (t) => {
  t.equal(routedAnew('decide'), 'decide-r2')
  t.equal(routedAnew('decide-r2'), 'decide-r3')
  t.equal(routedAnew('move-out-r9'), 'move-out-r10')
  for (const [leg, key] of [
    ['decide', 'decide'],
    ['decide-r2', 'decide'],
    ['move-out-r10', 'move-out'],
    ['re-register', 're-register'],
    ['letter-r', 'letter-r'],
  ] as const) {
    t.equal(itemKey(leg), key)
  }
})

t.test('the newest stands for its leg, in the place of the first', async (t) => {
  const all = legs('decide', 'release', 'decide-r2', 'decide-r3')
  t.same(currentLegs(all), legs('decide-r3', 'release'))
  t.same(currentLegs(legs('decide', 'release')), legs('decide', 'release'))
  t.equal(replacedBy('decide', all), 'decide-r3')
  t.equal(replacedBy('decide-r2', all), 'decide-r3')
  t.equal(replacedBy('decide-r3', all), null)
  t.equal(replacedBy('release', all), null)
})
