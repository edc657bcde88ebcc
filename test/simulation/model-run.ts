// Drives made-up sequences of commands through the model and the simulated world, and compares how the cases stand.

import {
  asyncModelRun,
  asyncProperty,
  boolean,
  check,
  commands,
  constantFrom,
  nat,
  record,
  stringify,
  tuple,
} from 'fast-check'
import type { Arbitrary, AsyncCommand } from 'fast-check'
import { WHEN_FAILED, type WhenFailed } from '../../src/domain/case-states.ts'
import { CASE_STATES, type CaseState } from '../../src/domain/delivery.ts'
import { isUndecided, mayBeRated, mayFollow, takeBack, tell, type ModelCase, type ModelLeg } from './model.ts'
import { openModelWorld, type ModelWorld } from './model-world.ts'
import { NOT_GIVEN_BACK } from './scripted-city.ts'
import { APPLICATIONS, type Stage } from './stage.ts'
import type { Climate } from './weather.ts'

interface Filed extends ModelCase {
  readonly caseNo: string
  readonly takes: Readonly<Record<string, CaseState>>
}

interface Model {
  readonly whenFailed: WhenFailed
  readonly cases: Filed[]
  /** Of everything that is numbered. */
  last: number
  ran: number
}

type Command = AsyncCommand<Model, ModelWorld>

const takesOf =
  (of: Filed) =>
  (leg: ModelLeg): CaseState =>
    of.takes[leg.key] ?? 'pre-accepted'

/** What both say of every case. */
function compare(model: Model, world: ModelWorld): void {
  const { cases } = model
  model.ran += 1
  for (const { caseNo, state, legs } of cases) {
    const stands = world.standing(caseNo)
    const expected = { state, legs: legs.map((leg) => ({ leg: leg.key, state: leg.state })) }
    const found = { state: stands.state, legs: stands.legs.map(({ leg, state }) => ({ leg, state })) }
    const same = JSON.stringify(found) === JSON.stringify(expected)
    if (!same)
      throw new Error(`${caseNo} stands at ${JSON.stringify(found)}, by the model at ${JSON.stringify(expected)}`)
    for (const leg of legs) {
      const delivery = stands.legs.find((one) => one.leg === leg.key)?.delivery ?? 'none'
      const fits = leg.begun
        ? delivery === 'delivered' || delivery === 'refused'
        : delivery === 'waiting' || delivery === 'cancelled'
      if (!fits)
        throw new Error(`${caseNo}.${leg.key} is ${delivery}, by the model ${leg.begun ? 'begun' : 'not begun'}`)
    }
  }
}

const toggles = (expected: boolean, refusal: string | null, what: string): void => {
  if (expected !== (refusal === null))
    throw new Error(`${what}: ${refusal ?? 'taken'}, by the model ${expected ? 'taken' : 'refused'}`)
}

function fileCommand(
  item: string,
  answers: readonly CaseState[],
  legsOf: (item: string) => readonly ModelLeg[],
): Command {
  return {
    check: ({ cases }) => cases.length < 3,
    async run(model, world) {
      model.last += 1
      const legs = legsOf(item).map((leg) => ({ ...leg }))
      const takes = Object.fromEntries(legs.map(({ key }, index) => [key, answers[index] ?? 'pre-accepted']))
      const caseNo = await world.file(model.last, item, takes)
      const of: Filed = {
        caseNo,
        takes,
        whenFailed: model.whenFailed,
        legs,
        state: 'collected',
        corrections: 0,
        rated: false,
      }
      model.cases.push(of)
      const [first] = legs
      if (first === undefined) throw new Error(`${item} has no legs`)
      first.begun = true
      tell(of, first, takesOf(of)(first), takesOf(of))
      compare(model, world)
    },
    toString: () => `file ${item} ${answers.join(' ')}`,
  }
}

const nth = <Value>(values: readonly Value[], index: number): Value => values[index % values.length] as Value

function newsCommand(index: number, legIndex: number, state: CaseState, isOlder: boolean): Command {
  return {
    check: ({ cases }) => cases.length > 0 && nth(nth(cases, index).legs, legIndex).begun,
    async run(model, world) {
      const of = nth(model.cases, index)
      const leg = nth(of.legs, legIndex)
      model.last += 1
      const order = isOlder && leg.order > 0 ? leg.order - 1 : model.last * 10
      await world.tell(of.caseNo, leg.key, `news-${model.last}`, order, state)
      if (order > leg.order && mayFollow(leg.state, state)) {
        leg.order = order
        tell(of, leg, state, takesOf(of))
      }
      compare(model, world)
    },
    toString: () => `news of case ${index}, leg ${legIndex}: ${state}${isOlder ? ', older' : ''}`,
  }
}

function correctCommand(index: number, legIndex: number, leadsTo: CaseState | null): Command {
  return {
    check: ({ cases }) => cases.length > 0,
    async run(model, world) {
      const of = nth(model.cases, index)
      const leg = nth(of.legs, legIndex)
      model.last += 1
      const isAsked = leg.state === 'correction-required'
      toggles(isAsked, await world.correct(of.caseNo, model.last, leg.key, leadsTo), 'correction')
      if (isAsked && leadsTo !== null) tell(of, leg, leadsTo, takesOf(of))
      compare(model, world)
    },
    toString: () => `correct case ${index}, leg ${legIndex} → ${leadsTo ?? 'refused'}`,
  }
}

