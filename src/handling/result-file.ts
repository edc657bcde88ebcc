// Fetches the file of a result (a certificate, a letter) from the city that issued it, for those who may see the case.

import type { Caller, Handled } from '../domain/caller.ts'
import type { CaseRecord } from '../domain/case-record.ts'
import type { CallOutcome, ResultAnswer } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { CaseResult } from '../domain/news.ts'
import { applicantKey, caseScope, mayActOnCases } from '../identity/rights.ts'
import { ANSWER_WITHHELD, explain, NOTHING_SENT } from './explain.ts'
import { legRule } from './legs.ts'
import type { Parts } from './parts.ts'

export interface WantedResult {
  readonly caseNo: string
  readonly leg: string
  /** Of the result, as the city has told it. */
  readonly code: string
}

/**
 * Asked for anew each time and kept nowhere here: the city has the original, for as long as it provides it. The intent is durable
 * before the city is asked, the outcome before the file is given out. Throws Fault ROLE_NOT_ALLOWED, CASE_UNKNOWN, RESULT_UNKNOWN,
 * CITY_GIVES_NO_FILE, or what the store throws.
 */
export async function resultFile(parts: Parts, caller: Caller, wanted: WantedResult): Promise<Handled> {
  const { cities, catalogue, recording, store } = parts
  mayActOnCases(caller.principal)
  const record = await store.findCase(wanted.caseNo, caseScope(caller.principal, parts.keyed))
  if (record === null) throw new Fault('CASE_UNKNOWN')
  const leg = record.legs.find((one) => one.leg === wanted.leg)
  const result = resultOf(record, wanted)
  const item = catalogue.known(record.item)
  if (leg === undefined || result === null || item === undefined) throw new Fault('RESULT_UNKNOWN')
  const { results } = cities.backend(leg.city, item)
  if (results === null || leg.delivery === 'local') throw new Fault('CITY_GIVES_NO_FILE', { city: leg.city })

  const facts = {
    subjectKey: applicantKey(record.body, parts.keyed),
    item: record.item,
    city: leg.city,
    caseNo: record.caseNo,
    leg: leg.leg,
    call: 'result',
  } as const
  const intent = recording.of(caller, 'forwarded', 'sending', facts)
  await store.append([intent]).catch(explain(NOTHING_SENT))
  const message = {
    item,
    leg: legRule(item, leg.leg),
    reference: `${record.caseNo}.${leg.leg}`,
    backendCaseNo: leg.backendCaseNo,
    result,
  }
  const outcome = await results.fetch(message, { share: 'caller', signal: caller.gone })
  const said = answerOf(outcome, leg.city)
  const answered = recording.of(caller, 'city-answered', said.outcome, {
    ...facts,
    intent: intent.id,
    status: 'fault' in said ? said.fault.status : 200,
    ...('fault' in said ? { faultCode: said.fault.code, source: said.fault.source } : {}),
    answerDigest: outcome.sent === 'answered' ? recording.digest(outcome.bytes) : null,
  })
  await store.append([answered]).catch(explain(ANSWER_WITHHELD))
  if ('fault' in said) return { recordId: answered.id, fault: said.fault }
  const { mediaType, digest, bytes } = said.file
  const headers = {
    'content-type': mediaType,
    'content-length': String(bytes.length),
    'content-digest': `sha-256=:${digest}:`,
    'content-disposition': `attachment; filename="${record.caseNo}-${leg.leg}.${mediaType.split('/')[1] ?? 'bin'}"`,
    'content-security-policy': 'sandbox',
    'cache-control': 'no-store',
  }
  return { recordId: answered.id, status: 200, headers, body: bytes }
}

/** What the city has told last under this code. */
function resultOf({ news }: CaseRecord, { leg, code }: WantedResult): CaseResult | null {
  const told = news.filter((one) => one.leg === leg).flatMap(({ results }) => results)
  return told.findLast((one) => one.code === code) ?? null
}

type Said =
  | { readonly outcome: 'found'; readonly file: Extract<ResultAnswer, { kind: 'file' }> }
  | { readonly outcome: 'nothing-found' | 'not-sent' | 'no-answer'; readonly fault: Fault }

function answerOf(outcome: CallOutcome<ResultAnswer>, city: string): Said {
  if (outcome.sent === 'no') return { outcome: 'not-sent', fault: outcome.fault }
  if (outcome.sent === 'maybe') return { outcome: 'no-answer', fault: outcome.fault }
  const { answer } = outcome
  return answer.kind === 'file'
    ? { outcome: 'found', file: answer }
    : { outcome: 'nothing-found', fault: new Fault('RESULT_NOT_PROVIDED', { city }) }
}
