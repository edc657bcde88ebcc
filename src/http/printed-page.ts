// What pages for paper have in common: text that cannot become markup, both languages, China's time, and a policy that lets nothing in.

import { createHash } from 'node:crypto'
import type { Sentence } from '../domain/words.ts'

/** Nothing runs, nothing is fetched, nobody frames it; the one style sheet is known by its digest. */
export const policyFor = (style: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for values of attributes in quotes. */
export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')

/** Chinese first; what is the same in both languages is said once. */
export const inBoth = ({ zh, en }: Sentence): string =>
  zh === en ? escapeHtml(zh) : `${escapeHtml(zh)}<span class="en" lang="en">${escapeHtml(en)}</span>`

/** A row of a table of facts; `value` is markup. */
export const factRow = (zh: string, en: string, value: string): string =>
  `<tr><th scope="row">${inBoth({ zh, en })}</th><td>${value}</td></tr>\n`

/** In China's time zone: whoever holds the paper compares it with the clock on the wall. */
export function localTime(iso: string, to: 'minute' | 'second'): string {
  const local = new Date(Date.parse(iso) + 8 * 3_600_000).toISOString()
  return `<time datetime="${escapeHtml(iso)}">${local.slice(0, 10)} ${local.slice(11, to === 'minute' ? 16 : 19)}</time>`
}
