// Erases a person's data where the law demands it (个人信息保护法 art. 47), and says what another law has kept.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { ERASURE_GROUNDS, type Erased } from '../domain/disclosure.ts'
import { Fault } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'
import { mayOperate } from '../identity/rights.ts'
import { oneOf, partyOf } from './asked.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

/**
 * All of it is durable, with its record, when this returns; files of uploads go right after, and those of a crash in between are swept
 * later. A second time erases what has come since. Throws Fault ROLE_NOT_ALLOWED, FORM_INVALID, or what the store throws.
 */
export async function eraseSubject(parts: Parts, caller: Caller, received: ReceivedBody): Promise<Handled> {
  mayOperate(caller.principal)
  const { members, errors } = membersOf(received.value, ['subject', 'ground'])
  const ground = oneOf(members['ground'], 'ground', ERASURE_GROUNDS, errors)
  const subject = partyOf(members['subject'], 'subject', parts.clock, errors)
  if (errors.length > 0 || ground === undefined || subject === null) throw new Fault('FORM_INVALID', { errors })
  const record = parts.recording.of(caller, 'subject-erased', ground, { status: 200 })
  const erased = await parts.store.eraseSubject(parts.keyed.subjectKey(subject), record)
  await parts.files.remove(erased.files)
  const { isKnown, values, salts, drafts, uploads, casesKept } = erased
  const body = {
    known: isKnown,
    erased: { values, salts, drafts, uploads, index: isKnown && casesKept === 0 },
    kept: keptBy(erased),
    record: record.id,
  }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(body) }
}

interface Kept {
  readonly what: 'cases' | 'audit-records'
  readonly count: number | null
  readonly why: Sentence
}

function keptBy({ isKnown, casesKept }: Erased): readonly Kept[] {
  if (!isKnown) return []
  const records: Kept = { what: 'audit-records', count: null, why: RECORDS_KEPT }
  return casesKept === 0 ? [records] : [{ what: 'cases', count: casesKept, why: CASES_KEPT }, records]
}

const CASES_KEPT: Sentence = {
  zh: '办件及其移交记录依法须保存（法律、行政法规规定的保存期限未满的，停止除存储和采取必要的安全保护措施之外的处理）；为此保留证件号码到办件的索引。未办结的办件可先由本人撤回。',
  en: 'Cases and the records of their handing over have to be kept by law for their term; until then they are stored and protected, and nothing else is done with them. The way from the number to the cases stays for that. A case that is open can be withdrawn by the person first.',
}
const RECORDS_KEPT: Sentence = {
  zh: '审计记录永久保留以证明日志完整，其中没有个人信息，只有随机代号。',
  en: 'Audit records stay for ever, so that the log can be proven whole; they hold nothing personal but a random reference.',
}
