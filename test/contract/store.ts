// The contract that every store has to pass, over the Store interface alone.

import type { Test } from 'tap'
import { actContract } from './acts.ts'
import { caseContract } from './cases.ts'
import { decisionRaceContract } from './decision-races.ts'
import { decisionContract } from './decisions.ts'
import { deliveryContract } from './deliveries.ts'
import { jointContract } from './joint.ts'
import { dutyContract } from './duties.ts'
import { draftContract } from './drafts.ts'
import type { OpenedStore } from './fixture.ts'
import { feedContract } from './feed.ts'
import { webhookContract } from './webhooks.ts'
import { materialContract } from './materials.ts'
import { logContract } from './log.ts'
import { hallNewsContract } from './hall-news.ts'
import { newsContract } from './news.ts'
import { openLegContract } from './open-legs.ts'
import { reconciliationContract } from './reconciliations.ts'
import { disclosureContract } from './disclosures.ts'
import { recordSearchContract } from './record-searches.ts'
import { recordContract } from './records.ts'
import { reroutingContract } from './reroutings.ts'
import { searchContract } from './searches.ts'
import { settlementContract } from './settlements.ts'

/** `open` gives an empty store each time, and closes it when `t` ends. */
export function storeContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('cases', async (t) => caseContract(t, open))
  t.test('searches for cases', async (t) => searchContract(t, open))
  t.test('settlements', async (t) => settlementContract(t, open))
  t.test('deliveries', async (t) => deliveryContract(t, open))
  t.test('what operators decide', async (t) => decisionContract(t, open))
  t.test('who is first at a message', async (t) => decisionRaceContract(t, open))
  t.test('what people do with a case', async (t) => actContract(t, open))
  t.test('the legs of a joint case', async (t) => jointContract(t, open))
  t.test('legs that are not decided', async (t) => openLegContract(t, open))
  t.test('what is routed anew', async (t) => reroutingContract(t, open))
  t.test('news of cities', async (t) => newsContract(t, open))
  t.test('news of halls', async (t) => hallNewsContract(t, open))
  t.test('what cities hold', async (t) => reconciliationContract(t, open))
  t.test('duties', async (t) => dutyContract(t, open))
  t.test('drafts', async (t) => draftContract(t, open))
  t.test('materials', async (t) => materialContract(t, open))
  t.test('the feed of events', async (t) => feedContract(t, open))
  t.test('webhooks', async (t) => webhookContract(t, open))
  t.test('records', async (t) => recordContract(t, open))
  t.test('disclosures', async (t) => disclosureContract(t, open))
  t.test('searches of records', async (t) => recordSearchContract(t, open))
  t.test('the signed log', async (t) => logContract(t, open))

  t.test('a closed store refuses everything and says so', async (t) => {
    const { store } = await open(t)
    await store.check()
    await store[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await t.rejects(store.check(), { code: 'STORE_UNAVAILABLE' })
    await t.rejects(store.findRepeat('x'), { code: 'STORE_UNAVAILABLE' })
    await t.rejects(store.listRecords({ limit: 1 }), { code: 'STORE_UNAVAILABLE' })
  })
}
