// `npm run test:catalogue`: at least 200 inputs for each item before both engines, each keyword kept and broken wherever it stands; takes some minutes.

import { compareAll, missedIn } from './second-engine.ts'
import { shipped } from './shipped.ts'
import { unbreakableIn } from './unbreakable.ts'

const INPUTS = Number(process.argv[2] ?? 200)
const only = process.argv[3]
const BODIES_MAX = 600
const began = performance.now()
let inputs = 0
let valid = 0
let places = 0
let withOthers = 0
let pairs = 0
let excused = 0
const disagreements: string[] = []
const missed: string[] = []
const keywords = new Map<string, number>()
const items = shipped.items.filter(({ code }) => only === undefined || code === only)
for (const item of items) {
  const unbreakable = unbreakableIn(item)
  const seen = compareAll(item, INPUTS, BODIES_MAX, unbreakable)
  const { all } = seen.places
  inputs += seen.inputs
  valid += seen.valid
  disagreements.push(...seen.disagreements)
  places += all.size
  const own = new Map<string, number>()
  for (const place of all) {
    const keyword = place.slice(place.lastIndexOf('/') + 1)
    own.set(keyword, (own.get(keyword) ?? 0) + 1)
    const state = seen.places.state(place)
    if (state === 'with-others') withOthers += 1
    if (unbreakable.has(place)) excused += 1
  }
  missed.push(...missedIn(seen, unbreakable).map((place) => `${item.code} ${place}`))
  pairs += own.size
  for (const [keyword, count] of own) keywords.set(keyword, (keywords.get(keyword) ?? 0) + count)
  const percent = Math.round((100 * seen.valid) / seen.inputs)
  const odd = seen.disagreements.length === 0 ? '' : `  ${seen.disagreements.length} disagreements`
  console.log(
    `${item.code.padEnd(44)} ${String(seen.inputs).padStart(4)} inputs  ${percent} % valid  ${own.size} keywords in ${all.size} places${odd}`,
  )
  if (percent < 40 || percent > 60) missed.push(`${item.code}: ${percent} % of its inputs are valid`)
}
for (const line of [...disagreements.slice(0, 50), ...missed]) console.log(line)
console.log()
for (const [keyword, count] of [...keywords].toSorted(([, a], [, b]) => b - a)) {
  console.log(`${keyword.padEnd(22)} in ${count} places`)
}
const seconds = ((performance.now() - began) / 1000).toFixed(1)
console.log(
  `\n${items.length} items, ${inputs} inputs, ${Math.round((100 * valid) / inputs)} % valid, ${disagreements.length} disagreements, ${seconds} s`,
)
console.log(
  `${pairs} pairs of item and keyword in ${places} places, each kept and broken: ${places - withOthers - excused} alone, ` +
    `${withOthers} only with what depends on that field, ${excused} excused (test/catalogue/unbreakable.ts), ${missed.length} missed`,
)
process.exitCode = disagreements.length === 0 && missed.length === 0 ? 0 : 1
