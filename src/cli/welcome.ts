// What `npm start` prints: where the gateway is, how the cities are, and three calls that can be pasted as they are.

import type { CityConfig } from '../cities/config.ts'
import type { LoadedConfig } from '../config.ts'
import type { Gateway } from '../gateway.ts'

const TOKEN_SECONDS = 8 * 3600
/** What is asked where; a city that is not configured is replaced by one that is. */
const QUERY = { item: 'ss-personal-rights-record', city: 'fushun' }
const APPLICATION = { item: 'mi-remote-care-filing', city: 'benxi' }
const CLERK_CITY = 'shenyang'

export function welcome(gateway: Gateway, config: LoadedConfig): string {
  const lines = [
    '',
    '沈阳都市圈政务服务跨域通办网关已启动（事项目录为示范目录，不是官方公布的117项清单）。',
    'The cross-city government service gateway is up (its catalogue stands in for the official list of 117 items).',
    '',
    `  地址 Address   ${gateway.address}        文档 API docs  ${gateway.address}/docs`,
    `  数据 Data      ${config.dataDir}`,
    '',
    '  城市 Cities',
    ...config.cities.map((city) => `    ${cityLine(gateway, city.key, city.name.zh, city.name.en)}`),
    '',
    ...sampleCalls(gateway, config),
    '另开一个终端可运行 In a second terminal:',
    '  npm run demo                       每个事项发往每个城市 each item to each city',
    '  npm run story                      五个办件，一步一步演示 five cases, step by step',
    '  npm run gateway -- --help          令牌、检查、沙箱故障 tokens, checks, sandbox faults',
    '按 Ctrl-C 停止（先完成进行中的请求）。 Ctrl-C stops it (requests under way are finished first).',
    '',
  ]
  return lines.join('\n') + '\n'
}

const STATES = {
  closed: '正常 in service',
  'half-open': '试探恢复 probing',
  open: '暂停发送 paused',
  held: '人工控制或维护 held',
} as const

function cityLine(gateway: Gateway, key: string, zh: string, en: string): string {
  const states = gateway.lines().filter(({ city }) => city === key)
  // A Chinese character takes two columns on a terminal.
  const name = zh + ' '.repeat(Math.max(1, 18 - 2 * zh.length))
  return `${key.padEnd(10)}${name}${en.padEnd(34)}${states.map(({ state }) => STATES[state]).join('、')}`
}

/** Nothing is shown that would not work: without the local issuer there are no tokens to show. */
function sampleCalls(gateway: Gateway, config: LoadedConfig): string[] {
  const clerk = clerkToken(gateway, config)
  if (clerk === null) return []
  const { address, catalogue } = gateway
  const placeOf = ({ item, city }: typeof QUERY): CityConfig | undefined => {
    const offering = config.cities.filter(({ key }) => catalogue.citiesOffering(catalogue.find(item)).includes(key))
    return offering.find(({ key }) => key === city) ?? offering[0]
  }
  const [asked, filed] = [placeOf(QUERY), placeOf(APPLICATION)]
  if (asked === undefined || filed === undefined) return []
  const body = (item: string, city: string): string =>
    JSON.stringify({
      ...catalogue.sample(catalogue.find(item), city),
      purpose: '示范 demonstration',
      identityCheck: { how: 'id-card-reader', at: new Date().toISOString() },
    }).replaceAll("'", String.raw`'\''`)
  const authorization = `-H 'Authorization: Bearer ${clerk}'`
  const json = `-H 'Content-Type: application/json'`
  const key = `demo-${Date.now()}`
  return [
    '  可直接粘贴的三个调用（令牌属于沈阳市第一个大厅的工作人员，8 小时有效）',
    '  Three calls to paste as they are (token of a clerk in Shenyang’s first hall, valid for 8 hours)',
    '',
    `  # 1 查询：${asked.name.zh}社会保险个人权益记录 / a query: social insurance record in ${asked.name.en}`,
    `curl -s ${address}/v1/items/${QUERY.item}/queries ${authorization} ${json} -d '${body(QUERY.item, asked.key)}'`,
    '',
    `  # 2 申请：向${filed.name.zh}异地就医备案 / an application: care outside the insured place, filed with ${filed.name.en}`,
    `curl -s ${address}/v1/items/${APPLICATION.item}/applications ${authorization} ${json} -H 'Idempotency-Key: ${key}' -d '${body(APPLICATION.item, filed.key)}'`,
    '',
    `  # 3 跟踪办件：本大厅最新的一件 / following the case: the newest of this hall`,
    `curl -s '${address}/v1/cases?limit=1' ${authorization}`,
    '',
  ]
}

function clerkToken(gateway: Gateway, config: LoadedConfig): string | null {
  const row = config.identity.issuers.find(({ keys }) => keys === 'local')
  const city = config.cities.find(({ key }) => key === CLERK_CITY) ?? config.cities[0]
  const hall = city?.halls[0]
  if (gateway.issuer === null || row === undefined || city === undefined || hall === undefined) return null
  return gateway.issuer.issueToken({
    issuer: row.issuer,
    audience: row.audience,
    role: 'clerk',
    subject: `${city.key}-clerk-01`,
    city: city.key,
    hall: hall.key,
    ttlSeconds: Math.min(TOKEN_SECONDS, row.maxTtlMs / 1000),
  })
}
