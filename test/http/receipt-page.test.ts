// The receipt as a page: nothing that a person has written becomes part of it, and it is given to who prefers it.

import { createHash } from 'node:crypto'
import t from 'tap'
import type { Holder } from '../../src/handling/offices.ts'
import type { Receipt } from '../../src/handling/receipt.ts'
import { prefersHtml } from '../../src/http/receipt.ts'
import { RECEIPT_POLICY, receiptPage } from '../../src/http/receipt-page.ts'

const HOSTILE = `"><script>alert('x')</script>&amp;<img src=x onerror=alert(1)>`
const HOLDER: Holder = {
  kind: 'hall',
  city: 'shenyang',
  hall: 'shenyang/heping',
  name: { zh: HOSTILE, en: HOSTILE },
  telephone: HOSTILE,
}
const RECEIPT: Receipt = {
  receiptNo: HOSTILE,
  caseNo: HOSTILE,
  item: { code: HOSTILE, name: { zh: HOSTILE, en: `${HOSTILE} too` } },
  applicant: { name: HOSTILE, document: HOSTILE },
  agent: HOSTILE,
  competentCity: { key: HOSTILE, name: { zh: HOSTILE, en: HOSTILE } },
  collectedBy: HOLDER,
  collectedAt: '2026-11-22T16:30:00.000Z',
  identityCheck: { how: HOSTILE, label: { zh: HOSTILE, en: HOSTILE }, at: '2026-11-22T02:00:00.000Z', by: HOSTILE },
  materials: [{ code: HOSTILE, name: { zh: HOSTILE, en: HOSTILE }, how: HOSTILE, label: { zh: HOSTILE, en: HOSTILE } }],
  promisedBy: { date: '2026-12-01', workingDays: 5, provisional: true },
  heldBy: HOLDER,
  notice: { zh: HOSTILE, en: HOSTILE },
}

t.test('what persons and cities have written stays text', async (t) => {
  const page = receiptPage(RECEIPT)
  t.notMatch(page, /<script|<img|onerror=alert\(1\)>/)
  t.match(page, '&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;&lt;img')
  const known =
    /^<(?:!DOCTYPE html|\/?(?:html|head|meta|title|style|body|main|h1|p|span|table|caption|thead|tbody|tr|th|td|br|time)(?: (?:lang|charset|name|content|class|scope|datetime)="[^"<>]*")*)>$/
  for (const [tag] of page.matchAll(/<[^>]*>/g)) t.match(tag, known)
  const plain = JSON.parse(JSON.stringify(RECEIPT).replaceAll(JSON.stringify(HOSTILE).slice(1, -1), 'text')) as Receipt
  t.notMatch(receiptPage(plain), /\bstyle=|\bon\w+=|https?:|url\(|@import/, 'nothing runs, and nothing is fetched')
})

t.test('the policy allows the one style sheet and nothing else', async (t) => {
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(receiptPage(RECEIPT)) ?? []
  const digest = createHash('sha256').update(style).digest('base64')
  t.match(RECEIPT_POLICY, `style-src 'sha256-${digest}'`)
  t.match(RECEIPT_POLICY, "default-src 'none'")
  t.notMatch(RECEIPT_POLICY, /unsafe|script-src|https?:|\*/)
})

t.test('times are those of China, Chinese comes first', async (t) => {
  const page = receiptPage(RECEIPT)
  t.match(page, '<time datetime="2026-11-22T16:30:00.000Z">2026-11-23 00:30</time>')
  t.match(page, '<html lang="zh-CN">')
  t.ok(page.indexOf('收件凭证') < page.indexOf('Receipt of an Application'))
})

t.test('parts that a receipt does not have leave no row', async (t) => {
  const page = receiptPage({ ...RECEIPT, agent: null, identityCheck: null, materials: [], promisedBy: null })
  t.notMatch(page, /代理人|身份核验|提供方式/)
})

t.test('HTML is for those who prefer it', async (t) => {
  for (const [header, expected] of [
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['text/html', true],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['application/json, text/html;q=0.5', false],
    ['text/html;q=0.9, application/json;q=0.8', true],
    ['text/*, application/json;q=0.1', true],
    ['TEXT/HTML ; q=1', true],
    ['text/html;q=0', false],
    ['image/png', false],
    [';;,=', false],
    [`text/html,${'x'.repeat(600)}`, false],
  ] as const) {
    t.equal(prefersHtml(header), expected, String(header).slice(0, 80))
  }
})
