// Checks what the schema cannot say of the programs that are told of cases: their addresses, and that what they ask for exists.

import { DELIVERY_STATES } from '../domain/delivery.ts'
import { MESSAGE_EVENTS } from '../domain/case-record.ts'
import { STATE_EVENTS } from '../domain/case-states.ts'
import type { CityConfig } from '../cities/config.ts'
import type { GatewayFile, WebhookEntry } from './gateway-file.ts'
import type { ConfigProblem } from './problems.ts'
import type { Source } from './source.ts'

const EVENTS: ReadonlySet<string> = new Set(['filed', ...DELIVERY_STATES, ...STATE_EVENTS, ...MESSAGE_EVENTS])

/** One problem for each member that cannot be. */
export function checkWebhooks(
  { webhooks: { endpoints } }: GatewayFile,
  source: Source,
  cities: readonly CityConfig[],
): ConfigProblem[] {
  return endpoints.flatMap((entry, index) => {
    const problems: ConfigProblem[] = []
    const at = (member: keyof WebhookEntry, zh: string, en: string): void => {
      problems.push(source.problemAt(['webhooks', 'endpoints', index, member], { zh, en }))
    }
    if (endpoints.slice(0, index).some(({ key }) => key === entry.key)) {
      at('key', `通知对象 ${entry.key} 重复`, `the webhook ${entry.key} stands twice`)
    }
    const flaw = flawOfAddress(entry.address)
    if (flaw !== null) at('address', flaw.zh, flaw.en)
    if (!isKnown(entry.cases, cities)) {
      at('cases', `没有 ${entry.cases} 这个城市或大厅`, `there is no city or hall ${entry.cases}`)
    }
    const unknown = entry.events.filter((event) => !EVENTS.has(event))
    if (unknown.length > 0) {
      at('events', `没有这些事件：${unknown.join('、')}`, `there are no such events: ${unknown.join(', ')}`)
    }
    return problems
  })
}

function flawOfAddress(address: string): { readonly zh: string; readonly en: string } | null {
  const url = URL.parse(address)
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') {
    return { zh: '须为完整的地址，不带用户名和 #', en: 'must be a whole address, without a user and without #' }
  }
  if (url.protocol === 'https:' || isLoopbackName(url.hostname)) return null
  return { zh: '须为 https；http 只能用于本机试用', en: 'must be https; http is for trying it on this machine only' }
}

/** Whether it is written as this machine itself; where it leads is looked at when it is called. */
const isLoopbackName = (host: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(host)

function isKnown(cases: string, cities: readonly CityConfig[]): boolean {
  if (cases === 'every') return true
  const [kind, key, hall] = cases.split('/')
  const city = cities.find((one) => one.key === key)
  return city !== undefined && (kind === 'city' || city.halls.some((one) => one.key === hall))
}
