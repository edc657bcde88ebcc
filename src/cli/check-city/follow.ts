// Checks what follows an application: files before it, corrections and withdrawals after it, and the list of what was taken.

import { hash } from 'node:crypto'
import type { MaterialMessage } from '../../domain/delivery.ts'
import type { LedgerFetch } from '../../domain/reconciliation.ts'
import { systemClock, systemIds } from '../../system.ts'
import { faultOf, mendOf } from './credentials.ts'
import { shownOf } from './exchanges.ts'
import { failed, notApplicable, notTried, passed, type Verdict } from './finding.ts'
import type { Taken } from './items.ts'
import { called, type Called, type Subject } from './subject.ts'

const SHARE = { share: 'caller' } as const
const TAKES_NONE = notApplicable({
  zh: '该市的接口不接收这类消息（takesNo 或协议如此）。',
  en: 'The city’s interface takes no messages of this kind (by takesNo, or by its protocol).',
})
const NONE_TAKEN = notTried({
  zh: '没有一件样例申请被收下，无从核对。',
  en: 'No sample application was taken, so there is nothing to try it with.',
})

/** Nobody has asked for one: a test system's cases cannot be brought to that point from here. */
export async function checkCorrections(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const { backend } = subject.open
  if (!backend.accepts.corrections) return TAKES_NONE
  const [first] = taken
  if (first === undefined) return NONE_TAKEN
  const { item, leg, reference, body } = first.message
  const { outcome, exchanged } = await called(subject, () =>
    backend.correct(
      {
        item,
        leg,
        reference,
        body,
        backendCaseNo: first.answer.backendCaseNo,
        correctionNo: 1,
        takenAt: systemClock.now(),
      },
      SHARE,
    ),
  )
  const shown = shownOf(exchanged, body)
  if (outcome.sent !== 'answered') return failed(faultOf(outcome), mendOf(outcome, subject), shown)
  if (outcome.answer.kind === 'refused') {
    return passed(
      {
        zh: '未要求补正时送达补正，按文档被拒绝。要核对收下的情形，请在测试系统中对一件样例发出补正告知。',
        en: 'A correction that nobody asked for is refused as documented. To see one taken, let the test system ask for one.',
      },
      shown,
    )
  }
  return failed(
    { zh: '没有要求补正，却收下了补正。', en: 'It has taken a correction that it had not asked for.' },
    {
      zh: '请该市只在“待补正”时接收补正，其余情形按文档拒绝。',
      en: 'Ask the city to take corrections only where it waits for one, and to refuse all others as the document says.',
    },
    shown,
  )
}

/** The same withdrawal again has the same answer: the gateway repeats one that got none. */
export async function checkWithdrawals(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const { backend } = subject.open
  if (!backend.accepts.withdrawals) return TAKES_NONE
  const last = taken.at(-1)
  if (last === undefined) return NONE_TAKEN
  const { item, leg, reference } = last.message
  const message = {
    item,
    leg,
    reference,
    backendCaseNo: last.answer.backendCaseNo,
    takenAt: systemClock.now(),
    reason: '接口联调',
  }
  const withdraw = (about = message) => called(subject, () => backend.withdraw(about, SHARE))
  const first = await withdraw()
  const wrong = notAs('withdrawn', subject, first)
  if (wrong !== null) return wrong
  const again = await withdraw()
  const repeated = notAs('withdrawn', subject, again)
  if (repeated !== null) return repeated
  const strange = await withdraw({ ...message, reference: subject.message(item).reference, backendCaseNo: null })
  if (strange.outcome.sent === 'answered' && strange.outcome.answer.kind === 'withdrawn') {
    return failed(
      { zh: '从未送过的编号，答复已撤回。', en: 'It says that it has given back what it was never sent.' },
      {
        zh: '请该市对未知编号明确拒绝，否则未送达的办件会显示为已撤回。',
        en: 'Ask the city to refuse what it does not know; else what never arrived shows as withdrawn.',
      },
      shownOf(strange.exchanged, null),
    )
  }
  return passed(
    {
      zh: '撤回被接受，重复撤回答复相同，未知编号被拒绝。',
      en: 'It is withdrawn, again with the same answer; what it does not know it refuses.',
    },
    shownOf(first.exchanged, null),
  )
}

