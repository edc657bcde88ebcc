// Chooses the language of an answer from Accept-Language: Chinese unless English is preferred.

import type { Language } from '../domain/words.ts'

/** RFC 9110 section 12.5.4, for the two languages that exist. Unreadable headers mean Chinese. */
export function languageOf(header: string | undefined): Language {
  if (header === undefined || header.length > 200) return 'zh'
  let best = { zh: 0, en: 0 }
  for (const part of header.split(',')) {
    const [range = '', ...parameters] = part.trim().toLowerCase().split(';')
    const weight = parameters
      .map((text) => /^\s*q=([01](?:\.\d{0,3})?)$/.exec(text)?.[1])
      .find((found) => found !== undefined)
    const quality = weight === undefined ? 1 : Number(weight)
    const primary = range.split('-')[0]
    if (primary === 'zh' || primary === 'en') best = { ...best, [primary]: Math.max(best[primary], quality) }
  }
  return best.en > best.zh ? 'en' : 'zh'
}
