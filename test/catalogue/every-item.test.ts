// Every item takes its samples, refuses what is spoiled in one place, and is judged alike by a second engine.

import t from 'tap'
import { choicesFor } from '../../src/catalogue/seeded.ts'
import { itemTable } from '../../src/cli/item/table.ts'
import { faultOf } from './fixture.ts'
import { readText } from '../project/source.ts'
import { compareAll, compareSome, missedIn } from './second-engine.ts'
import { shipped } from './shipped.ts'
import { unbreakableIn } from './unbreakable.ts'

const SPOILED_OF_EACH = 8
const INPUTS_OF_EACH = 6

t.test('each golden sample is accepted in every city that offers the item', (t) => {
  for (const item of shipped.items) {
    const offering = shipped.citiesOffering(item)
    t.ok(offering.length > 0, `${item.code} is offered somewhere`)
    const refused = offering.filter(
      (city) => faultOf(() => shipped.validate(item, city, shipped.sample(item, city))) !== null,
    )
    t.strictSame(refused, [], item.code)
  }
  t.end()
})

t.test('a sample made up by seed is accepted, the same again, and another by another seed', (t) => {
  for (const [index, item] of shipped.items.entries()) {
    const offering = shipped.citiesOffering(item)
    const city = offering[index % offering.length] ?? ''
    const body = shipped.generated(item, city, 'a')
    t.equal(
      faultOf(() => shipped.validate(item, city, body)),
      null,
      item.code,
    )
    t.equal(shipped.decidingCity(item, shipped.route(item, body)), city, `${item.code} leads to ${city}`)
    t.notOk(JSON.stringify(body).includes('"uploaded"'), 'nothing has to be uploaded first')
    if (index % 10 > 0) continue
    t.strictSame(shipped.generated(item, city, 'a'), body)
    t.notSame(shipped.generated(item, city, 'b'), body)
  }
  t.end()
})

t.test('what is spoiled in one place is refused there, by that rule, in both languages', (t) => {
  for (const item of shipped.items) {
    const [city = ''] = shipped.citiesOffering(item)
    const ways = shipped.spoiled(item, city, shipped.sample(item, city))
    const { pick } = choicesFor(item.code)
    const tried = new Map(
      Array.from({ length: SPOILED_OF_EACH }, () => ways[pick(ways.length)])
        .filter((way) => way !== undefined)
        .map((way) => [`${way.pointer} ${way.rule}`, way]),
    )
    const wrong = [...tried].filter(([, { pointer, rule, body }]) => {
      const errors = faultOf(() => shipped.validate(item, city, body))?.details.errors ?? []
      const told = errors.find((error) => error.pointer === pointer && error.rule === rule)
      return told === undefined || !/[一-鿿]/.test(told.message.zh) || !/[a-z]/.test(told.message.en)
    })
    t.strictSame(
      wrong.map(([what]) => what),
      [],
      item.code,
    )
    t.ok(tried.size >= 5, `${item.code}: ${tried.size} mistakes tried`)
  }
  t.end()
})

t.test('each keyword is kept and broken wherever it stands, of one item of each kind', (t) => {
  const kinds = Map.groupBy(shipped.items, ({ interaction, handlingModes: [mode] }) => `${interaction} ${mode}`)
  for (const [kind, [item]] of kinds) {
    if (item === undefined) continue
    const unbreakable = unbreakableIn(item)
    const seen = compareAll(item, 20, 300, unbreakable)
    t.strictSame(missedIn(seen, unbreakable), [], `${kind}: ${item.code}`)
    t.strictSame(seen.disagreements, [], `${kind}: ${item.code}`)
  }
  t.ok(kinds.size >= 4)
  t.end()
})

t.test('a second JSON Schema engine agrees', (t) => {
  let valid = 0
  let inputs = 0
  for (const item of shipped.items) {
    const seen = compareSome(item, INPUTS_OF_EACH)
    t.strictSame(seen.disagreements, [], item.code)
    valid += seen.valid
    inputs += seen.inputs
  }
  t.ok(valid >= inputs * 0.4 && valid <= inputs * 0.6, `${valid} of ${inputs} valid`)
  t.end()
})

t.test('docs/catalogue.md is what the catalogue says', (t) => {
  t.equal(readText('docs/catalogue.md').trimEnd(), itemTable(shipped).trimEnd(), 'npm run -s gateway -- item table')
  t.end()
})
