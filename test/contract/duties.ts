// Contract: of several gateways one has a duty, and it is taken from a holder only where that one has shown no sign since.

import type { Test } from 'tap'
import type { OpenedStore } from './fixture.ts'

export function dutyContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('one has it, goes on with it, and leaves it; of several who see the same term one takes it', async (t) => {
    const opened = await open(t)
    const asked = await Promise.all(['east', 'west', 'north'].map((one) => opened.store.holdDuty('work', one, null)))
    const [first] = asked
    t.equal(new Set(asked.map(({ holder }) => holder)).size, 1, 'of three who ask at once one has it')
    const holder = String(first?.holder)
    const others = ['east', 'west', 'north'].filter((one) => one !== holder)
    const [second = '', third = ''] = others

    const { store } = await opened.reopen()
    const gone = await store.holdDuty('work', holder, null)
    t.match(gone, { holder })
    t.ok(gone.term > Number(first?.term), 'each time that it is gone on with can be seen')
    t.strictSame(await store.holdDuty('work', second, null), gone, 'nothing changes for who only looks')
    t.strictSame(await store.holdDuty('work', second, gone.term - 1), gone, 'the holder has been seen since')
    t.match(await store.holdDuty('other work', third, null), { holder: third }, 'duties know nothing of each other')

    const taken = await Promise.all(others.map((one) => store.holdDuty('work', one, gone.term)))
    const [taker] = taken.map((one) => one.holder)
    t.equal(new Set(taken.map((one) => one.holder)).size, 1)
    t.not(taker, holder)
    t.equal((await store.holdDuty('work', holder, null)).holder, taker, 'it knows that it has lost it')
    await store.leaveDuty('work', holder)
    t.equal((await store.holdDuty('work', third, null)).holder, taker, 'it was not his to leave')
    await store.leaveDuty('work', String(taker))
    t.match(await store.holdDuty('work', holder, null), { holder }, 'whoever asks first')
  })

  t.test('what was found is there for all, the newest of it', async (t) => {
    const opened = await open(t)
    t.equal(await opened.store.found('count'), null)
    await opened.store.keepFound('count', '1')
    await opened.store.keepFound('count', '2')
    const { store } = await opened.reopen()
    t.equal(await store.found('count'), '2')
  })
}
