// The time of a leg: five days for the notice, promises counted from the acceptance, and a clock that stands.

import t from 'tap'
import { projectConfig } from '../project-config.ts'
import { legClock, type Standing } from '../../src/domain/leg-clock.ts'
import { openWorkingDays } from '../../src/domain/working-days.ts'

const workingDays = openWorkingDays(projectConfig.calendar)
const at = (day: string): number => Date.parse(`${day}T10:00:00+08:00`)
/** A Monday, with no holiday near. */
const BEGUN = at('2026-11-02')
const clock = (standing: Standing, now = '2026-11-03', promised: number | null = 10) =>
  legClock(workingDays, BEGUN, standing, promised, 20, at(now))

t.test('until the city answers, the notice is due within five days and all counts from the window', async (t) => {
  t.match(clock([]), { noticeBy: { date: '2026-11-09' }, promisedBy: { date: '2026-11-16' }, stoppedSince: null })
  t.match(clock([{ at: BEGUN, state: 'pre-accepted' }]), { noticeBy: { date: '2026-11-09' } })
  t.match(clock([], '2026-11-30'), { noticeBy: { date: '2026-11-09' } }, 'and stays overdue')
})

t.test('an acceptance in time begins the count, one too late does not', async (t) => {
  t.match(clock([{ at: at('2026-11-06'), state: 'accepted' }]), { noticeBy: null, promisedBy: { date: '2026-11-20' } })
  t.match(clock([{ at: at('2026-11-12'), state: 'accepted' }]), {
    noticeBy: null,
    promisedBy: { date: '2026-11-16' },
    statutoryBy: { date: '2026-11-30' },
  })
})

t.test('the clock stands during a special procedure and during a correction', async (t) => {
  const accepted = { at: at('2026-11-03'), state: 'accepted' } as const
  const suspended = { at: at('2026-11-04'), state: 'suspended' } as const
  t.match(clock([accepted, suspended], '2026-11-10'), {
    stoppedSince: suspended.at,
    stoppedWorkingDays: 4,
    promisedBy: { date: '2026-11-23' },
  })
  t.match(clock([accepted, suspended, { at: at('2026-11-06'), state: 'in-review' }], '2026-11-20'), {
    stoppedSince: null,
    stoppedWorkingDays: 2,
    promisedBy: { date: '2026-11-19' },
  })
  const correction = { at: at('2026-11-05'), state: 'correction-required' } as const
  t.match(clock([correction], '2026-11-05'), { noticeBy: null, stoppedSince: correction.at })
  t.match(
    clock([correction, { at: at('2026-11-12'), state: 'accepted' }], '2026-11-13'),
    { stoppedWorkingDays: 0, promisedBy: { date: '2026-11-26' } },
    'the notice was in time: the acceptance begins the count',
  )
})

t.test('make-up days are worked, holidays are not', async (t) => {
  const begun = at('2026-09-29')
  t.match(legClock(workingDays, begun, [], 3, null, begun), { promisedBy: { date: '2026-10-09' }, statutoryBy: null })
  t.equal(workingDays.passed(at('2026-09-30'), at('2026-10-10')), 3, 'the Saturday after the holidays is one')
  t.equal(workingDays.passed(begun, begun), 0)
})

t.test('what is decided or at its end has no clock', async (t) => {
  for (const state of ['approved', 'rejected', 'completed', 'withdrawn', 'refused'] as const) {
    t.equal(clock([{ at: BEGUN, state }]), null, state)
  }
  t.match(clock([], '2026-11-03', null), { promisedBy: null })
})
