// Writes and reads points in time the way the cities' systems do: in Beijing time, which is UTC+8 all year.

export const BEIJING_OFFSET_MS = 8 * 60 * 60 * 1000

/** Digits of the point in time in Beijing: `YYYY-MM-DDThh:mm:ss`, fractions of a second cut off. */
function beijing(time: number): string {
  return new Date(time + BEIJING_OFFSET_MS).toISOString().slice(0, 19)
}

/** `yyyy-MM-dd HH:mm:ss`. */
export function spacedBeijingTime(time: number): string {
  return beijing(time).replace('T', ' ')
}

/** `YYYY-MM-DDThh:mm:ss+08:00`, fractions of a second cut off. */
export function offsetBeijingTime(time: number): string {
  return `${beijing(time)}+08:00`
}

/** `YYYY-MM-DDThh:mm:ss.SSS+08:00`. */
export function millisecondBeijingTime(time: number): string {
  return new Date(time + BEIJING_OFFSET_MS).toISOString().replace('Z', '+08:00')
}

/** `yyyyMMddHHmmss`. */
export function compactBeijingTime(time: number): string {
  return beijing(time).replace(/[-T:]/g, '')
}

/** Milliseconds since 1970 of `yyyy-MM-dd HH:mm:ss` in Beijing time; null where that is none. */
export function fromSpacedBeijingTime(text: string): number | null {
  const compact = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(text)
  const time = compact === null ? null : fromCompactBeijingTime(compact.slice(1).join(''))
  return time === null ? null : Date.parse(time)
}

/** The RFC 3339 form, with Beijing's offset, of `yyyyMMddHHmmss`; null where that is none. */
export function fromCompactBeijingTime(text: string): string | null {
  const parts = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(text)
  if (parts === null) return null
  const [, year, month, day, hour, minute, second] = parts
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`
  const time = Date.parse(`${written}+08:00`)
  return !Number.isNaN(time) && beijing(time) === written ? `${written}+08:00` : null
}

/** Milliseconds since 1970 of `yyyyMMddHHmmssSSS` in Beijing time; null where that is none. */
export function fromBeijingMilliseconds(text: string): number | null {
  const seconds = /^[0-9]{17}$/.test(text) ? fromCompactBeijingTime(text.slice(0, 14)) : null
  return seconds === null ? null : Date.parse(seconds) + Number(text.slice(14))
}
