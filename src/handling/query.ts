// The path of a query: read it from top to bottom. It is answered at once and changes nothing.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import type { CallOutcome, QueryAnswer } from '../domain/delivery.ts'
import { asFault, Fault } from '../domain/fault.ts'
import type { Item } from '../domain/item.ts'
import type { CityKey } from '../domain/words.ts'
import { applicantKey, collectingCityOf, mayActFor, mayCall } from '../identity/rights.ts'
import { checked, routed } from './checked.ts'
import { ANSWER_WITHHELD, explain, NOTHING_SENT } from './explain.ts'
import { statedWith } from './new-case.ts'
import type { Parts } from './parts.ts'

/**
 * Asks the competent city and answers with what it found; finding nothing is a 200 that says so.
 * Before the city is called the intent is durable, before this returns the outcome is.
 * Throws a Fault where we refuse (nothing was sent, the caller of this records it); a city's failure is returned, recorded.
 * After a crash in between, the log shows an intent without an outcome.
 */
export async function query(parts: Parts, caller: Caller, itemCode: string, received: ReceivedBody): Promise<Handled> {
  const { catalogue, cities, clock, keyed, recording, store } = parts

  const item = catalogue.find(itemCode)
  if (item.interaction !== 'query') throw new Fault('ITEM_IS_APPLICATION')
  mayCall(caller.principal, item)
  const [leg] = routed(parts, caller.principal, item, received.value)
  const submission = checked(parts, caller.principal, item, leg.city, received.value)
  mayActFor(caller.principal, submission, clock.now())

  const facts = {
    subjectKey: applicantKey(submission.body, keyed),
    item: item.code,
    city: leg.city,
    collectingCity: collectingCityOf(caller.principal) ?? submission.body.collectingCity ?? null,
    routeRule: leg.routeRule,
    call: 'query',
    schemaDigest: submission.schemaDigest,
  } as const
  const intent = recording.of(caller, 'forwarded', 'sending', {
    ...facts,
    requestDigest: recording.digest(received.bytes),
    disclosed: recording.disclose(statedWith(submission.body)),
  })
  await store.append([intent]).catch(explain(NOTHING_SENT))

  const outcome = await cities.backend(leg.city, item).query(
    {
      item,
      leg: item.legs[0],
      reference: intent.id,
      relatedCaseNo: null,
      body: submission.body,
      takenAt: intent.time,
    },
    { share: 'caller', signal: caller.gone },
  )
  const answer = answerOf(parts, item, leg.city, outcome)

  const record = recording.of(caller, 'city-answered', answer.outcome, {
    ...facts,
    intent: intent.id,
    status: 'fault' in answer ? answer.fault.status : 200,
    ...('fault' in answer ? { faultCode: answer.fault.code, source: answer.fault.source } : {}),
    answerDigest: outcome.sent === 'answered' ? recording.digest(outcome.bytes) : null,
  })
  await store.append([record]).catch(explain(ANSWER_WITHHELD))

  if ('fault' in answer) return { recordId: record.id, fault: answer.fault }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(answer.body) }
}

type Answered =
  | { readonly outcome: 'found' | 'nothing-found'; readonly body: object }
  | { readonly outcome: 'refused' | 'invalid' | 'not-sent' | 'no-answer'; readonly fault: Fault }

function answerOf(parts: Parts, item: Item, city: CityKey, outcome: CallOutcome<QueryAnswer>): Answered {
  if (outcome.sent === 'no') return { outcome: 'not-sent', fault: outcome.fault }
  if (outcome.sent === 'maybe') return { outcome: 'no-answer', fault: outcome.fault }
  const { answer } = outcome
  switch (answer.kind) {
    case 'refused':
      return { outcome: 'refused', fault: new Fault('CITY_REFUSED', { city, reasons: answer.reasons }) }
    case 'nothing-found':
      return { outcome: 'nothing-found', body: { item: item.code, city, found: false } }
    case 'found':
      try {
        parts.catalogue.checkAnswer(item, city, answer.result)
      } catch (error) {
        return { outcome: 'invalid', fault: asFault(error) }
      }
      return { outcome: 'found', body: { item: item.code, city, found: true, result: answer.result } }
  }
}