/** A file, the same again, and another under the same id. */
export async function checkFiles(subject: Subject): Promise<Verdict> {
  const { backend } = subject.open
  if (backend.accepts.materials === null) return TAKES_NONE
  if (backend.accepts.materials === 'linked') {
    return notApplicable({
      zh: '该市按地址自取文件：请确认该市能访问网关的对外地址（publicAddress）。',
      en: 'The city fetches files itself: see that it reaches the gateway’s outer address (publicAddress).',
    })
  }
  const item = subject.items.find(({ interaction, materials }) => interaction === 'application' && materials.length > 0)
  if (item === undefined) return NONE_TAKEN
  const { leg, reference } = subject.message(item)
  const materialId = systemIds.materialId()
  const hand = (content: string) => {
    const bytes = Buffer.from(content)
    const code = item.materials[0]?.code ?? ''
    const material: MaterialMessage['material'] = {
      code,
      materialId,
      name: `${code}.pdf`,
      mediaType: 'application/pdf',
      digest: hash('sha256', bytes),
      bytes,
    }
    return called(subject, () => backend.handOver({ item, leg, reference, material }, SHARE))
  }
  const first = await hand('%PDF-1.7\n接口联调\n')
  const wrong = notAs('taken', subject, first) ?? notAs('taken', subject, await hand('%PDF-1.7\n接口联调\n'))
  if (wrong !== null) return wrong
  const other = await hand('%PDF-1.7\n另一份内容\n')
  if (other.outcome.sent === 'answered' && other.outcome.answer.kind === 'taken') {
    return failed(
      { zh: '同一附件编号的另一份内容也被收下。', en: 'Another content under the same id is taken too.' },
      {
        zh: '请该市按编号和 SHA-256 判重：同一编号的不同内容必须拒绝。',
        en: 'Ask the city to tell files by id and SHA-256: another content under the same id must be refused.',
      },
      shownOf(other.exchanged, null),
    )
  }
  return passed(
    {
      zh: '文件被收下，重复送达不变，同一编号的不同内容被拒绝。',
      en: 'A file is taken, again without harm; another one under its id is refused.',
    },
    shownOf(first.exchanged, null),
  )
}

const DAY_MS = 24 * 3_600_000
const PAGE = 50
const PAGES_MAX = 200

/** What was taken during the checks stands in the list, once each. */
export async function checkLedger(subject: Subject, taken: readonly Taken[]): Promise<Verdict> {
  const { ledger } = subject.open.backend
  if (ledger === null) {
    return notApplicable({
      zh: '该协议没有清单，不能对账。',
      en: 'The protocol has no list of what was taken: nothing can be compared.',
    })
  }
  if (taken.length === 0) return NONE_TAKEN
  const until = systemClock.now() + 1000
  const listed = new Map<string, number>()
  let cursor: string | null = null
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const asked: string | null = cursor
    const { value: fetched, exchanged } = await subject.exchanges.during((): Promise<LedgerFetch> =>
      ledger.fetch({ from: until - DAY_MS, until }, asked, PAGE),
    )
    if (fetched.kind === 'failed') {
      return failed(
        { zh: `取清单失败（${fetched.faultCode}）。`, en: `The list could not be had (${fetched.faultCode}).` },
        LEDGER_MEND,
        shownOf(exchanged, null, true),
      )
    }
    for (const { reference } of fetched.page.cases) listed.set(reference, (listed.get(reference) ?? 0) + 1)
    cursor = fetched.page.next
    if (cursor === null) break
  }
  // An asynchronous city lists what it has numbered.
  const numbered = taken.filter(({ answer }) => answer.backendCaseNo !== null)
  const lacking = numbered.filter(({ message }) => listed.get(message.reference) !== 1)
  if (lacking.length > 0) {
    return failed(
      {
        zh: `刚收下的 ${numbered.length} 件中，${lacking.length} 件不在清单中或重复。`,
        en: `Of ${numbered.length} just taken, ${lacking.length} are not on the list, or twice.`,
      },
      LEDGER_MEND,
      null,
      lacking.map(({ message }) => message.reference),
    )
  }
  return passed(
    {
      zh: `清单 ${listed.size} 件，刚收下的都在其中。`,
      en: `The list has ${listed.size}, all that were just taken among them.`,
    },
    null,
  )
}

const LEDGER_MEND = {
  zh: '请该市核对清单接口：按收到时间列出全部办件，每件一次，可分页取完。',
  en: 'Ask the city to check its list: all cases by the time that they were taken, each once, page by page to the end.',
}

/** Null where the answer is of that kind. */
function notAs<Answer extends { readonly kind: string }>(
  kind: Answer['kind'],
  subject: Subject,
  { outcome, exchanged }: Called<Answer>,
): Verdict | null {
  const shown = shownOf(exchanged, null)
  if (outcome.sent !== 'answered') return failed(faultOf(outcome), mendOf(outcome, subject), shown)
  if (outcome.answer.kind === kind) return null
  return failed(
    {
      zh: `应答复“${kind}”，却是“${outcome.answer.kind}”。`,
      en: `It should say “${kind}” and says “${outcome.answer.kind}”.`,
    },
    {
      zh: '请该市按文档处理，重复的同一消息应有同样的答复。',
      en: 'Ask the city to go by its document; the same message again has the same answer.',
    },
    shown,
  )
}
