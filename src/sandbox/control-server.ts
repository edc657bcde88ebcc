// The sandbox's control endpoint: state, faults, what was received, owner, stop. Loopback and bearer token only.

import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SandboxCity } from './city.ts'
import { isFault, isRate } from './faults.ts'
import { receivedIn } from './received.ts'
import { CASE_STATUSES, type Step } from './life.ts'

const BODY_BYTES_MAX = 4096

export interface ControlOptions {
  readonly token: string
  readonly version: string
  readonly cities: ReadonlyMap<string, SandboxCity>
  owner(): number
  setOwner(pid: number): void
  /** Called once the answer to /stop has left. */
  stop(): void
}

export interface Control extends AsyncDisposable {
  readonly address: string
}

export async function openControl(options: ControlOptions): Promise<Control> {
  const expected = Buffer.from(`Bearer ${options.token}`)
  const server = createServer((request, response) => {
    void (async () => {
      const given = Buffer.from(request.headers.authorization ?? '')
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return answer(response, 401, {})
      try {
        const [status, body] = await act(options, request)
        if (request.url === '/stop' && status === 200) response.once('finish', () => options.stop())
        answer(response, status, body)
      } catch (error) {
        answer(response, 500, { error: (error as Error).message })
      }
    })()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify(body))
}

async function act(options: ControlOptions, request: IncomingMessage): Promise<readonly [number, object]> {
  const url = new URL(request.url ?? '/', 'http://sandbox')
  const [, verb = '', name = ''] = url.pathname.split('/')
  const city = options.cities.get(name)
  switch (`${request.method} ${verb}`) {
    case 'GET state':
      return [
        200,
        {
          pid: process.pid,
          version: options.version,
          owner: options.owner(),
          cities: Object.fromEntries([...options.cities].map(([key, open]) => [key, open.state()])),
        },
      ]
    case 'GET received':
      return city === undefined
        ? NO_SUCH_CITY
        : [200, { received: receivedIn(city.taken(), url.searchParams.get('case')) }]
    case 'GET heard': {
      const heard = city?.heard(url.searchParams.get('reference') ?? '') ?? null
      return heard === null ? [404, { error: 'the city has not heard of it' }] : [200, heard]
    }
    case 'POST faults': {
      const { fault, rate } = await readBody(request)
      if (city === undefined) return NO_SUCH_CITY
      if (!isFault(fault) || !isRate(rate)) return [400, { error: 'fault or rate is not valid' }]
      await city.setFault({ fault, rate })
      return [200, city.state()]
    }
    case 'POST expire':
      if (city === undefined) return NO_SUCH_CITY
      return city.expireTokens() ? [200, {}] : [400, { error: 'this city gives out neither tokens nor secrets' }]
    case 'POST advance': {
      const { reference, ...step } = await readBody(request)
      if (city === undefined) return NO_SUCH_CITY
      if (typeof reference !== 'string' || !isStep(step)) return [400, { error: 'reference or step is not valid' }]
      const event = await city.advance(reference, step)
      return event === null ? [404, { error: 'the city has no such case' }] : [200, event]
    }
    case 'POST pace': {
      const { stepMs } = await readBody(request)
      if (city === undefined) return NO_SUCH_CITY
      if (stepMs !== null && !(Number.isSafeInteger(stepMs) && Number(stepMs) >= 10)) {
        return [400, { error: 'stepMs is not valid' }]
      }
      city.setPace(stepMs as number | null)
      return [200, city.state()]
    }
    case 'POST owner': {
      const { pid } = await readBody(request)
      if (!Number.isSafeInteger(pid) || Number(pid) < 1) return [400, { error: 'pid is not valid' }]
      options.setOwner(Number(pid))
      return [200, {}]
    }
    case 'POST stop':
      return [200, {}]
    default:
      return [404, { error: 'no such call' }]
  }
}

function isStep(value: object): value is Step {
  const { status, remark, points, results, fees = [] } = value as Partial<Record<string, unknown>>
  return (
    (CASE_STATUSES as readonly unknown[]).includes(status) &&
    (remark === null || isText(remark)) &&
    isListOf(points, ({ code, message }) => (code === null || isText(code)) && isText(message)) &&
    isListOf(results, ({ code, name, number }) => isText(code) && isText(name) && isText(number)) &&
    isListOf(
      fees,
      ({ paymentNo, name, payee, amountYuan, paidAt = 'not yet' }) =>
        [paymentNo, name, payee, paidAt].every(isText) && /^\d{1,14}\.\d\d$/.test(String(amountYuan)),
    )
  )
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isListOf = (value: unknown, fits: (entry: Readonly<Record<string, unknown>>) => boolean): boolean =>
  Array.isArray(value) &&
  value.every((entry: unknown) => typeof entry === 'object' && entry !== null && fits({ ...entry }))

const NO_SUCH_CITY = [404, { error: 'no such city' }] as const

async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  const bytes = Buffer.concat(chunks)
  if (bytes.length > BODY_BYTES_MAX) throw new Error('body too large')
  return JSON.parse(bytes.toString()) as Record<string, unknown>
}
