// A real browser without a window, and a font in which Chinese can be read wherever it runs.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser } from 'playwright-core'

/**
 * The browser of the package, or that which BROWSER_PATH names. It calls nobody but the addresses that a test gives it:
 * updates, variations and reports are off.
 */
export async function openBrowser(): Promise<Browser> {
  return playwright.launch({
    executablePath: process.env['BROWSER_PATH'] ?? (await chromium.executablePath()),
    // The package's own options are for functions in a cloud: one process, and no security of the web.
    args: [
      '--no-sandbox',
      '--no-zygote',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
    headless: true,
  })
}

const FONT = dirname(fileURLToPath(import.meta.resolve('@fontsource-variable/noto-sans-sc/index.css')))

/**
 * Those parts of Noto Sans SC that hold the characters of `text`, as rules in which they stand themselves, under the name by which
 * the page asks for the font that a hall's computer has: a fresh machine has none for Chinese.
 */
export function fontFor(text: string): string {
  const wanted = new Set(Array.from(text, (character) => character.codePointAt(0) ?? 0))
  const rules = readFileSync(join(FONT, 'index.css'), 'utf8').match(/@font-face \{[^}]*\}/g) ?? []
  return rules
    .filter((rule) => rangesOf(rule).some(([from, to]) => [...wanted].some((point) => point >= from && point <= to)))
    .map((rule) =>
      rule.replace('Noto Sans SC Variable', 'Noto Sans SC').replace(/url\(\.\/(files\/[^)]+)\)/, (_, file: string) => {
        return `url(data:font/woff2;base64,${readFileSync(join(FONT, file)).toString('base64')})`
      }),
    )
    .join('\n')
}

function rangesOf(rule: string): readonly (readonly [from: number, to: number])[] {
  const [, list = ''] = /unicode-range: ([^;]+);/.exec(rule) ?? []
  return list.split(',').map((range) => {
    const [from = '', to = from] = range.trim().slice(2).split('-')
    return [Number.parseInt(from, 16), Number.parseInt(to, 16)]
  })
}
