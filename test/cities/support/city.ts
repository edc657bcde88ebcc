// A city's side of the wire, as each test wants it, and the gateway's line to it.

import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createRawServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { BackendConfig, CityConfig } from '../../../src/cities/config.ts'
import type { CallSeen, StateSeen } from '../../../src/cities/line.ts'
import type { LineView } from '../../../src/domain/line.ts'
import { openCities, type OpenCities } from '../../../src/cities/table.ts'
import type {
  CallOutcome,
  CityBackend,
  CityMessage,
  CorrectionMessage,
  MaterialMessage,
  WithdrawalMessage,
} from '../../../src/domain/delivery.ts'
import type { Item } from '../../../src/domain/item.ts'
import { systemClock, systemIds } from '../../../src/system.ts'

export const KEY = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
export const REFERENCE = '20261122-7Q2M9X4KTB0C.decide'
export const TAKEN_AT = Date.UTC(2026, 10, 22, 10)

const leg = {
  key: 'decide',
  name: { zh: '办理', en: 'Decide' },
  does: 'decide',
  routing: { basis: 'fund-account-place', field: '/form/fundCentre', codeKind: 'fundCentre' },
} as const

export const item: Item = {
  code: 'hf-retirement-withdrawal',
  name: { zh: '退休提取住房公积金', en: 'Housing fund withdrawal on retirement' },
  domain: 'housing-fund',
  department: { zh: '住房公积金管理中心', en: 'Housing fund centre' },
  category: '公共服务',
  handlingModes: ['full-online'],
  interaction: 'application',
  applicantType: 'person',
  promisedWorkingDays: 3,
  statutoryWorkingDays: 3,
  legalBasis: { zh: '', en: '' },
  legs: [leg],
  materials: [],
  cacheSeconds: 0,
  effectiveFrom: '2026-01-01',
  source: 'test',
}

export const message: CityMessage = {
  item,
  leg,
  reference: REFERENCE,
  relatedCaseNo: null,
  takenAt: TAKEN_AT,
  body: {
    handlingMode: 'full-online',
    applicant: { type: 'person', name: '张伟', certType: '111', certNo: '210102199003070011', mobile: '13800000000' },
    form: { fundCentre: '2115' },
    materials: [{ code: 'id-card', held: 'sharedData' }],
  },
}

export const correction: CorrectionMessage = {
  item,
  leg,
  reference: REFERENCE,
  backendCaseNo: '210900-2026-000123',
  correctionNo: 12,
  takenAt: TAKEN_AT,
  body: message.body,
}

export const withdrawal: WithdrawalMessage = { ...correction, reason: null }

export const file: MaterialMessage = {
  item,
  leg,
  reference: REFERENCE,
  material: {
    code: 'retirement-document',
    materialId: 'm-1',
    name: 'retirement-document.pdf',
    mediaType: 'application/pdf',
    digest: '14bcd090baf31edba64e9cbd8cdfc15f943344aa72cb3675ad8e91bfcbce03ad',
    bytes: Buffer.from('%PDF-1.4\n%%EOF\n'),
  },
}

const LIMITS: BackendConfig['limits'] = {
  callerCalls: 8,
  callerQueue: 8,
  courierCalls: 2,
  courierQueue: 2,
  deadlineMs: 800,
  ownDeadlineMs: 500,
  connectTimeoutMs: 250,
  keepAliveMs: 4000,
  answerBytesMax: 4096,
}

/** Opens only when a test asks for it by its own numbers. */
const CALM: BackendConfig['breaker'] = {
  errorThresholdPercentage: 50,
  volumeThreshold: 1000,
  rollingCountTimeoutMs: 1000,
  resetTimeoutMs: 1000,
}

export function cityConfig(
  key: string,
  changes: {
    readonly limits?: Partial<BackendConfig['limits']>
    readonly breaker?: Partial<BackendConfig['breaker']>
  } = {},
  protocol: Pick<BackendConfig, 'protocol' | 'protocolOptions'> = { protocol: 'shenfu', protocolOptions: {} },
): CityConfig {
  const backend = {
    key: 'main',
    address: 'sandbox',
    domains: [],
    secretFile: `secrets/${key}`,
    limits: { ...LIMITS, ...changes.limits },
    breaker: { ...CALM, ...changes.breaker },
    settlesAfterMs: 100,
    statuses: { received: 'pre-accepted', refused: 'refused', '1': 'pre-accepted', '9': 'refused' },
    mapping: { names: 'ours' },
    ...protocol,
  } as BackendConfig
  return {
    key,
    name: { zh: key, en: key },
    halls: [],
    office: { name: { zh: key, en: key }, telephone: '024-000000' },
    routingCodes: {},
    backends: [backend],
  }
}

export interface Open {
  readonly cities: OpenCities
  readonly backend: CityBackend
  readonly calls: CallSeen[]
  readonly states: StateSeen[]
  readonly view: () => LineView
}

/** Opens lines to the cities at these addresses; `backend` and `view` are those of the first. */
export async function open(t: Test, places: readonly (readonly [CityConfig, string])[]): Promise<Open> {
  const calls: CallSeen[] = []
  const states: StateSeen[] = []
  const addresses = new Map(places.map(([{ key }, address]) => [key, address]))
  const cities = await openCities({
    cities: places.map(([config]) => config),
    fields: { kinds: new Map(), dictionaries: new Map() },
    addressOf: ({ key }) => addresses.get(key) ?? '',
    secretOf: () => Buffer.from(`${KEY}\n`),
    clock: systemClock,
    bytes: systemIds.bytes,
    observe: (seen) => calls.push(seen),
    onState: (seen) => states.push(seen),
  })
  t.teardown(() => cities[Symbol.asyncDispose]())
  const [first] = cities.all
  if (first === undefined) throw new Error('no city')
  return {
    cities,
    backend: first,
    calls,
    states,
    view() {
      const [view] = cities.lines()
      if (view === undefined) throw new Error('no line')
      return view
    },
  }
}

export interface CityServer {
  readonly address: string
  readonly requests: { readonly method: string; readonly path: string; readonly body: string }[]
}

/** An HTTP server on loopback that reads each request whole before it hands it on. */
export async function serve(
  t: Test,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<CityServer> {
  const requests: CityServer['requests'] = []
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      requests.push({ method: request.method ?? '', path: request.url ?? '', body })
      answer(request, response, body)
    })
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/** A server that speaks bytes instead of HTTP; `talk` is called when the first bytes of a connection have come. */
export async function serveRaw(t: Test, talk: (socket: Socket, first: Buffer) => void): Promise<{ address: string }> {
  const sockets = new Set<Socket>()
  const server = createRawServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('data', (first: Buffer) => talk(socket, first))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** An address at which nobody listens any more. */
export async function deadAddress(): Promise<string> {
  const server = createRawServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${port}`
}

export function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(value))
}

export const TAKEN = { caseNo: '211500-2026-000001', status: 'received' }

/** `no CITY_BUSY`, or `answered`. */
export function ending(outcome: CallOutcome<unknown>): string {
  return outcome.sent === 'answered' ? 'answered' : `${outcome.sent} ${outcome.fault.code}`
}

/** Polls until `holds` says so; throws after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error('waited in vain')
    await systemClock.delay(2)
  }
}
