// The real store, each of its writes a named step.

import { openStore as openReal, type EmbeddedStore, type EmbeddedStoreOptions } from '../../src/store/sqlite.ts'
import { step } from './step.ts'

export async function openStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const store = await openReal(options)
  return {
    ...store,
    accept: (acceptance) =>
      step(
        'accept',
        () => store.accept(acceptance),
        () => acceptance.newCase.caseNo,
      ),
    enterAct: (act) =>
      step(
        `enter ${act.act.kind}`,
        () => store.enterAct(act),
        () => act.caseNo,
      ),
    decideDelivery: (decision) =>
      step(
        `decide ${decision.act}`,
        () => store.decideDelivery(decision),
        () => decision.caseNo,
      ),
    // Only a caller's own attempt has an answer to keep.
    settle: (settlement) =>
      step(
        settlement.messageNo > 0
          ? 'what follows settles'
          : settlement.answer === null
            ? 'courier settles'
            : 'caller settles',
        () => store.settle(settlement),
        () => settlement.caseNo,
      ),
    claimDue: (request) =>
      step(
        'claim',
        () => store.claimDue(request),
        (claims) => claims?.[0]?.caseNo ?? null,
      ),
    append: (records, answer) => step(`append ${records[0]?.kind}`, () => store.append(records, answer)),
    findRepeat: (scope) => step('findRepeat', () => store.findRepeat(scope)),
    findCase: (caseNo, scope) => step('findCase', () => store.findCase(caseNo, scope)),
    logTail: (skip, limit) => step('log read', () => store.logTail(skip, limit)),
    signLog: (bytes) => step('log signed', () => store.signLog(bytes)),
    replaceCheckpoint: (old, next) => step('log kept', () => store.replaceCheckpoint(old, next)),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
