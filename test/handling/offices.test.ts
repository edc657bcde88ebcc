// Who holds a leg, in every state that it can have.

import t from 'tap'
import { CASE_STATES, DELIVERY_STATES } from '../../src/domain/delivery.ts'
import type { LegView } from '../../src/domain/case-record.ts'
import { holdingLeg, openOffices } from '../../src/handling/offices.ts'
import { cities } from '../gateway/harness.ts'

const HELP_DESK = { name: { zh: '服务台', en: 'Help desk' }, telephone: '024-00009999' }
const offices = openOffices(cities, HELP_DESK)
const HALL = `shenyang/${cities.find(({ key }) => key === 'shenyang')?.halls[0]?.key}`

const leg = (changes: Partial<LegView>): LegView => ({
  leg: 'decide',
  city: 'benxi',
  state: 'collected',
  delivery: 'delivered',
  backendCaseNo: null,
  cityStatus: null,
  reasons: [],
  attempts: 0,
  faultCode: null,
  nextAt: null,
  ...changes,
})

t.test('what a city has is with its office in every state, but for what it gave back', async (t) => {
  const office = cities.find(({ key }) => key === 'benxi')?.office
  for (const state of CASE_STATES) {
    for (const hall of [HALL, null]) {
      const holder = offices.holderOf({ hall }, leg({ state }))
      const isBack = state === 'returned'
      t.equal(holder.kind, isBack ? (hall === null ? 'help-desk' : 'hall') : 'office', `${state} ${hall}`)
      t.match(holder, isBack ? { telephone: /./ } : { city: 'benxi', ...office })
    }
  }
})

t.test('what no city has for certain is with those who collected it', async (t) => {
  for (const delivery of [...DELIVERY_STATES, 'waiting'] as const) {
    if (delivery === 'delivered' || delivery === 'refused') continue
    t.match(
      offices.holderOf({ hall: HALL }, leg({ delivery })),
      { kind: 'hall', city: 'shenyang', hall: HALL },
      delivery,
    )
    t.match(offices.holderOf({ hall: null }, leg({ delivery })), { kind: 'help-desk', city: null, ...HELP_DESK })
  }
  const taken = leg({ delivery: 'cancelled', state: 'withdrawn' })
  t.match(offices.holderOf({ hall: HALL }, taken), { kind: 'hall' }, 'taken back before it was sent')
  const ended = leg({ delivery: 'given-up', state: 'aborted' })
  t.match(offices.holderOf({ hall: HALL }, ended), { kind: 'hall' }, 'given up before it was known to have arrived')
  t.match(offices.holderOf({ hall: HALL }, leg({ delivery: 'refused', state: 'refused' })), { kind: 'office' })
  t.match(offices.holderOf({ hall: HALL }, leg({ delivery: 'unconfirmed', state: 'accepted' })), { kind: 'office' })
})

t.test('what is decided where it was taken is with its hall, and of residents with the city’s office', async (t) => {
  const local = leg({ delivery: 'local', city: 'shenyang' })
  t.match(offices.holderOf({ hall: HALL }, local), { kind: 'hall', hall: HALL })
  t.match(offices.holderOf({ hall: null }, local), { kind: 'office', city: 'shenyang' })
})

t.test('a hall or a city that is configured no more still gets an answer', async (t) => {
  const holder = offices.holderOf({ hall: 'shenyang/closed' }, leg({ city: 'gone', state: 'accepted' }))
  t.same(holder, {
    kind: 'hall',
    city: null,
    hall: 'shenyang/closed',
    name: { zh: 'shenyang/closed', en: 'shenyang/closed' },
    telephone: HELP_DESK.telephone,
  })
})

t.test('a case is held as its deciding leg is, or while that waits as the last leg before it', async (t) => {
  const first = leg({ leg: 'agree' })
  const second = leg({ leg: 'decide', delivery: 'waiting' })
  t.equal(holdingLeg([first, second], 'decide'), first)
  const begun = leg({ leg: 'decide', delivery: 'stored' })
  t.equal(holdingLeg([first, begun], 'decide'), begun)
  t.equal(holdingLeg([begun, first], 'decide'), begun, 'the order does not matter')
  const cancelled = leg({ leg: 'decide', delivery: 'cancelled' })
  t.equal(holdingLeg([cancelled], 'decide'), cancelled, 'all were taken back')
  t.equal(holdingLeg([first], undefined), first, 'an item that has left the catalogue')
})

t.test('each hall and each office of the configuration has a number of its own', async (t) => {
  const numbers = cities.flatMap(({ halls, office }) => [office, ...halls].map(({ telephone }) => telephone))
  t.equal(new Set(numbers).size, numbers.length)
  for (const number of numbers) t.match(number, /^0\d{2,3}-0/, 'made up: no local number begins with 0')
})
