// One sandbox city: its listener, its state on disk, its protocol, the life of its cases, and the fault that it has been given.

import { constants } from 'node:crypto'
import { createServer } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { type Entry, openCases } from './cases.ts'
import { openDesk } from './desk.ts'
import { makeFolder, readIfThere, replaceFile } from './disk.ts'
import {
  type FaultKind,
  type FaultSetting,
  HEALTHY,
  ledgerFlaw,
  type NewsFlaw,
  refusesConnections,
  strike,
} from './faults.ts'
import { type HeardSubmission, openHeard } from './heard.ts'
import { openLedger } from './ledger.ts'
import { type NewsEvent, openLife, type Step } from './life.ts'
import { openMaterials } from './materials.ts'
import type { Place } from './places.ts'
import { openProtocol } from './protocols/open.ts'
import { openPusher } from './pusher.ts'
import { type Connections, holdConnections, listen, listenOnce, serve, stopListening } from './serving.ts'
import { openSupplements } from './supplements.ts'

const IDLE_MS = 15_000
/** TLS 1.3, or 1.2 with ECDHE and an AEAD cipher. Whoever has no good certificate learns that from the protocol's answer. */
const MUTUAL_TLS: ServerOptions = {
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: 'TLSv1.2',
  ciphers:
    'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL',
  ALPNProtocols: ['http/1.1'],
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
}
/** More than any city tolerates. */
const CLOCK_SKEW_MS = 600_000

export interface CityState {
  readonly address: string
  readonly fault: FaultSetting
  readonly paceMs: number | null
  readonly requests: number
  readonly struck: number
  readonly taken: number
}

export interface SandboxCity extends AsyncDisposable {
  readonly address: string
  state(): CityState
  /** Resolves once the fault is on disk and holds for every call from now on. Connections that hang are cut. */
  setFault(setting: FaultSetting): Promise<void>
  taken(): readonly Entry[]
  /** What it has understood under this reference, null if it was not among the last few hundred. */
  heard(reference: string): HeardSubmission | null
  /** Ends all tokens or fetched secrets; false where the city has none. */
  expireTokens(): boolean
  /** What happens to a case next, by our reference; null if the city has no such case. On disk once this resolves. */
  advance(reference: string, step: Step): Promise<NewsEvent | null>
  /** Cases go on by themselves, a step each so many milliseconds; null = they stand still. On disk once this returns. */
  setPace(stepMs: number | null): void
}

interface Kept {
  readonly port: number
  readonly fault: FaultSetting
  readonly paceMs: number | null
}

/** Opens a city on the port that it had before, or on another where that is taken. `folder` is the sandbox's own. */
export async function openCity(options: { readonly place: Place; readonly folder: string }): Promise<SandboxCity> {
  const { place, folder } = options
  makeFolder(join(folder, 'secrets'))
  const pathOf = (ending: string): string => join(folder, `${place.city}${ending}`)
  const keptBefore = JSON.parse(readIfThere(pathOf('.json')) ?? 'null') as Kept | null
  let fault = keptBefore?.fault ?? HEALTHY
  let paceMs = keptBefore?.paceMs ?? null
  const isSick = (kind: FaultKind): boolean => strike(fault) === kind
  const newsFlaw = (): NewsFlaw | null =>
    isSick('duplicate-news') ? 'duplicate-news' : isSick('shuffled-news') ? 'shuffled-news' : null

  const now = (): number => Date.now() + (fault.fault === 'clock-skew' ? CLOCK_SKEW_MS : 0)

  await using opened = new AsyncDisposableStack()
  const protocol = await openProtocol({
    place,
    folder,
    now,
    signsWrong: () => isSick('wrong-signature'),
    tokensAreOver: () => isSick('expired-tokens'),
  })
  const cases = opened.use(await openCases({ path: pathOf('.ndjson'), areaCode: place.areaCode }))
  let push = (_event: NewsEvent): void => {}
  const life = opened.use(
    await openLife({ place, cases, path: pathOf('-news.ndjson'), onEvent: (event) => push(event), flaw: newsFlaw }),
  )
  const supplements = opened.use(await openSupplements({ place, cases, life, path: pathOf('-supplements.ndjson') }))
  const materials = opened.use(await openMaterials({ path: pathOf('-materials.ndjson'), folder: pathOf('-materials') }))
  if (protocol.push !== null) {
    const pusher = opened.use(
      await openPusher({
        city: place.city,
        dataDir: dirname(folder),
        path: pathOf('-acknowledged.ndjson'),
        push: protocol.push,
        earlier: life.page(null, Infinity)?.events ?? [],
        flaw: newsFlaw,
      }),
    )
    push = pusher.push
  }
  life.setPace(paceMs)

  const heard = openHeard()
  const ledger = openLedger({ place, cases, life, flaw: () => ledgerFlaw(strike(fault)) })
  const desk = openDesk(place, { cases, life, supplements, materials, heard, ledger })
  const counts = { requests: 0, struck: 0 }
  const hanging = new Set<Socket>()
  let connections: Connections = new Map()
  const answer: Parameters<typeof createServer>[1] = (request, response) => {
    counts.requests += 1
    const struck = strike(fault)
    if (struck !== 'off') counts.struck += 1
    serve({ struck, request, response, protocol, desk, place, cases, now, hanging, connections }).catch(
      (error: unknown) => {
        console.error(`${new Date().toISOString()} ${place.city}: ${(error as Error).message}`)
        response.destroy()
      },
    )
  }
  const server =
    protocol.tls === null
      ? createServer({ keepAliveTimeout: IDLE_MS }, answer)
      : createTlsServer({ ...protocol.tls, ...MUTUAL_TLS, keepAliveTimeout: IDLE_MS }, answer)
  connections = holdConnections(server)
  const port = await listenOnce(server, keptBefore?.port ?? 0)
  const address = `${protocol.tls === null ? 'http' : 'https'}://127.0.0.1:${port}`
  const keep = (): void => replaceFile(pathOf('.json'), JSON.stringify({ port, fault, paceMs } satisfies Kept))
  keep()
  if (refusesConnections(fault)) await stopListening(server)
  opened.defer(() => stopListening(server))
  const closing = opened.move()

  return {
    address,
    state: () => {
      const taken = cases.all().filter(({ outcome }) => outcome === 'taken').length
      return { address, fault, paceMs, ...counts, taken }
    },
    async setFault(setting) {
      fault = setting
      keep()
      for (const socket of hanging) socket.destroy()
      hanging.clear()
      if (refusesConnections(setting)) await stopListening(server)
      else if (!server.listening) await listen(server, port)
    },
    taken: () => cases.all().filter(({ outcome }) => outcome === 'taken'),
    heard: heard.find,
    expireTokens() {
      protocol.expireTokens?.()
      return protocol.expireTokens !== null
    },
    advance: life.advance,
    setPace(stepMs) {
      paceMs = stepMs
      keep()
      life.setPace(stepMs)
    },
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
