// Writes and reads moments as Chinese backends do: digits of Beijing time, which is UTC+8 the whole year.

const OFFSET_MS = 8 * 3600 * 1000

/** `2026-11-22 18:00:00` or, compact, `20261122180000`. */
export function beijingTime(moment: number, form: 'spaced' | 'compact'): string {
  const spaced = new Date(moment + OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')
  return form === 'spaced' ? spaced : spaced.replaceAll(/[^0-9]/g, '')
}

/** Milliseconds since 1970, null if it is not such a time or the day does not exist. */
export function readBeijingTime(text: string, form: 'spaced' | 'compact'): number | null {
  const pattern =
    form === 'spaced'
      ? /^([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})$/
      : /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/
  const parts = pattern.exec(text)
  if (parts === null) return null
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const moment = Date.UTC(year, month - 1, day, hour, minute, second) - OFFSET_MS
  return beijingTime(moment, form) === text ? moment : null
}
