// Says what the checks of a city found: a table on the terminal, the same as JSON, or a page for those who are to mend it.

import Table from 'cli-table3'
import type { Sentence } from '../../domain/words.ts'
import { escapeHtml } from '../../http/printed-page.ts'
import type { Finding, Outcome } from './finding.ts'

export interface Report {
  readonly city: string
  readonly name: Sentence
  readonly backend: string
  readonly protocol: string
  /** The test system's origin. */
  readonly address: string
  /** RFC 3339. */
  readonly at: string
  readonly configVersion: string
  readonly good: boolean
  readonly findings: readonly Finding[]
}

const OUTCOMES: Readonly<Record<Outcome, Sentence>> = {
  passed: { zh: '通过', en: 'passed' },
  failed: { zh: '未通过', en: 'failed' },
  'not-applicable': { zh: '不适用', en: 'n/a' },
  'not-tried': { zh: '未检查', en: 'not tried' },
}

/** Columns of the last cell, in half-width characters. */
const WIDTH = 74
const LIST_MAX = 20
const LINES_MAX = 24
/** Of one line of a message on the terminal; the page and --json have more of it. */
const LINE_CHARACTERS_MAX = 600

export function reportText(report: Report): string {
  const table = new Table({
    head: ['检查 check', '结果 outcome', '说明 what was found'],
    style: { head: [], border: [] },
  })
  for (const { title, outcome, found } of report.findings) {
    const word = OUTCOMES[outcome]
    table.push([
      `${title.zh}\n${title.en}`,
      `${word.zh} ${word.en}`,
      [...wrapped(found.zh), ...wrapped(found.en)].join('\n'),
    ])
  }
  return [
    `${report.name.zh} ${report.city} / ${report.backend}  ${report.protocol}  ${report.address}`,
    table.toString(),
    ...report.findings.filter(({ outcome }) => outcome === 'failed').flatMap(detail),
    conclusion(report),
    '',
  ].join('\n')
}

/** In lines of at most `WIDTH`: at a blank where there is one, between Chinese characters anywhere. */
function wrapped(text: string): string[] {
  const lines: string[] = []
  let line = ''
  let width = 0
  for (const piece of text.match(/[^\s\p{Script=Han}，。：；（）、“”]+\s*|[\s\S]/gu) ?? []) {
    const needed = Array.from(piece).reduce((sum, letter) => sum + (/[\u2e80-\uffe6]/u.test(letter) ? 2 : 1), 0)
    if (width + needed > WIDTH && line !== '') {
      lines.push(line.trimEnd())
      line = ''
      width = 0
    }
    line += piece
    width += needed
  }
  return [...lines, line.trimEnd()]
}

function detail({ title, found, mend, shown, list = [] }: Finding): string[] {
  return [
    '',
    `✗ ${title.zh} ${title.en}`,
    `  ${found.zh}`,
    `  ${found.en}`,
    ...(mend === null ? [] : [`  怎样修 how to mend: ${mend.zh}`, `    ${mend.en}`]),
    ...list.slice(0, LIST_MAX).map((line) => `  · ${line}`),
    ...(list.length > LIST_MAX ? [`  · … ${list.length - LIST_MAX}`] : []),
    ...(shown === null
      ? []
      : [
          '  发出 sent:',
          ...indented(shown.sent),
          '  收到 received:',
          ...indented(shown.received ?? '（没有答复 / no answer）'),
        ]),
  ]
}

function indented(text: string): string[] {
  const lines = text
    .split('\n')
    .map((line) => `    ${line.slice(0, LINE_CHARACTERS_MAX)}${line.length > LINE_CHARACTERS_MAX ? ' …' : ''}`)
  return lines.length <= LINES_MAX ? lines : [...lines.slice(0, LINES_MAX), '    …']
}

function conclusion({ good, findings }: Report): string {
  const counts = (['failed', 'passed', 'not-tried', 'not-applicable'] as const)
    .map((outcome) => ({ word: OUTCOMES[outcome], count: findings.filter((one) => one.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
  const zh = counts.map(({ word, count }) => `${count} 项${word.zh}`).join('，')
  const en = counts.map(({ word, count }) => `${count} ${word.en}`).join(', ')
  return good ? `\n全部通过：${zh}。 / All passed: ${en}.` : `\n${zh}。 / ${en}.`
}

/** One file that needs nothing else: it is sent by mail to those who maintain the city's system. */
export function reportPage(report: Report): string {
  const { name, city, backend, protocol, address, at, configVersion, findings } = report
  const facts = {
    后端系统: `${city} / ${backend}`,
    协议: protocol,
    测试地址: address,
    时间: at,
    配置版本: configVersion,
  }
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(name.zh)}接口核对报告 · Check of ${escapeHtml(name.en)}</title>
<style>
body { font: 16px/1.6 "Noto Sans CJK SC", "Microsoft YaHei", "PingFang SC", system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1a1a1a; background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 0 }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem } dt { color: #555 } dd { margin: 0 }
section { border: 1px solid #ccc; border-left-width: .5rem; padding: .7rem 1rem; margin: 1rem 0 }
.passed { border-left-color: #17692f } .failed { border-left-color: #a8201a } .not-applicable, .not-tried { border-left-color: #767676 }
.en { color: #555 } p { margin: .3rem 0 }
pre { overflow: auto; background: #f5f5f5; padding: .7rem; font: 13px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere }
</style>
</head>
<body>
<h1>${escapeHtml(name.zh)}接口核对报告 <span class="en" lang="en">Check of ${escapeHtml(name.en)}</span></h1>
<dl>${Object.entries(facts)
    .map(([term, value]) => `<dt>${term}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('')}</dl>
<p><strong>${escapeHtml(conclusion(report).trim())}</strong></p>
<p>报文中的个人信息、密钥和令牌已经遮盖。 <span class="en" lang="en">Personal data, keys and tokens in the messages are masked.</span></p>
${findings.map(section).join('\n')}
</body>
</html>
`
}

function section({ title, outcome, found, mend, shown, list = [] }: Finding): string {
  const word = OUTCOMES[outcome]
  return `<section class="${outcome}">
<h2>${escapeHtml(title.zh)} <span class="en" lang="en">${escapeHtml(title.en)}</span>：${word.zh} <span class="en" lang="en">${word.en}</span></h2>
${sentence(found)}
${mend === null ? '' : `<p><strong>怎样修</strong> <span class="en" lang="en">How to mend</span></p>${sentence(mend)}`}
${list.length === 0 ? '' : `<ul>${list.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`}
${
  shown === null
    ? ''
    : `<details${outcome === 'failed' ? ' open' : ''}><summary>发出与收到 <span class="en" lang="en">sent and received</span></summary>
<pre>${escapeHtml(shown.sent)}</pre><pre>${escapeHtml(shown.received ?? '没有答复 / no answer')}</pre></details>`
}
</section>`
}

function sentence({ zh, en }: Sentence): string {
  return `<p>${escapeHtml(zh)}</p><p class="en" lang="en">${escapeHtml(en)}</p>`
}
