// Checks that the test system understands the sample of every item that the city handles.

import type { CallOutcome, CityMessage, DeliverAnswer, QueryAnswer } from '../../domain/delivery.ts'
import { asFault } from '../../domain/fault.ts'
import type { Item } from '../../domain/item.ts'
import { faultOf, mendOf } from './credentials.ts'
import { answerText, shownOf } from './exchanges.ts'
import { failed, notApplicable, passed, type Shown, type Verdict } from './finding.ts'
import { called, type Subject } from './subject.ts'

const AT_ONCE = 4

/** An application that the city has taken. */
export interface Taken {
  readonly message: CityMessage
  readonly answer: Extract<DeliverAnswer, { readonly kind: 'taken' }>
}

interface Tried {
  readonly item: Item
  /** Null = understood. */
  readonly wrong: string | null
  readonly shown: Shown | null
  /** Taken, refused for a reason, found, nothing found. */
  readonly what: string
  readonly taken: Taken | null
  readonly mend: Verdict['mend']
}

/** The verdict, and the applications that were taken, with which later checks go on. */
export async function checkItems(
  subject: Subject,
  onDone: (done: number, total: number) => void,
): Promise<{ readonly verdict: Verdict; readonly taken: readonly Taken[] }> {
  const { items } = subject
  if (items.length === 0) {
    return { verdict: notApplicable({ zh: '没有由它办理的事项。', en: 'It handles no item.' }), taken: [] }
  }
  const tried: Tried[] = []
  const waiting = items.values()
  const work = async (): Promise<void> => {
    for (const item of waiting) {
      tried.push(await tryItem(subject, item))
      onDone(tried.length, items.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))

  const wrong = tried.filter((one) => one.wrong !== null)
  const counts = countsOf(tried)
  const total = items.length
  const taken = tried.flatMap((one) => (one.taken === null ? [] : [one.taken]))
  const refusals = tried
    .filter(({ what }) => what.startsWith('refused'))
    .map(({ item, what }) => `${item.code}: ${what}`)
  if (wrong.length === 0) {
    const found = { zh: `${total} 个事项全部读懂（${counts}）。`, en: `All ${total} items are understood (${counts}).` }
    return { verdict: passed(found, tried[0]?.shown ?? null, refusals), taken }
  }
  const [first] = wrong
  return {
    taken,
    verdict: failed(
      {
        zh: `${total} 个事项中有 ${wrong.length} 个没有读懂（${counts}）。`,
        en: `${wrong.length} of ${total} items are not understood (${counts}).`,
      },
      first?.mend ?? { zh: '核对 mapping。', en: 'Check the mapping.' },
      first?.shown ?? null,
      wrong.map(({ item, wrong: why }) => `${item.code}: ${why ?? ''}`),
    ),
  }
}

async function tryItem(subject: Subject, item: Item): Promise<Tried> {
  const message = subject.message(item)
  const { backend } = subject.open
  const share = { share: 'caller' } as const
  if (item.interaction === 'query') {
    const { outcome, exchanged } = await called(subject, () => backend.query(message, share))
    const isFound = outcome.sent === 'answered' && outcome.answer.kind === 'found'
    const shown = shownOf(exchanged, message.body, isFound)
    return { item, shown, taken: null, ...judgeQuery(subject, item, outcome, answerText(exchanged)) }
  }
  const { outcome, exchanged } = await called(subject, () => backend.deliver(message, share))
  const shown = shownOf(exchanged, message.body)
  const { wrong, what, mend } = judgeCall(subject, outcome, answerText(exchanged))
  const taken =
    outcome.sent === 'answered' && outcome.answer.kind === 'taken' ? { message, answer: outcome.answer } : null
  return { item, shown, wrong, what, mend, taken }
}

type Judged = Pick<Tried, 'wrong' | 'what' | 'mend'>

function judgeQuery(subject: Subject, item: Item, outcome: CallOutcome<QueryAnswer>, text: string): Judged {
  const judged = judgeCall(subject, outcome, text)
  if (outcome.sent !== 'answered' || outcome.answer.kind !== 'found') return judged
  try {
    subject.catalogue.checkAnswer(item, subject.city.key, outcome.answer.result)
    return judged
  } catch (error) {
    const { errors = [] } = asFault(error).details
    return {
      what: 'invalid',
      wrong: errors.map(({ pointer, message }) => `${pointer} ${message.zh} / ${message.en}`).join('; '),
      mend: {
        zh: '答复缺字段或取值不符：核对 mapping 的名称、取值和代码，或请该市补齐。',
        en: 'The answer misses fields or has other values: check names, values and codes in mapping, or ask the city for what is missing.',
      },
    }
  }
}

function judgeCall(subject: Subject, outcome: CallOutcome<QueryAnswer | DeliverAnswer>, text: string): Judged {
  if (outcome.sent !== 'answered') {
    const field = fieldIn(text)
    const at = field === null ? '' : ` ← ${field}`
    return {
      what: 'wrong',
      wrong: `${faultOf(outcome).zh} ${faultOf(outcome).en}${at}`,
      mend: mendOf(outcome, subject),
    }
  }
  const { answer } = outcome
  if (answer.kind !== 'refused') return { what: answer.kind, wrong: null, mend: null }
  // The words may name somebody: the codes say enough.
  const codes = answer.reasons.map(({ code }) => code).join(' ')
  return { what: `refused ${codes}`, wrong: null, mend: null }
}

/** The member that a city says is wrong, where its answer names one in any of the usual ways. */
function fieldIn(text: string): string | null {
  const named = /["<](?:field|param|member|path|pointer|zd|zdm|cwzd)["\s]*[:>]\s*"?([^"<>,}]{1,120})/i.exec(text)
  return named?.[1]?.trim() ?? null
}

function countsOf(tried: readonly Tried[]): string {
  const counts = new Map<string, number>()
  for (const { what } of tried) {
    const kind = what.split(' ')[0] ?? what
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ')
}
