// Plays a story against a running gateway: people, cities and outages, and after each step the case as people see it.

import type { Catalogue } from '../../catalogue/catalogue.ts'
import type { Mailing } from '../../domain/acts.ts'
import type { CaseState } from '../../domain/delivery.ts'
import type { HandlingMode, Item } from '../../domain/item.ts'
import type { SubmissionBody } from '../../domain/submission.ts'
import { STATE_NAMES } from '../../domain/state-names.ts'
import type { CityFacts, CityKey, Role, Sentence } from '../../domain/words.ts'
import { advanceCase, setFault, type CaseStep, type SandboxFault } from '../../sandbox/control.ts'
import { DELIVERIES, WHO } from './words.ts'

/** What of a case the stories look at, as `GET /v1/cases/{caseNo}` has it. */
export interface SeenCase {
  readonly caseNo: string
  readonly state: CaseState
  readonly delivery: string
  readonly reasons: readonly { readonly message: string }[]
  readonly promisedBy: { readonly date: string } | null
  readonly legs: readonly {
    readonly leg: string
    readonly name: Sentence
    readonly city: CityKey
    readonly state: CaseState
    readonly delivery: string
    readonly backendCaseNo: string | null
    readonly clock: {
      readonly promisedBy: { readonly date: string } | null
      readonly stoppedSince: string | null
    } | null
  }[]
  readonly news: readonly { readonly leg: string; readonly results: readonly { name: string; number: string }[] }[]
  readonly corrections: readonly { readonly delivery: string }[]
  readonly mailings: readonly { readonly carrier: string; readonly trackingNo: string }[]
  readonly rating: { readonly score: number } | null
}

export interface SceneOptions {
  readonly address: string
  readonly dataDir: string
  readonly catalogue: Catalogue
  readonly cities: readonly CityFacts[]
  readonly tokenOf: (role: Role, city: CityKey | null) => string
  readonly print: (line: string) => void
  /** How long a step may take until the case shows what it should. */
  readonly patienceMs: number
}

/** A step that did not lead where the story says. */
export class StoryBroken extends Error {
  readonly sentence: Sentence

  constructor(sentence: Sentence) {
    super(sentence.en)
    this.name = 'StoryBroken'
    this.sentence = sentence
  }
}

/** What a story expects of the case after a step; all of it must be so within the patience. */
export interface Expected {
  readonly state?: CaseState
  readonly delivery?: string
  /** How far the newest correction has come. */
  readonly correction?: string
  /** State of each leg by its key. */
  readonly legs?: Readonly<Record<string, CaseState>>
}

export interface Scene {
  /** Files the application. */
  file(words: Sentence, expected: Expected): Promise<void>
  /** A clerk of the leg's city enters what happened; the city then tells the gateway in its own way. */
  city(leg: string, step: CaseStep, words: Sentence, expected: Expected): Promise<void>
  /** Makes a city sick, or well again with `off`. */
  sick(city: CityKey, fault: SandboxFault, words: Sentence, expected?: Expected): Promise<void>
  /** Files what the city has asked for. */
  correct(change: (body: SubmissionBody) => SubmissionBody, words: Sentence, expected: Expected): Promise<void>
  /** The window posts originals that it has collected. */
  mail(parcel: Mailing, words: Sentence): Promise<void>
  rate(score: 1 | 2 | 3 | 4 | 5, words: Sentence): Promise<void>
  /** Makes every city well again that this scene has made sick. */
  heal(): Promise<void>
}

export interface Cast {
  readonly item: Item
  readonly by: 'clerk' | 'resident'
  readonly mode: HandlingMode
  /** Where it is filed. */
  readonly from: CityKey
  /** The city of each leg. */
  readonly places: Readonly<Record<string, CityKey>>
}

const LOOK_EVERY_MS = 100

