// Takes what follows an application in Fuxin (1005, 1006) or comes before it (1007): corrections, withdrawals and files.

import { readBeijingTime } from '../beijing-time.ts'
import type { Desk } from '../desk.ts'
import { reasons, status } from './fuxin-answers.ts'
import { CASE_NUMBER, FUTURE_MS_MAX, readFuxinCorrection } from './fuxin-body.ts'
import { misfitAt, reply, textsOf } from './fuxin-replies.ts'
import { type Element, tag } from './fuxin-xml.ts'
import { CASE_REFERENCE } from './shape.ts'
import type { WireReply } from './wire.ts'

/** `now`: the city's clock, in milliseconds since 1970. */
export async function correct(content: Element, desk: Desk, now: number): Promise<WireReply> {
  const read = readFuxinCorrection(content, now)
  if (read.kind === 'misfit') return misfitAt(read.path)
  const { submission, correctionNo } = read.correction
  const { reference, leg } = submission
  if (CASE_REFERENCE.exec(reference)?.[2] !== leg) return misfitAt('yewubianhao')
  const corrected = await desk.correct(read.correction)
  switch (corrected.kind) {
    case 'taken': {
      const numbers = tag('yewubianhao', reference) + tag('buzhengxuhao', String(correctionNo))
      return reply('00000', numbers + status(corrected.status))
    }
    case 'refused':
      return reply('30001', reasons(corrected.refusals))
    case 'unknown':
      return reply('20002')
    case 'not-asked-for':
      return reply('20003', status(corrected.status))
    case 'out-of-order':
      return reply('20004', tag('buzhengxuhao', String(corrected.expected)))
    case 'other-content':
      return reply('20005')
  }
}

export async function withdraw(content: Element, desk: Desk, now: number): Promise<WireReply> {
  const read = textsOf(
    content,
    { yewubianhao: CASE_REFERENCE, shoujianshijian: /^[0-9]{14}$/ },
    { banjianhao: CASE_NUMBER, chehuiliyou: /^.{1,200}$/su },
  )
  if ('misfit' in read) return misfitAt(read.misfit)
  const { texts } = read
  const takenAt = readBeijingTime(texts.get('shoujianshijian')!, 'compact')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return misfitAt('shoujianshijian')
  const reference = texts.get('yewubianhao')!
  const withdrawn = await desk.withdraw({
    reference,
    backendCaseNo: texts.get('banjianhao') ?? null,
    reason: texts.get('chehuiliyou') ?? null,
  })
  switch (withdrawn.kind) {
    case 'withdrawn':
      return reply('00000', tag('yewubianhao', reference) + status('withdrawn'))
    case 'unknown':
      return reply('20002')
    case 'too-late':
      return reply('20006', status(withdrawn.status))
  }
}

const MEDIA_TYPES: Readonly<Record<string, string>> = { '1': 'application/pdf', '2': 'image/jpeg', '3': 'image/png' }

const FILE = {
  yewubianhao: CASE_REFERENCE,
  cailiaobianhao: /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/,
  cailiaobianma: /^[a-z][a-z0-9-]{0,79}$/,
  wenjianming: /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/,
  wenjianleixing: /^[123]$/,
  wenjianzhaiyao: /^[0-9a-f]{64}$/,
  // No more than its beginning: a pattern that runs over millions of characters runs out of stack.
  wenjianneirong: /^[A-Za-z0-9+/]/,
}

export async function takeFile(content: Element, desk: Desk): Promise<WireReply> {
  const read = textsOf(content, FILE)
  if ('misfit' in read) return misfitAt(read.misfit)
  const textOf = (name: keyof typeof FILE): string => read.texts.get(name)!
  const bytes = Buffer.from(textOf('wenjianneirong'), 'base64')
  // The decoder passes over what is none.
  if (bytes.toString('base64') !== textOf('wenjianneirong')) return misfitAt('wenjianneirong')
  const reference = textOf('yewubianhao')
  const materialId = textOf('cailiaobianhao')
  const handedOver = await desk.takeMaterial({
    reference,
    materialId,
    code: textOf('cailiaobianma'),
    name: textOf('wenjianming'),
    mediaType: MEDIA_TYPES[textOf('wenjianleixing')]!,
    digest: textOf('wenjianzhaiyao'),
    bytes,
  })
  switch (handedOver.kind) {
    case 'taken':
      return reply('00000', tag('yewubianhao', reference) + tag('cailiaobianhao', materialId))
    case 'other-content':
      return reply('20007')
    case 'misfit':
      return MISFITS[handedOver.what]
  }
}

const MISFITS = {
  name: misfitAt('wenjianming'),
  digest: misfitAt('wenjianzhaiyao'),
  size: reply('30001', fileReason('CL06', '文件大小不符合要求')),
  'media-type': reply('30001', fileReason('CL07', '文件内容与类型不符')),
} as const

function fileReason(code: string, words: string): string {
  return tag('liyou', [tag('row', [tag('liyoubianma', code) + tag('liyoushuoming', words)])])
}
