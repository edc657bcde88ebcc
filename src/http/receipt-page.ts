// The receipt as a page to be printed: Chinese first, English second, no scripts, nothing from outside.

import type { Receipt } from '../handling/receipt.ts'
import type { Holder } from '../handling/offices.ts'
import { escapeHtml, factRow as row, inBoth as both, localTime, policyFor } from './printed-page.ts'

const STYLE = `
@page { size: A4; margin: 16mm; }
body { margin: 24px auto; max-width: 760px; padding: 0 16px; color: #111; background: #fff; line-height: 1.5;
  font-family: 'Noto Sans SC', 'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; }
h1 { margin: 0; text-align: center; font-size: 26px; letter-spacing: 4px; }
h1 span { display: block; font-size: 15px; font-weight: normal; letter-spacing: 0; }
.number { text-align: right; margin: 12px 0 4px; }
table { width: 100%; border-collapse: collapse; margin: 8px 0 16px; }
caption { text-align: left; font-weight: bold; padding: 4px 0; }
th, td { border: 1px solid #555; padding: 6px 8px; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { width: 30%; font-weight: normal; background: #f3f3f3; }
thead th { width: auto; }
.en { display: block; font-size: 12px; color: #444; }
.notice { border: 2px solid #111; padding: 8px 12px; }
@media print { body { margin: 0; max-width: none; padding: 0; font-size: 14px; line-height: 1.35; }
  th, td { padding: 4px 8px; } .en { font-size: 11px; } tr, .notice { break-inside: avoid; } th { background: none; } }
`

export const RECEIPT_POLICY = policyFor(STYLE)

/** To the minute. */
const moment = (iso: string): string => localTime(iso, 'minute')

const holder = ({ name, telephone }: Holder): string =>
  `${both(name)}<span>电话 <span lang="en">Tel.</span> ${escapeHtml(telephone)}</span>`

function check({ label, at, by }: NonNullable<Receipt['identityCheck']>): string {
  const clerk = by === null ? '' : `<br>核验人 <span lang="en">Checked by</span> ${escapeHtml(by)}`
  return `${both(label)}${moment(at)}${clerk}`
}

function promised({ promisedBy }: Receipt): string {
  if (promisedBy === null) return '—'
  const { date, workingDays, provisional } = promisedBy
  const days = both({ zh: `（${workingDays} 个工作日）`, en: `(${workingDays} working days)` })
  const note = { zh: '当年节假日安排未公布，日期可能变动', en: 'The holidays of that year are not known yet' }
  return `<time datetime="${escapeHtml(date)}">${escapeHtml(date)}</time>${days}${provisional ? `<br>${both(note)}` : ''}`
}

function materials({ materials: taken }: Receipt): string {
  if (taken.length === 0) return ''
  const rows = taken.map(({ name, label }) => `<tr><td>${both(name)}</td><td>${both(label)}</td></tr>\n`)
  return `<table>
<caption>${both({ zh: '收到的材料', en: 'Materials received' })}</caption>
<thead><tr><th scope="col">${both({ zh: '材料', en: 'Material' })}</th><th scope="col">${both({ zh: '提供方式', en: 'How it was provided' })}</th></tr></thead>
<tbody>
${rows.join('')}</tbody>
</table>`
}

/** A whole page. Everything that a person has written is escaped. */
export function receiptPage(receipt: Receipt): string {
  const { item, applicant, agent, competentCity, collectedBy, collectedAt, identityCheck, heldBy, notice } = receipt
  const name = escapeHtml(applicant.name)
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>收件凭证 Receipt ${escapeHtml(receipt.receiptNo)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>政务服务跨域通办收件凭证<span lang="en">Receipt of an Application, Cross-City Government Services</span></h1>
<p class="number">编号 <span lang="en">No.</span> ${escapeHtml(receipt.receiptNo)}</p>
<table>
<caption>${both({ zh: '办件', en: 'Case' })}</caption>
<tbody>
${row('办件编号', 'Case number', escapeHtml(receipt.caseNo))}${row('事项', 'Item', both(item.name))}${row('申请人', 'Applicant', `${name}<br>${escapeHtml(applicant.document)}`)}${agent === null ? '' : row('代理人', 'Agent', escapeHtml(agent))}${row('收件单位', 'Collected by', holder(collectedBy))}${row('收件时间', 'Collected at', moment(collectedAt))}${identityCheck === null ? '' : row('身份核验', 'Identity check', check(identityCheck))}${row('属地', 'Competent city', both(competentCity.name))}${row('承诺办结日期', 'Promised by', promised(receipt))}${row('现在由谁经办', 'Held now by', holder(heldBy))}</tbody>
</table>
${materials(receipt)}
<p class="notice">${both(notice)}</p>
</main>
</body>
</html>
`
}
