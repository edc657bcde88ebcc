// Finds legs that cannot be decided, or that would wait for ever.

import type { CatalogueCity } from '../domain/city-item.ts'
import { isDecidedWhereTaken } from '../domain/item.ts'
import type { Item } from '../domain/item.ts'
import { itemKey } from '../domain/leg-place.ts'
import type { Say } from './check.ts'
import { COLLECTING_CITY } from './route.ts'

export function checkLegs(item: Item, cities: readonly CatalogueCity[], say: Say): void {
  const deciding = item.legs.filter((leg) => leg.does === 'decide').length
  if (deciding !== 1)
    say(['legs'], `应恰有一个环节作决定，现有 ${deciding} 个`, `exactly one leg decides, not ${deciding}`)
  if (item.interaction === 'query' && item.legs.length !== 1) {
    say(['legs'], '查询事项只能有一个环节', 'a query has exactly one leg')
  }
  if (new Set(item.legs.map((leg) => leg.key)).size !== item.legs.length) {
    say(['legs'], '环节的 key 重复', 'two legs have the same key')
  }
  for (const [index, { key }] of item.legs.entries()) {
    if (itemKey(key) !== key) {
      say(
        ['legs', index, 'key'],
        '不能以 -r 和数字结尾，改派的环节才这样命名',
        'must not end in -r and digits, which is what rerouted legs are called',
      )
    }
  }
  if (item.legs.length > 1 && !item.handlingModes.includes('joint')) {
    say(['handlingModes'], '多个环节的事项须可多地联办', 'an item with several legs is handled jointly')
  }
  if (isDecidedWhereTaken(item)) checkKept(item, say)
  checkHandedOn(item, say)
  checkCodes(item, cities, say)
}

/** Nothing of such an item is forwarded: a second leg would never start. */
function checkKept(item: Item, say: Say): void {
  if (item.legs.length > 1) {
    say(
      ['legs'],
      '受理地办理的事项不转外地，其他环节永远不会开始',
      'decided where it is taken: a further leg would never start',
    )
  }
  const { field, codeKind } = item.legs[0].routing
  if (field !== COLLECTING_CITY || codeKind !== 'city') {
    say(
      ['legs', 0, 'routing'],
      `受理地办理的事项以 ${COLLECTING_CITY} 的 city 代码定属地`,
      `decided where it is taken: routed by the code city at ${COLLECTING_CITY}`,
    )
  }
}

/** A leg that starts once the one before is taken is sent off before that has issued anything, and never gets it. */
function checkHandedOn({ legs }: Item, say: Say): void {
  for (const [index, { yields, key }] of legs.entries()) {
    const next = legs[index + 1]
    if (yields === undefined || next === undefined || (next.startsAfter ?? 'taken') !== 'taken') continue
    const handed = yields.map(({ code }) => code).join(', ')
    say(
      ['legs', index + 1],
      `环节 ${key} 交给本环节 ${handed}，startsAfter 须为 approved 或 completed，否则送达时尚未出具`,
      `leg ${key} hands it ${handed}: startsAfter is approved or completed, else it is sent before that is issued`,
    )
  }
}

function checkCodes(item: Item, cities: readonly CatalogueCity[], say: Say): void {
  for (const [index, { routing }] of item.legs.entries()) {
    const { field, codeKind } = routing
    const known = codeKind === 'city' || cities.some(({ routingCodes }) => Object.hasOwn(routingCodes, codeKind))
    if (!known) {
      say(
        ['legs', index, 'routing', 'codeKind'],
        `没有城市有 ${codeKind} 代码，此环节无法办结`,
        `no city has codes of the kind ${codeKind}: this leg cannot finish`,
      )
    }
    // A case may come back to a city later, but a hand-over to the same city is none.
    if (index > 0 && item.legs[index - 1]?.routing.field === field) {
      say(
        ['legs', index, 'routing', 'field'],
        '与前一环节同一字段，必为同一城市',
        'the same field as the leg before: always the same city',
      )
    }
  }
}
