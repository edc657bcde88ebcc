// Runs the checks in order: what cannot be reached is not asked, and what does not know us gets no samples.

import type { Sentence } from '../../domain/words.ts'
import { checkClock, checkReachable, checkTls } from './connection.ts'
import { checkSignature, checkWrongSignature } from './credentials.ts'
import { checkCharset, checkSize, checkUnknownItem } from './edges.ts'
import { checkCorrections, checkFiles, checkLedger, checkWithdrawals } from './follow.ts'
import { notTried, type Finding, type Verdict } from './finding.ts'
import { checkLoad, checkNews } from './habits.ts'
import { checkItems, type Taken } from './items.ts'
import { checkDuplicate, checkEnquiry } from './repeats.ts'
import type { Subject } from './subject.ts'

const TITLES = {
  reachable: { zh: '可以连通', en: 'Reachable' },
  tls: { zh: '证书', en: 'TLS certificate' },
  signature: { zh: '签名被接受', en: 'Signature accepted' },
  'wrong-signature': { zh: '错误签名被拒绝', en: 'Wrong signature refused' },
  clock: { zh: '时钟', en: 'Clock' },
  items: { zh: '读懂每个事项', en: 'Each item understood' },
  duplicate: { zh: '编号重复', en: 'Duplicate reference' },
  enquiry: { zh: '询问办件', en: 'Enquiry' },
  news: { zh: '办件进展', en: 'News of cases' },
  files: { zh: '材料文件', en: 'Files' },
  corrections: { zh: '补正', en: 'Corrections' },
  withdrawals: { zh: '撤回', en: 'Withdrawals' },
  ledger: { zh: '对账清单', en: 'List of what was taken' },
  'unknown-item': { zh: '错误代码', en: 'Error codes known' },
  charset: { zh: '字符集', en: 'Charset' },
  size: { zh: '报文大小', en: 'Size' },
  load: { zh: '并发用时', en: 'Time under load' },
} as const satisfies Record<string, Sentence>

type CheckKey = keyof typeof TITLES

export async function runChecks(
  subject: Subject,
  onItem: (done: number, total: number) => void,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  /** Runs one check, or says why it was left out. */
  async function check(key: CheckKey, leftOut: Sentence | null, run: () => Promise<Verdict>): Promise<boolean> {
    const began = performance.now()
    const verdict = leftOut === null ? await run() : notTried(leftOut)
    findings.push({ key, title: TITLES[key], ...verdict, tookMs: Math.round(performance.now() - began) })
    return verdict.outcome !== 'failed'
  }

  const reached = await check('reachable', null, () => checkReachable(subject))
  const unreached = reached ? null : { zh: '连不上。', en: 'It cannot be reached.' }
  await check('tls', unreached, () => checkTls(subject))
  const known = await check('signature', unreached, () => checkSignature(subject))
  const unknown = unreached ?? (known ? null : { zh: '健康检查未通过。', en: 'The health call fails.' })
  await check('wrong-signature', unknown, () => checkWrongSignature(subject))
  await check('clock', unknown, () => checkClock(subject))
  let taken: readonly Taken[] = []
  await check('items', unknown, async () => {
    const tried = await checkItems(subject, onItem)
    taken = tried.taken
    return tried.verdict
  })
  await check('duplicate', unknown, () => checkDuplicate(subject, taken))
  await check('enquiry', unknown, () => checkEnquiry(subject, taken))
  await check('news', unknown, () => checkNews(subject))
  await check('files', unknown, () => checkFiles(subject))
  await check('corrections', unknown, () => checkCorrections(subject, taken))
  await check('withdrawals', unknown, () => checkWithdrawals(subject, taken))
  await check('ledger', unknown, () => checkLedger(subject, taken))
  await check('unknown-item', unknown, () => checkUnknownItem(subject))
  await check('charset', unknown, () => checkCharset(subject, taken))
  await check('size', unknown, () => checkSize(subject, taken))
  await check('load', unknown, () => checkLoad(subject))
  return findings
}
