// Checks what the test system makes of a reference that comes twice, and what it answers when asked about one.

import type { CallOutcome, CityMessage, EnquiryAnswer } from '../../domain/delivery.ts'
import { faultOf, mendOf } from './credentials.ts'
import { shownOf } from './exchanges.ts'
import { failed, notApplicable, passed, type Verdict, notTried } from './finding.ts'
import type { Taken } from './items.ts'
import { systemClock } from '../../system.ts'
import { called, type Called, type Subject } from './subject.ts'

const NONE_TAKEN = notTried({
  zh: '没有一件样例申请被收下，无从核对。',
  en: 'No sample application was taken, so there is nothing to try it with.',
})

/** Registers that are asked may lag behind those that take: nobody waits for them longer than this. */
const LAG_MS_MAX = 30_000
const ASK_EVERY_MS = 1000
const SHARE = { share: 'caller' } as const

/** Two cases under one reference would be one citizen's application decided twice. */
export async function checkDuplicate(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const [first] = taken
  if (first === undefined) return NONE_TAKEN
  const { message, answer } = first
  const { backend } = subject.open
  const { outcome, exchanged } = await called(subject, () => backend.deliver(message, SHARE))
  const shown = shownOf(exchanged, message.body)
  const mend = {
    zh: '请该市按编号判重：同一编号再来时返回原办件，或按文档拒绝，绝不新建。',
    en: 'Ask the city to tell repetitions by the reference: the same case again, or refused as the document says, never a new one.',
  }
  if (isSameCase(outcome, answer.backendCaseNo)) {
    return passed(
      { zh: '同一编号再次送达，得到同一办件。', en: 'The same reference again gives the same case.' },
      shown,
    )
  }
  if (outcome.sent === 'answered' && outcome.answer.kind === 'taken') {
    return failed(
      { zh: '同一编号再次送达，多出一个办件。', en: 'The same reference again made a second case.' },
      mend,
      shown,
    )
  }
  if (outcome.sent === 'answered') {
    return failed(
      { zh: '收下之后再次送达，却答复不予受理。', en: 'What it had taken it refuses when it comes again.' },
      mend,
      shown,
    )
  }
  const refused = outcome.fault.code === 'CITY_MESSAGE_REFUSED' && outcome.sent === 'maybe'
  if (!refused) return failed(faultOf(outcome), mend, shown)
  const asked = backend.canEnquire ? await askUntilSettled(subject, message) : null
  if (asked !== null && !isSameCase(asked.outcome, answer.backendCaseNo)) {
    return failed(
      {
        zh: '再次送达被拒绝，但原办件已不是原来的。',
        en: 'The repetition is refused, but the case is not the same any more.',
      },
      mend,
      shownOf(asked.exchanged, message.body),
    )
  }
  return passed(
    {
      zh: '同一编号再次送达，按文档被拒绝，原办件不变。',
      en: 'The same reference again is refused as documented; the case stands.',
    },
    shown,
  )
}

export async function checkEnquiry(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const { backend } = subject.open
  if (!backend.canEnquire) {
    return notApplicable({
      zh: '该市不能询问；结果不明的办件由人工核对。',
      en: 'The city cannot be asked: cases without a known outcome are left to a person.',
    })
  }
  const [first] = taken
  if (first === undefined) return NONE_TAKEN
  const known = await askUntilSettled(subject, first.message)
  const shown = shownOf(known.exchanged, first.message.body)
  if (known.outcome.sent !== 'answered') return failed(faultOf(known.outcome), mendOf(known.outcome, subject), shown)
  if (!isSameCase(known.outcome, first.answer.backendCaseNo)) {
    return failed(
      {
        zh: '询问刚收下的编号，答复不是那个办件。',
        en: 'Asked about a reference that it has just taken, it tells of another case or of none.',
      },
      {
        zh: '请该市核对询问接口：已答复收下的办件，须在 settlesAfterMs（最长等 30 秒）之内查得到；延迟更长就改大这个值。',
        en: 'Ask the city to check its enquiry: what it has confirmed must be found within settlesAfterMs (30 s are waited at most); where it lags for longer, raise that value.',
      },
      shown,
    )
  }
  const unknown = await called(subject, () => backend.enquire(subject.message(first.message.item), SHARE))
  const unknownShown = shownOf(unknown.exchanged, null)
  if (unknown.outcome.sent !== 'answered') {
    return failed(faultOf(unknown.outcome), mendOf(unknown.outcome, subject), unknownShown)
  }
  if (unknown.outcome.answer.kind !== 'not-known') {
    return failed(
      {
        zh: '询问从未送过的编号，对方说有这个办件。',
        en: 'Asked about a reference that was never sent, it claims to have it.',
      },
      {
        zh: '请该市对未知编号明确答复“未查到”；否则没有送到的办件会被当成已送达。',
        en: 'Ask the city to say plainly that it does not know a reference; else what never arrived counts as delivered.',
      },
      unknownShown,
    )
  }
  return passed(
    { zh: '已知编号查得到，未知编号答复未查到。', en: 'A known reference is found, an unknown one is not known.' },
    shown,
  )
}

/** Asks until the case is known, as long as the city may still not know what it has taken. */
async function askUntilSettled(subject: Subject, message: CityMessage): Promise<Called<EnquiryAnswer>> {
  const until = systemClock.monotonic() + Math.min(subject.backend.settlesAfterMs, LAG_MS_MAX)
  for (;;) {
    const asked = await called(subject, () => subject.open.backend.enquire(message, SHARE))
    const isKnown = asked.outcome.sent !== 'answered' || asked.outcome.answer.kind !== 'not-known'
    if (isKnown || systemClock.monotonic() >= until) return asked
    await systemClock.delay(ASK_EVERY_MS)
  }
}

/** A city that gives its number later may have given it, or have refused, by the time that it is asked or told again. */
function isSameCase(outcome: CallOutcome<EnquiryAnswer>, backendCaseNo: string | null): boolean {
  if (outcome.sent !== 'answered') return false
  const { answer } = outcome
  if (answer.kind === 'not-known') return false
  return backendCaseNo === null || (answer.kind === 'taken' && answer.backendCaseNo === backendCaseNo)
}
