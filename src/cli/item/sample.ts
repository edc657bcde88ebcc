// Chooses the sample that `item sample` prints: the golden one, one made up by a seed, or either with one mistake.

import type { Catalogue } from '../../catalogue/catalogue.ts'
import { choicesFor } from '../../catalogue/seeded.ts'
import { Fault } from '../../domain/fault.ts'
import type { FieldError } from '../../domain/fault.ts'
import type { Item } from '../../domain/item.ts'
import type { Sentence } from '../../domain/words.ts'
import { CommandError } from '../output.ts'

export interface SampleFlags {
  readonly city?: string
  readonly seed?: string
  readonly invalid?: true
}

/** `spoiled` says what is wrong with the body; null where nothing is. Throws CommandError. */
export function sampleOf(
  catalogue: Catalogue,
  code: string,
  flags: SampleFlags,
): { readonly body: unknown; readonly spoiled: Sentence | null } {
  const item = catalogue.items.find((known) => known.code === code)
  if (item === undefined) {
    const list = catalogue.items.map((known) => known.code).join(', ')
    throw new CommandError(2, `没有事项 ${code}；可选：${list}。`, `There is no item ${code}; choose one of: ${list}.`)
  }
  const offering = catalogue.citiesOffering(item)
  const city = flags.city ?? offering[0]
  if (city === undefined || !offering.includes(city)) {
    const list = offering.join(', ')
    throw new CommandError(
      2,
      `${city ?? ''} 不办理此事项；可选：${list}。`,
      `${city ?? ''} does not offer this item; choose one of: ${list}.`,
    )
  }
  const valid = flags.seed === undefined ? catalogue.sample(item, city) : catalogue.generated(item, city, flags.seed)
  if (flags.invalid === undefined) return { body: valid, spoiled: null }

  const ways = catalogue.spoiled(item, city, valid)
  const first = choicesFor(`invalid ${code} ${flags.seed ?? ''}`).pick(ways.length)
  for (const { body } of [...ways.slice(first), ...ways.slice(0, first)]) {
    const [mistake, ...others] = mistakesIn(catalogue, item, city, body)
    // Another answer can call for several fields at once; the least that is wrong is one.
    if (mistake === undefined || others.length > 0) continue
    const { pointer, rule, message } = mistake
    return {
      body,
      spoiled: { zh: `${pointer}（${rule}）：${message.zh}`, en: `${pointer} (${rule}): ${message.en}` },
    }
  }
  throw new CommandError(1, `无法只改错一处。`, `No single mistake can be made in this body.`)
}

function mistakesIn(catalogue: Catalogue, item: Item, city: string, body: unknown): readonly FieldError[] {
  try {
    catalogue.validate(item, city, body)
    return []
  } catch (error) {
    if (error instanceof Fault) return error.details.errors ?? []
    throw error
  }
}