function withdrawCommand(index: number, agrees: boolean): Command {
  return {
    check: ({ cases }) => cases.length > 0,
    async run(model, world) {
      const of = nth(model.cases, index)
      const deciding = of.legs.find(({ decides }) => decides)
      const isOpen = isUndecided(of.state)
      toggles(isOpen, await world.withdraw(of.caseNo, agrees ? '不再需要' : NOT_GIVEN_BACK), 'withdrawal')
      // What no city has been sent is given back at once, whatever a city would have said.
      if (isOpen && (agrees || deciding?.begun === false)) takeBack(of, takesOf(of))
      compare(model, world)
    },
    toString: () => `withdraw case ${index}${agrees ? '' : ', refused by the city'}`,
  }
}

function rateCommand(index: number): Command {
  return {
    check: ({ cases }) => cases.length > 0,
    async run(model, world) {
      const of = nth(model.cases, index)
      const mayRate = mayBeRated(of.state) && !of.rated
      toggles(mayRate, await world.rate(of.caseNo), 'rating')
      if (mayRate) of.rated = true
      compare(model, world)
    },
    toString: () => `rate case ${index}`,
  }
}

export interface ModelReport {
  readonly runs: number
  readonly commands: number
  /** Null, or what went wrong and how to see it again. */
  readonly broken: string | null
}

/** So many runs, each of up to twelve commands, in whatever weather. */
export async function runModel(stage: Stage, runs: number, seed: number): Promise<ModelReport> {
  const legsOf = legsIn(stage)
  const taken = constantFrom<CaseState>('pre-accepted', 'accepted', 'pre-accepted', 'refused')
  const told = constantFrom<CaseState>(...CASE_STATES.filter((state) => state !== 'collected'))
  const one = nat(2)
  const all: readonly Arbitrary<Command>[] = [
    tuple(constantFrom(...APPLICATIONS), tuple(taken, taken, taken)).map(([item, answers]) =>
      fileCommand(item, answers, legsOf),
    ),
    tuple(one, one, told, boolean()).map(([index, leg, state, isOlder]) => newsCommand(index, leg, state, isOlder)),
    tuple(one, one, constantFrom<CaseState>('accepted', 'correction-required', 'in-review')).map(
      ([index, leg, state]) => newsCommand(index, leg, state, false),
    ),
    tuple(one, one, constantFrom<CaseState | null>('pre-accepted', 'accepted', 'in-review', null)).map(
      ([index, leg, to]) => correctCommand(index, leg, to),
    ),
    tuple(one, boolean()).map(([index, agrees]) => withdrawCommand(index, agrees)),
    one.map(rateCommand),
  ]
  const [file] = all
  if (file === undefined) throw new Error('nothing can be filed')
  let carriedOut = 0
  const around = record({
    whenFailed: constantFrom(...WHEN_FAILED),
    weather: nat(1_000_000),
    climate: constantFrom(...CLIMATES),
  })
  const rest = commands([...all], { maxCommands: 12, size: 'max' })
  const property = asyncProperty(around, file, rest, async (given, first, more) => {
    const world = openModelWorld(stage, `model ${given.weather}`, given)
    const model: Model = { whenFailed: given.whenFailed, cases: [], last: 0, ran: 0 }
    await asyncModelRun(() => ({ model, real: world }), [first, ...more])
    carriedOut += model.ran
    const broken = world.close()
    if (broken.length > 0) throw new Error(broken.join('\n'))
  })
  const result = await check(property, { numRuns: runs, seed })
  const { counterexample, counterexamplePath, errorInstance } = result
  const broken = result.failed
    ? `seed ${result.seed}, path ${counterexamplePath ?? ''}: ${JSON.stringify(counterexample?.[0])} ${stringify(counterexample?.slice(1))}\n${String(errorInstance)}`
    : null
  return { runs: result.numRuns, commands: carriedOut, broken }
}

const WELL: Climate = { crashPerMille: 0, diskFailsPercent: 0, diskSlowPercent: 0, citySickPercent: [0, 0, 0] }
const CLIMATES: readonly Climate[] = [
  WELL,
  { ...WELL, citySickPercent: [60, 20, 60] },
  { ...WELL, crashPerMille: 30, citySickPercent: [10, 30, 10] },
  { crashPerMille: 10, diskFailsPercent: 8, diskSlowPercent: 8, citySickPercent: [20, 20, 20] },
]

function legsIn({ catalogues: { stop } }: Stage): (item: string) => readonly ModelLeg[] {
  return (item) =>
    stop.find(item).legs.map(({ key, does, startsAfter = 'taken' }) => ({
      key,
      decides: does === 'decide',
      startsAfter,
      begun: false,
      cancelled: false,
      state: 'collected',
      order: 0,
    }))
}
