// One seed: a world with people, cities, a disk and gateways that die, until everything has healed; then the reckoning.

import type { Choices } from '../../src/catalogue/seeded.ts'
import { WHEN_FAILED } from '../../src/domain/case-states.ts'
import type { CityNews } from '../../src/domain/news.ts'
import { takeNews } from '../../src/handling/news.ts'
import { openCity, type City, type CityKind } from './city.ts'
import { openPeople } from './people.ts'
import { BEGIN, type Stage } from './stage.ts'
import { reckon } from './verdict.ts'
import { drawClimate, openWeather } from './weather.ts'
import { layGround, openWorld, type Ground, type World } from './world.ts'

export interface Outcome {
  readonly seed: number
  /** Over everything that happened, in order: the same seed gives the same. */
  readonly digest: string
  readonly steps: number
  /** Promises that were broken, each with what broke it. */
  readonly broken: readonly string[]
  readonly counts: ReadonlyMap<string, number>
}

/** How long people and cities go on beginning something new. */
const BUSY_MS = 60_000
/** Within so long, in fair weather, everything must have come to rest. */
const HEALING_MS = 240_000
const LOOKS_EVERY_MS = 5000
const CITIES = 3
const APPLICANTS_MAX = 4

/** `onLine` sees each line of the trace. */
export async function simulate(
  stage: Stage,
  seed: number,
  onLine: ((line: string) => void) | null = null,
): Promise<Outcome> {
  const ground = layGround(stage, `simulation ${seed}`, onLine)
  const { timeline, choices, findings, ids, disk, evidence } = ground
  const goesOn = (): boolean => timeline.now() < BEGIN + BUSY_MS
  const weather = openWeather(choices, drawClimate(choices, CITIES))
  const cities = citiesFor(stage, ground, goesOn, (city, news) => push(ground, () => world, city, news))
  const catalogue = stage.catalogues[choices.oneOf(WHEN_FAILED)]
  const world = openWorld(ground, stage, { cities, weather, catalogue })
  const people = openPeople({
    stage,
    timeline,
    choices,
    ids,
    findings,
    // An item with several legs goes from the city that decides to the one after it.
    cityKeys: cities.slice(0, CITIES - 1).map(({ key }) => key),
    call: world.call,
    isRecorded: evidence.isRecorded,
    isKept: world.isKept,
    entryOf: (reference) => cities.map(({ entries }) => entries.get(reference)).find((entry) => entry !== undefined),
    goesOn,
  })

  let isEveryoneDone = false
  async function everyone(): Promise<void> {
    await Promise.all([
      ...Array.from({ length: 1 + choices.pick(APPLICANTS_MAX) }, () => people.applicant()),
      people.asker(),
      choices.chance(30) ? people.operator() : null,
      choices.chance(40) ? people.decider() : null,
    ])
    isEveryoneDone = true
  }
  void everyone()

  await world.run(BEGIN + BUSY_MS)
  weather.clear()
  const told = disk.database.prepare('SELECT count(*) AS count FROM case_news')
  const isEverythingTold = (): boolean =>
    !cities.some((city) => city.owes()) &&
    Number(told.get()?.['count']) >= cities.reduce((sum, city) => sum + city.told.length, 0)
  const isOver = (): boolean => isEveryoneDone && world.isAtRest() && isEverythingTold()
  const end = BEGIN + BUSY_MS + HEALING_MS
  while (timeline.now() < end && !isOver()) await world.run(Math.min(end, timeline.now() + LOOKS_EVERY_MS))

  if (!isEveryoneDone) findings.broken('nobody waits for ever', 'somebody still waits for an answer')
  reckon({ disk, cities, catalogue, people: people.filed, decided: people.decided, findings })
  evidence.checkIntents()
  disk.close()
  return { seed, digest: timeline.digest(), steps: timeline.steps, broken: findings.all, counts: findings.counts }
}

function citiesFor(
  stage: Stage,
  { timeline, choices, findings }: Ground,
  goesOn: () => boolean,
  onNews: (city: City, news: CityNews) => void,
): readonly City[] {
  const from = choices.pick(stage.cityKeys.length)
  return Array.from({ length: CITIES }, (_, index) => {
    const key = stage.cityKeys[(from + index) % stage.cityKeys.length] ?? ''
    const kind = drawKind(choices)
    const city = openCity({ key, kind, timeline, choices, findings, goesOn, onNews: (news) => onNews(city, news) })
    return city
  })
}

function drawKind(choices: Choices): CityKind {
  const canEnquire = choices.chance(80)
  return {
    canEnquire,
    honoursReference: choices.chance(canEnquire ? 30 : 60),
    numbersLater: choices.chance(20),
    news: choices.oneOf(['push', 'poll', 'push', 'poll', null] as const),
    accepts: { corrections: choices.chance(85), withdrawals: choices.chance(85) },
    materials: choices.oneOf(['handed-over', 'handed-over', 'linked'] as const),
  }
}

/** A city repeats what it tells until it is told that it was kept; and now and then once more. */
function push({ timeline, choices, findings, ids }: Ground, world: () => World, city: City, news: CityNews): void {
  if (city.kind.news !== 'push') return
  const tell = async (): Promise<void> => {
    const by = { requestId: ids.requestId(), method: 'POST', route: '/v1/cities/:city/events' }
    const told = await world().call(`news ${news.id}`, (parts) => takeNews(parts, city.key, news, by))
    if (told.kind === 'answered') findings.count(`news ${told.value}`)
    const isKept = told.kind === 'answered' && told.value !== 'unknown'
    if (!isKept || choices.chance(10)) timeline.after(1000 + choices.pick(6000), '', () => void tell())
  }
  timeline.after(choices.pick(8000), '', () => void tell())
}
