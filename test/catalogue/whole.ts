// `npm run test:catalogue`: at least 200 inputs for each item before both engines, with a report; takes some minutes.

import { compareEngines } from './second-engine.ts'
import { shipped } from './shipped.ts'

const INPUTS = Number(process.argv[2] ?? 200)
const began = performance.now()
let inputs = 0
let valid = 0
const disagreements: string[] = []
const unbroken = new Map<string, number>()
for (const item of shipped.items) {
  const seen = compareEngines(item, INPUTS)
  inputs += seen.inputs
  valid += seen.valid
  disagreements.push(...seen.disagreements)
  for (const keyword of seen.unbroken) unbroken.set(keyword, (unbroken.get(keyword) ?? 0) + 1)
  const percent = Math.round((100 * seen.valid) / seen.inputs)
  const odd = seen.disagreements.length === 0 ? '' : `  ${seen.disagreements.length} disagreements`
  const rest = seen.unbroken.length === 0 ? '' : `  not broken: ${seen.unbroken.join(', ')}`
  console.log(`${item.code.padEnd(44)} ${seen.inputs} inputs  ${String(percent).padStart(3)} % valid${odd}${rest}`)
}
for (const line of disagreements.slice(0, 50)) console.log(line)
const seconds = ((performance.now() - began) / 1000).toFixed(1)
const percent = Math.round((100 * valid) / inputs)
console.log(
  `\n${shipped.items.length} items, ${inputs} inputs, ${percent} % valid, ${disagreements.length} disagreements, ${seconds} s`,
)
process.exitCode = disagreements.length === 0 && percent >= 40 && percent <= 60 ? 0 : 1
