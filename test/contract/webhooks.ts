// Contract: what programs are told of is made once, leaves in the order of its case, and is forgotten only when it was taken.

import type { Test } from 'tap'
import type { Acceptance } from '../../src/domain/store.ts'
import type { WebhookMessage } from '../../src/domain/webhook.ts'
import { systemIds } from '../../src/system.ts'
import { acceptance, draft, NOW, settlement } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

type Store = OpenedStore['store']
const APP = 'shenyang-app'

async function filed(store: Store): Promise<Acceptance> {
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  await store.settle(settlement(accepted))
  return accepted
}

/** Messages of all that came after the cursor; gives their ids in order. */
async function make(store: Store, endpoint = APP): Promise<readonly string[]> {
  const { events, upTo } = await store.readFeed(await store.webhookCursor(endpoint), null, 1000)
  const messages = events.map(({ position }) => ({ messageId: `msg_${systemIds.lease()}`, position }))
  await store.makeWebhookMessages(endpoint, upTo, messages, NOW)
  return messages.map(({ messageId }) => messageId)
}

const failed = (changes: object = {}) => draft({ kind: 'webhook-failed', outcome: 'dead', ...changes })
const ids = (messages: readonly WebhookMessage[]): readonly string[] => messages.map(({ messageId }) => messageId)

export function webhookContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a new endpoint is told of nothing before it, and each event makes one message', async (t) => {
    const opened = await open(t)
    await filed(opened.store)
    t.equal(await opened.store.webhookCursor(APP), await opened.store.feedEnd())
    const { newCase } = await filed(opened.store)
    const made = await make(opened.store)
    const record = await opened.store.findCase(newCase.caseNo, { hall: 'hunnan' })
    t.equal(made.length, record?.events.length)
    const { store } = await opened.reopen()
    t.strictSame(await make(store), [], 'nothing new')
    const events = await store.readFeed(0, null, 1000)
    const again = events.events
      .slice(-made.length)
      .map(({ position }) => ({ messageId: `msg_${systemIds.lease()}`, position }))
    await store.makeWebhookMessages(APP, events.upTo, again, NOW)
    const [standing] = await store.webhookStandings()
    t.strictSame(standing, { endpoint: APP, disabledAt: null, waiting: made.length, oldestAt: NOW, dead: 0 })
  })

  t.test('of a case one message at a time, in order; cases do not wait for each other', async (t) => {
    const { store } = await open(t)
    await store.webhookCursor(APP)
    const cases = [await filed(store), await filed(store)]
    await make(store)
    const seen: WebhookMessage[] = []
    for (;;) {
      const due = await store.dueWebhookMessages(APP, NOW, 10)
      if (due.length === 0) break
      t.equal(new Set(due.map(({ caseNo }) => caseNo)).size, due.length, 'one of each case')
      t.ok(due.length <= cases.length)
      seen.push(...due)
      for (const { messageId } of due) await store.settleWebhookMessage(messageId, { kind: 'taken' }, NOW)
    }
    for (const { newCase } of cases) {
      const record = await store.findCase(newCase.caseNo, { hall: 'hunnan' })
      const own = seen.filter(({ caseNo }) => caseNo === newCase.caseNo)
      t.strictSame(
        own.map(({ event }) => event),
        record?.events,
      )
    }
    t.match(await store.webhookStandings(), [{ waiting: 0, dead: 0, oldestAt: null }])
  })

  t.test(
    'what was not taken comes back under its id, after a restart too, when it is due and not before',
    async (t) => {
      const opened = await open(t)
      await opened.store.webhookCursor(APP)
      await filed(opened.store)
      const [first = ''] = await make(opened.store)
      t.strictSame(ids(await opened.store.dueWebhookMessages(APP, NOW, 10)), [first])
      await opened.store.settleWebhookMessage(first, { kind: 'later', dueAt: NOW + 1000, why: 'status-500' }, NOW)
      const { store } = await opened.reopen()
      t.strictSame(await store.dueWebhookMessages(APP, NOW + 999, 10), [], 'nor do those after it')
      const [due] = await store.dueWebhookMessages(APP, NOW + 1000, 10)
      t.match(due, { messageId: first, attempts: 1 })
    },
  )

  t.test('what is given up lets the next ones go, is shown, and is sent again on demand', async (t) => {
    const { store } = await open(t)
    await store.webhookCursor(APP)
    const { newCase } = await filed(store)
    const [first = '', second = ''] = await make(store)
    await store.settleWebhookMessage(
      first,
      { kind: 'dead', why: 'timeout', record: failed({ caseNo: newCase.caseNo }) },
      NOW + 1,
    )
    t.strictSame(ids(await store.dueWebhookMessages(APP, NOW + 1, 10)), [second])
    t.match(await store.deadWebhookMessages(APP, 10), [
      { messageId: first, caseNo: newCase.caseNo, attempts: 1, why: 'timeout', deadAt: NOW + 1 },
    ])
    t.match(await store.webhookStandings(), [{ dead: 1 }])
    t.match((await store.listRecords({ kind: 'webhook-failed', limit: 9 })).entries, [{ leaf: { outcome: 'dead' } }])
    const redriven = draft({ kind: 'webhook-redriven', outcome: 'redriven' })
    t.equal(await store.redriveWebhook(APP, ['msg_none', second], NOW + 2, draft({ kind: 'webhook-redriven' })), 0)
    t.equal(await store.redriveWebhook('another', null, NOW + 2, draft({ kind: 'webhook-redriven' })), 0)
    t.equal(await store.redriveWebhook(APP, null, NOW + 2, redriven), 1)
    t.match(
      await store.dueWebhookMessages(APP, NOW + 2, 10),
      [{ messageId: first, attempts: 0 }],
      'before those of its case',
    )
    t.strictSame(await store.deadWebhookMessages(APP, 10), [])
    t.match((await store.findRecord(redriven.id))?.leaf, { counts: { messages: 1 } })
  })

  t.test('an endpoint that is gone gets nothing until it is taken into use again', async (t) => {
    const opened = await open(t)
    await opened.store.webhookCursor(APP)
    await opened.store.webhookCursor('another')
    await filed(opened.store)
    const [first = ''] = await make(opened.store)
    await make(opened.store, 'another')
    await opened.store.settleWebhookMessage(first, { kind: 'gone', record: failed({ outcome: 'disabled' }) }, NOW + 5)
    const { store } = await opened.reopen()
    t.strictSame(await store.dueWebhookMessages(APP, NOW + 10_000, 10), [])
    t.equal((await store.dueWebhookMessages('another', NOW, 10)).length, 1, 'the other one is not concerned')
    t.match(await store.webhookStandings(), [
      { endpoint: 'another', disabledAt: null },
      { endpoint: APP, disabledAt: NOW + 5 },
    ])
    await store.redriveWebhook(APP, null, NOW + 6, draft({ kind: 'webhook-redriven', outcome: 'redriven' }))
    t.strictSame(ids(await store.dueWebhookMessages(APP, NOW + 6, 10)), [first])
  })
}
