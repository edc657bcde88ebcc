// Says which city each leg of a submission would go to, and why; sends nothing and keeps nothing but the record.

import type { Caller, Handled, ReceivedBody } from '../domain/caller.ts'
import { Fault } from '../domain/fault.ts'
import type { FieldError } from '../domain/fault.ts'
import { isDecidedWhereTaken } from '../domain/item.ts'
import type { Item } from '../domain/item.ts'
import type { PlannedLeg } from '../domain/leg-place.ts'
import { collectingCityOf, mayExplainRouting } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/**
 * Takes `{ item, body }`, where `body` need hold no more than the item's routing fields. Throws Fault ROUTING_UNDECIDED,
 * which names each field that leads nowhere, FORM_INVALID where it is no such question, ITEM_UNKNOWN or ROLE_NOT_ALLOWED.
 */
export async function explainRouting(parts: Parts, caller: Caller, received: ReceivedBody): Promise<Handled> {
  const { catalogue, recording, store } = parts
  mayExplainRouting(caller.principal)
  const { code, body } = questionOf(received.value)
  const item = catalogue.find(code)
  const legs = catalogue.route(item, body, collectingCityOf(caller.principal))
  const city = catalogue.decidingCity(item, legs)

  const record = recording.of(caller, 'request-answered', 'answered', {
    item: item.code,
    city,
    routeRule: legs.find((leg) => leg.city === city)?.routeRule ?? null,
    status: 200,
  })
  await store.append([record])
  const answer = {
    item: { code: item.code, name: item.name },
    city,
    offered: catalogue.citiesOffering(item).includes(city),
    forwarded: !isDecidedWhereTaken(item),
    legs: legs.map((leg, index) => explained(item, leg, index)),
  }
  return { recordId: record.id, status: 200, headers: {}, body: JSON.stringify(answer) }
}

function explained(item: Item, { leg, city, routeRule }: PlannedLeg, index: number): object {
  const rule = item.legs[index] ?? item.legs[0]
  const { basis, field, codeKind } = rule.routing
  return {
    leg,
    name: rule.name,
    does: rule.does,
    city,
    rule: basis,
    field,
    codeKind,
    value: routeRule.slice(`${basis} ${field}=`.length),
  }
}

function questionOf(value: unknown): { readonly code: string; readonly body: unknown } {
  const given = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => name !== 'item' && name !== 'body')
    .map((name) => ({ pointer: `/${name.slice(0, 60)}`, rule: 'additionalProperties', message: UNKNOWN }))
  const { item, body } = given as { readonly item?: unknown; readonly body?: unknown }
  if (typeof item !== 'string') errors.push({ pointer: '/item', rule: 'required', message: ITEM_MISSING })
  if (typeof body !== 'object' || body === null) {
    errors.push({ pointer: '/body', rule: 'required', message: BODY_MISSING })
  }
  if (errors.length > 0 || typeof item !== 'string') throw new Fault('FORM_INVALID', { errors: errors.slice(0, 20) })
  return { code: item, body }
}

const UNKNOWN = { zh: '只接受 item 和 body。', en: 'Only item and body are taken.' }
const ITEM_MISSING = { zh: '须填写事项代码。', en: 'State the code of the item.' }
const BODY_MISSING = {
  zh: '须填写请求体，至少含确定属地的字段。',
  en: 'State the body, with at least the fields by which the city is found.',
}