export function openScene(options: SceneOptions, cast: Cast): Scene {
  const { address, dataDir, tokenOf, print } = options
  const { item, by, from, places } = cast
  const token = tokenOf(by, by === 'clerk' ? from : null)
  let body = bodyOf(options, cast)
  let caseNo = ''
  let steps = 0
  const sick = new Set<CityKey>()

  async function call(
    method: 'GET' | 'POST',
    path: string,
    content?: object,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(content === undefined
          ? {}
          : { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
        // Nobody at a counter waits longer for a city; what is safe by then is brought later.
        prefer: 'wait=3',
      },
      ...(content === undefined ? {} : { body: JSON.stringify(content) }),
    })
    return { status: response.status, body: await response.json() }
  }

  async function post(path: string, content: object): Promise<SeenCase> {
    const answer = await call('POST', path, content)
    if (answer.status === 201 || answer.status === 202) return answer.body as SeenCase
    const { title, detail } = answer.body as { readonly title?: string; readonly detail?: string }
    const what = `HTTP ${answer.status} ${title ?? ''} ${detail ?? ''}`
    throw new StoryBroken({ zh: `网关答复 ${what}`, en: `the gateway answers ${what}` })
  }

  const look = async (): Promise<SeenCase> => (await call('GET', `/v1/cases/${caseNo}`)).body as SeenCase

  async function seen(expected: Expected): Promise<void> {
    const until = performance.now() + options.patienceMs
    let found = await look()
    while (!isAsExpected(found, expected)) {
      if (performance.now() > until) {
        const want = JSON.stringify(expected)
        const got = `${found.state}, ${found.delivery}, ${found.legs.map(({ leg, state }) => `${leg} ${state}`).join(', ')}`
        throw new StoryBroken({ zh: `应为 ${want}，实为 ${got}`, en: `expected ${want}, found ${got}` })
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
      found = await look()
    }
    for (const line of linesOf(found, options.cities)) print(`       ${line}`)
  }

  function say(who: Sentence, words: Sentence): void {
    steps += 1
    print('')
    print(`  ${String(steps).padStart(2)}.  【${who.zh}】${words.zh}`)
    print(`       [${who.en}] ${words.en}`)
  }

  const nameOf = (key: CityKey): Sentence => options.cities.find((one) => one.key === key)?.name ?? { zh: key, en: key }

  return {
    async file(words, expected) {
      const hall = nameOf(from)
      say(by === 'clerk' ? { zh: `${hall.zh}窗口`, en: `window in ${hall.en}` } : WHO.resident, words)
      caseNo = (await post(`/v1/items/${item.code}/applications`, body)).caseNo
      await seen(expected)
    },

    async city(leg, step, words, expected) {
      const place = places[leg] ?? from
      say(nameOf(place), words)
      await advanceCase(dataDir, place, `${caseNo}.${leg}`, step)
      await seen(expected)
    },

    async sick(city, fault, words, expected) {
      say(WHO.outage, words)
      await setFault(dataDir, city, fault, 1)
      if (fault === 'off') sick.delete(city)
      else sick.add(city)
      if (expected !== undefined) await seen(expected)
    },

    async correct(change, words, expected) {
      say(by === 'clerk' ? WHO.window : WHO.resident, words)
      body = change(body)
      await post(`/v1/cases/${caseNo}/corrections`, body)
      await seen(expected)
    },

    async mail(parcel, words) {
      say(WHO.window, words)
      await post(`/v1/cases/${caseNo}/mailings`, parcel)
      const { mailings } = await look()
      for (const { carrier, trackingNo } of mailings) print(`       寄送 mailing: ${carrier} ${trackingNo}`)
    },

    async rate(score, words) {
      say(WHO.resident, words)
      await post(`/v1/cases/${caseNo}/rating`, { score, channel: by === 'clerk' ? 1 : 3 })
      const { rating } = await look()
      print(`       好差评 rating: ${rating?.score ?? '—'}`)
    },

    async heal() {
      for (const city of sick) await setFault(dataDir, city, 'off', 1)
      sick.clear()
    },
  }
}

/** A sample of the item, with each leg's routing field set to a code of the city that is to have it. */
function bodyOf({ catalogue, cities }: SceneOptions, { item, by, from, places, mode }: Cast): SubmissionBody {
  const deciding = item.legs.find(({ does }) => does === 'decide')
  const { identityCheck, ...placed } = structuredClone(catalogue.sample(item, places[deciding?.key ?? ''] ?? from))
  for (const { key, routing } of item.legs) {
    const code = cities.find((one) => one.key === places[key])?.routingCodes[routing.codeKind]?.[0]
    if (code !== undefined) setAt(placed, routing.field, code)
  }
  const isAtWindow = by === 'clerk' && identityCheck !== undefined
  return { ...placed, ...(isAtWindow ? { identityCheck } : {}), handlingMode: mode }
}

/** Sets what a JSON Pointer points at; its parents are there. */
function setAt(target: object, pointer: string, value: string): void {
  const path = pointer.slice(1).split('/')
  const last = path.pop() ?? ''
  const parent = path.reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], target)
  ;(parent as Record<string, unknown>)[last] = value
}

function isAsExpected(found: SeenCase, { state, delivery, correction, legs = {} }: Expected): boolean {
  return (
    (state === undefined || found.state === state) &&
    (delivery === undefined || found.delivery === delivery) &&
    (correction === undefined || found.corrections.at(-1)?.delivery === correction) &&
    Object.entries(legs).every(([key, wanted]) => found.legs.find(({ leg }) => leg === key)?.state === wanted)
  )
}

/** The case as the counter or the telephone shows it. */
function linesOf(found: SeenCase, cities: readonly CityFacts[]): readonly string[] {
  const state = STATE_NAMES[found.state]
  const due =
    found.promisedBy === null ? '' : `，承诺 ${found.promisedBy.date} 前办结 · promised by ${found.promisedBy.date}`
  const lines = [`→ ${found.caseNo}  ${state.zh} ${found.state}${due}`]
  for (const leg of found.legs) {
    const city = cities.find(({ key }) => key === leg.city)?.name.zh ?? leg.city
    const number = leg.backendCaseNo === null ? '' : `，编号 no. ${leg.backendCaseNo}`
    const stands = leg.clock?.stoppedSince == null ? '' : '，期限暂停 clock stopped'
    const delivery = DELIVERIES[leg.delivery] ?? leg.delivery
    lines.push(
      `  · ${leg.name.zh}（${city}）：${STATE_NAMES[leg.state].zh} ${leg.state}，${delivery} ${leg.delivery}${number}${stands}`,
    )
  }
  const correction = found.corrections.at(-1)
  if (correction !== undefined && correction.delivery !== 'delivered') {
    lines.push(`  · 补正 correction：${DELIVERIES[correction.delivery] ?? ''} ${correction.delivery}`)
  }
  for (const { message } of found.reasons) lines.push(`  ! ${message}`)
  for (const { name, number } of found.news.flatMap(({ results }) => results)) lines.push(`  ✓ ${name} ${number}`)
  return lines
}
