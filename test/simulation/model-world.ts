// The world that the model is held against: one command at a time, among faults and deaths, until everything has healed.

import type { WhenFailed } from '../../src/domain/case-states.ts'
import type { CaseState } from '../../src/domain/delivery.ts'
import type { FaultCode } from '../../src/domain/fault.ts'
import type { Handled } from '../../src/domain/caller.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { correct } from '../../src/handling/correct.ts'
import { takeNews } from '../../src/handling/news.ts'
import type { Parts } from '../../src/handling/parts.ts'
import { rate } from '../../src/handling/rate.ts'
import { submit } from '../../src/handling/submit.ts'
import { withdraw } from '../../src/handling/withdraw.ts'
import { openScriptedCity, type Script } from './scripted-city.ts'
import { callerOf, CLERK, type Stage } from './stage.ts'
import { openWeather, type Climate } from './weather.ts'
import { layGround, openWorld } from './world.ts'

export interface ModelWorld {
  /** Files an application whose cities answer so, leg by leg. Gives the number of its case, once that is acknowledged. */
  file(number: number, item: string, takes: Readonly<Record<string, CaseState>>): Promise<string>
  /** Null where it was taken, else why it was not. */
  correct(caseNo: string, number: number, leg: string, leadsTo: CaseState | null): Promise<FaultCode | null>
  withdraw(caseNo: string, reason: string): Promise<FaultCode | null>
  rate(caseNo: string): Promise<FaultCode | null>
  tell(caseNo: string, leg: string, id: string, order: number, state: CaseState | null): Promise<void>
  /** How the case stands on the disk. */
  standing(caseNo: string): Standing
  /** Ends it; gives what was found to be broken beside the model. */
  close(): readonly string[]
}

export interface Standing {
  readonly state: string
  readonly legs: readonly { readonly leg: string; readonly state: string; readonly delivery: string }[]
}

/** How long the weather of a command lasts, at most. */
const FOUL_MS = 30_000
const HEALING_MS = 300_000
const CITIES = 3

