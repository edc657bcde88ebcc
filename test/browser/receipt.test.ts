// The receipt as people see and print it: opened from a running gateway in a real browser, in its own policy, read by a machine
// for accessibility, with Chinese that can be read, and on paper.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { Page } from 'playwright-core'
import { file, startGateway, tokenOf } from '../gateway/harness.ts'
import { fontFor, openBrowser } from './browser.ts'

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const ITEM = 'mi-remote-care-filing'
const A4_WIDTH_PIXELS = 794

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

const gateway = await startGateway(t)
const browser = await openBrowser()
t.teardown(() => browser.close())
const filed = await file(gateway, ITEM, 'benxi')
const caseNo = String(filed.body['caseNo'])
const address = `${gateway.address}/v1/cases/${caseNo}/receipt`
const headers = { authorization: `Bearer ${tokenOf(gateway, 'clerk')}`, accept: 'text/html' }

/** `bypassCSP` only where a font has to be put in, which the page's policy rightly forbids. */
async function opened(options: { readonly bypassCSP: boolean; readonly width?: number }) {
  const context = await browser.newContext({
    extraHTTPHeaders: headers,
    viewport: { width: options.width ?? 1000, height: 1200 },
    bypassCSP: options.bypassCSP,
  })
  const page = await context.newPage()
  const said: string[] = []
  const asked: string[] = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  page.on('request', (request) => asked.push(request.url()))
  const answer = await page.goto(address)
  return { context, page, said, asked, answer }
}

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations)`,
  )
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

t.test('under its own policy it is styled, whole, and asks for nothing else', async (t) => {
  const { context, page, said, asked, answer } = await opened({ bypassCSP: false })
  t.equal(answer?.status(), 200)
  t.match(await page.title(), `SJ-${caseNo}`)
  t.strictSame(asked, [address], 'one request, and none to anybody else')
  t.strictSame(said, [], 'the browser has nothing to complain about')
  t.equal(
    await page.evaluate("getComputedStyle(document.querySelector('caption')).fontWeight"),
    '700',
    'its style sheet is let in',
  )
  t.match(await page.locator('main').innerText(), /收件凭证[\s\S]*办件编号[\s\S]*Case number/)
  t.strictSame(await violations(page), [], 'nothing stands in the way of those who cannot see it')
  await context.close()
})

t.test('Chinese can be read, on a screen, on a telephone and on paper', async (t) => {
  const { context, page } = await opened({ bypassCSP: true })
  const text = await page.locator('body').innerText()
  await page.addStyleTag({ content: fontFor(text) })
  await page.evaluate('document.fonts.ready')
  const loaded = await page.evaluate<number>("[...document.fonts].filter(({ status }) => status === 'loaded').length")
  t.ok(loaded > 0, 'the font is in use')
  // A character of a Chinese font is as wide as it is high; a box that stands for one that is missing is not.
  const widths = await page.evaluate<number[]>(`(() => {
    const pen = document.createElement('canvas').getContext('2d')
    pen.font = "100px 'Noto Sans SC'"
    return [...'收件凭证办编号事项申请人属地'].map((character) => pen.measureText(character).width)
  })()`)
  t.strictSame(new Set(widths), new Set([100]))
  t.strictSame(await violations(page), [])

  const folder = t.testdirName
  mkdirSync(folder, { recursive: true })
  const shot = await page.screenshot({ fullPage: true })
  writeFileSync(process.env['RECEIPT_SHOT'] ?? join(folder, 'receipt.png'), shot)
  await page.setViewportSize({ width: 360, height: 800 })
  t.equal(
    await page.evaluate<number>('document.documentElement.scrollWidth'),
    360,
    'on a telephone nothing stands out at the side',
  )
  await page.setViewportSize({ width: A4_WIDTH_PIXELS, height: 1200 })
  const pdf = await page.pdf({ preferCSSPageSize: true })
  t.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-')
  const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []
  t.equal(pages.length, 1, 'it is one sheet of paper')
  t.match(pdf.toString('latin1'), /\/FontName\s*\/[A-Z]{6}\+NotoSansSC/, 'with the font in it')
  await context.close()
})
