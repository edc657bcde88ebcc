// A rating (好差评): how satisfied the person is with the service, once, after its end.

import type { Caller, Handled } from '../domain/caller.ts'
import { Fault, type FieldError } from '../domain/fault.ts'
import { RATING_CHANNELS, RATING_SCORES, type Rating } from '../domain/acts.ts'
import { perform, type Asking } from './acts.ts'
import { membersOf } from './members.ts'
import type { Parts } from './parts.ts'

const TEXT_CHARACTERS_MAX = 500

/** Takes `{ score, channel, text? }`. Throws what `perform` throws, FORM_INVALID, or CASE_STATE_REFUSES before the end and the second time. */
export function rate(parts: Parts, caller: Caller, asking: Asking): Promise<Handled> {
  return perform(parts, caller, asking, () => ({
    act: { kind: 'rating', rating: ratingOf(asking.received.value) },
    call: null,
    city: null,
  }))
}

function ratingOf(value: unknown): Rating {
  const { members, errors } = membersOf(value, ['score', 'channel', 'text'])
  const score = RATING_SCORES.find((one) => one === members['score'])
  const channel = RATING_CHANNELS.find((one) => one === members['channel'])
  const text = members['text'] ?? null
  if (score === undefined) errors.push(SCORE)
  if (channel === undefined) errors.push(CHANNEL)
  if (text !== null && (typeof text !== 'string' || text.trim() === '' || text.length > TEXT_CHARACTERS_MAX)) {
    errors.push(TEXT)
  }
  if (errors.length > 0 || score === undefined || channel === undefined) throw new Fault('FORM_INVALID', { errors })
  return { score, channel, text: typeof text === 'string' ? text.trim() : null }
}

const SCORE: FieldError = {
  pointer: '/score',
  rule: 'enum',
  message: {
    zh: '满意度为 1（非常满意）至 5（非常不满意）。',
    en: 'From 1 (very satisfied) to 5 (very dissatisfied).',
  },
}
const CHANNEL: FieldError = {
  pointer: '/channel',
  rule: 'enum',
  message: {
    zh: '评价渠道为 1 窗口、2 电脑端、3 移动端、4 快递、9 其他。',
    en: 'One of 1 window, 2 computer, 3 mobile, 4 courier, 9 other.',
  },
}
const TEXT: FieldError = {
  pointer: '/text',
  rule: 'maxLength',
  message: { zh: '评价内容为 1 至 500 字，可不填。', en: 'The text has 1 to 500 characters, or is left out.' },
}