export function openModelWorld(
  stage: Stage,
  name: string,
  options: { readonly whenFailed: WhenFailed; readonly climate: Climate },
): ModelWorld {
  const ground = layGround(stage, name, null)
  const { timeline, choices, ids, findings, disk, evidence } = ground
  const script: Script = { takes: new Map(), corrected: null }
  const cityKeys = stage.cityKeys.slice(0, CITIES)
  const cities = cityKeys.map((key) => openScriptedCity(key, script, findings))
  const weather = openWeather(choices, options.climate)
  const catalogue = stage.catalogues[options.whenFailed]
  const world = openWorld(ground, stage, { cities, weather, catalogue })
  const bodies = new Map<string, SubmissionBody>()
  let keys = 0

  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      timeline.after(delayMs, '', resolve)
    })
  const received = (value: unknown) => ({ bytes: Buffer.from(JSON.stringify(value)), value })
  const by = (route: string) => callerOf(CLERK, ids.requestId(), 'POST', route)

  /** The same again as long as only the gateway or its disk stand in the way. */
  async function persist<Value>(work: (parts: Parts) => Promise<Value>): Promise<Value | FaultCode> {
    for (;;) {
      const ended = await world.call('a call', work)
      if (ended.kind === 'answered') return ended.value
      const code = ended.kind === 'lost' ? 'STORE_BUSY' : ended.fault.code
      if (!PASSING.has(code)) return code
      await pause(1500)
    }
  }

  /** Foul weather for a while, then fair until nothing is under way. */
  async function carryOut<Value>(work: Promise<Value>): Promise<Value> {
    const done: Value[] = []
    const wait = async (): Promise<void> => {
      done.push(await work)
    }
    void wait()
    const isOver = (): boolean => done.length > 0 && world.isAtRest()
    await world.run(timeline.now() + FOUL_MS, isOver)
    weather.clear()
    await world.run(timeline.now() + HEALING_MS, isOver)
    weather.turn()
    if (!isOver()) throw new Error('it does not come to rest')
    return done[0] as Value
  }

  async function act(work: (parts: Parts) => Promise<Handled>): Promise<FaultCode | null> {
    const ended = await carryOut(persist(work))
    return typeof ended === 'string' ? ended : null
  }

  const asking = (caseNo: string, value: unknown) => ({
    caseNo,
    key: `key-${(keys += 1)}`,
    received: received(value),
    patienceMs: choices.pick(6000),
  })

  const findCase = disk.database.prepare('SELECT position, state FROM cases WHERE case_no = ?')
  const findLegs = disk.database.prepare(
    'SELECT leg, leg_state AS state, state AS delivery FROM deliveries WHERE case_position = ? AND message_no = 0 ORDER BY ordinal',
  )

  return {
    async file(number, item, takes) {
      const purpose = `第 ${number} 件`
      script.takes.set(purpose, takes)
      const body = { ...stage.sample(item, cityKeys[number % (CITIES - 1)] ?? ''), purpose }
      const filing = { itemCode: item, key: `file-${number}`, received: received(body), patienceMs: choices.pick(8000) }
      const ended = await carryOut(persist((parts) => submit(parts, by('/v1/items/:code/applications'), filing)))
      if (typeof ended === 'string' || !('body' in ended) || typeof ended.body !== 'string')
        throw new Error(`not taken: ${JSON.stringify(ended)}`)
      const { caseNo } = JSON.parse(ended.body) as { readonly caseNo: string }
      bodies.set(caseNo, body)
      return caseNo
    },

    correct(caseNo, number, leg, leadsTo) {
      script.corrected = leadsTo
      const filed = bodies.get(caseNo)
      if (filed === undefined) throw new Error(`${caseNo} was not filed here`)
      const purpose = `补正 ${number}`
      // A leg that begins later carries the newest version.
      script.takes.set(purpose, script.takes.get(filed.purpose ?? '') ?? {})
      const given = asking(caseNo, { ...filed, purpose })
      return act((parts) => correct(parts, by('/v1/cases/:caseNo/corrections'), given, leg))
    },

    withdraw(caseNo, reason) {
      const given = asking(caseNo, { reason })
      return act((parts) => withdraw(parts, by('/v1/cases/:caseNo/withdrawal'), given))
    },

    rate(caseNo) {
      const given = asking(caseNo, { score: 2, channel: 1 })
      return act((parts) => rate(parts, by('/v1/cases/:caseNo/rating'), given))
    },

    async tell(caseNo, leg, id, order, state) {
      const found = findLegs.all(Number(findCase.get(caseNo)?.['position'])).length
      if (found === 0) throw new Error(`there is no ${caseNo}`)
      const reference = `${caseNo}.${leg}`
      const city = cities.find(({ entries }) => entries.has(reference))
      if (city === undefined) throw new Error(`no city has ${reference}`)
      const news = {
        id,
        reference,
        backendCaseNo: city.entries.get(reference)?.number ?? null,
        order,
        at: timeline.now(),
        cityStatus: String(state),
        state,
        remark: null,
        reasons: [],
        results: [],
      }
      await carryOut(persist((parts) => takeNews(parts, city.key, news, null)))
    },

    standing(caseNo) {
      const found = findCase.get(caseNo)
      if (found === undefined) return { state: 'not there', legs: [] }
      const legs = findLegs.all(Number(found['position'])) as unknown as Standing['legs']
      return { state: String(found['state']), legs: legs.map((leg) => ({ ...leg })) }
    },
    close() {
      evidence.checkIntents()
      disk.close()
      return findings.all
    },
  }
}

const PASSING: ReadonlySet<FaultCode> = new Set(['STORE_UNAVAILABLE', 'STORE_BUSY', 'IDEMPOTENCY_IN_PROGRESS'])
