// How things stand with disk and cities, drawn anew for each call: in fair weather everything goes well.

import type { Choices } from '../../src/catalogue/seeded.ts'

/** How ill a seed treats the gateway, in parts of a thousand or of a hundred. */
export interface Climate {
  /** Crashes for each thousand steps. */
  readonly crashPerMille: number
  /** Of a hundred writes and reads: refused, failed, or told as unknown. */
  readonly diskFailsPercent: number
  /** Of a hundred writes: as long under way as the store lets them be. */
  readonly diskSlowPercent: number
  /** Of a hundred calls to a city, city by city. */
  readonly citySickPercent: readonly number[]
}

/** What becomes of one call to a city. before, after: whether the message takes effect although the answer does not come. */
export type Fate =
  | 'well'
  | 'slow'
  | 'unreachable'
  | 'busy'
  | 'hang before'
  | 'hang after'
  | 'reset before'
  | 'reset after'
  | 'error before'
  | 'error after'
  | 'garbled before'
  | 'garbled after'

const SICK: readonly Fate[] = [
  'slow',
  'unreachable',
  'busy',
  'hang before',
  'hang after',
  'reset before',
  'reset after',
  'error before',
  'error after',
  'garbled before',
  'garbled after',
]

/** stalled: its caller is told that it is unknown; it is written all the same, later. */
export type WriteFate = 'well' | 'slow' | 'busy' | 'failed' | 'unknown written' | 'unknown not written' | 'stalled'

const ILL_WRITES: readonly WriteFate[] = ['busy', 'failed', 'unknown written', 'unknown not written', 'stalled']

export interface Weather {
  /** From now on everything goes well. */
  clear(): void
  /** From now on it goes as the climate has it, as it does at first. */
  turn(): void
  crashesNow(): boolean
  write(): WriteFate
  readFails(): boolean
  call(city: number): Fate
}

export function drawClimate(choices: Choices, cities: number): Climate {
  return {
    crashPerMille: choices.oneOf([0, 0, 3, 8, 20]),
    diskFailsPercent: choices.oneOf([0, 0, 0, 2, 6]),
    diskSlowPercent: choices.oneOf([0, 0, 5, 30]),
    citySickPercent: Array.from({ length: cities }, () => choices.oneOf([0, 5, 20, 50, 80])),
  }
}

export function openWeather(choices: Choices, climate: Climate): Weather {
  let isClear = false
  const chance = (percent: number): boolean => !isClear && percent > 0 && choices.chance(percent)
  return {
    clear() {
      isClear = true
    },
    turn() {
      isClear = false
    },
    crashesNow: () => !isClear && climate.crashPerMille > 0 && choices.pick(1000) < climate.crashPerMille,
    write() {
      if (chance(climate.diskFailsPercent)) return choices.oneOf(ILL_WRITES)
      return chance(climate.diskSlowPercent) ? 'slow' : 'well'
    },
    readFails: () => chance(climate.diskFailsPercent),
    call: (city) => (chance(climate.citySickPercent[city] ?? 0) ? choices.oneOf(SICK) : 'well'),
  }
}
