// One sandbox city: its listener, its state on disk, its protocol, and the fault that it has been given.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { type Cases, type Entry, openCases } from './cases.ts'
import { type Desk, lyingDesk, openDesk } from './desk.ts'
import { makeFolder, readIfThere, readOrMakeSecret, replaceFile } from './disk.ts'
import { type FaultSetting, HEALTHY, refusesConnections, strike } from './faults.ts'
import type { Place } from './places.ts'
import { openFushun } from './protocols/fushun.ts'
import { openShenfu } from './protocols/shenfu.ts'
import { openShenyang } from './protocols/shenyang.ts'
import { openSigningSecrets } from './protocols/shenyang-secrets.ts'
import { BODY_BYTES_MAX, type Protocol, type WireReply, type WireRequest } from './protocols/wire.ts'

const IDLE_MS = 15_000
const DRIP_MS = 200
const SECRET_LIFE_MS = 600_000

export interface CityState {
  readonly address: string
  readonly fault: FaultSetting
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
  /** Shenyang only: ends all signing secrets; false where the city has none. */
  expireSecrets(): boolean
}

interface Kept {
  readonly port: number
  readonly fault: FaultSetting
}

/** Opens a city on the port that it had before, or on another where that is taken. `folder` is the sandbox's own. */
export async function openCity(options: { readonly place: Place; readonly folder: string }): Promise<SandboxCity> {
  const { place, folder } = options
  makeFolder(join(folder, 'secrets'))
  const secret = readOrMakeSecret(join(folder, 'secrets', place.city))
  const keptPath = join(folder, `${place.city}.json`)
  const kept = JSON.parse(readIfThere(keptPath) ?? 'null') as Kept | null
  const cases = await openCases({ path: join(folder, `${place.city}.ndjson`), areaCode: place.areaCode })
  const signingSecrets =
    place.protocol === 'shenyang'
      ? openSigningSecrets({
          path: join(folder, `${place.city}-signing.json`),
          appKey: secret,
          lifeMs: SECRET_LIFE_MS,
        })
      : null
  const protocol =
    signingSecrets !== null
      ? openShenyang({ secrets: signingSecrets })
      : place.protocol === 'fushun'
        ? openFushun({ licence: secret })
        : openShenfu({ city: place.city, apiKey: secret })

  const desk = openDesk(place, cases)
  let fault = kept?.fault ?? HEALTHY
  const counts = { requests: 0, struck: 0 }
  const hanging = new Set<Socket>()
  const server = createServer({ keepAliveTimeout: IDLE_MS }, (request, response) => {
    counts.requests += 1
    const struck = strike(fault)
    if (struck !== 'off') counts.struck += 1
    serve({ struck, request, response, protocol, desk, place, cases, hanging }).catch((error: unknown) => {
      console.error(`${new Date().toISOString()} ${place.city}: ${(error as Error).message}`)
      response.destroy()
    })
  })
  const port = await listenOnce(server, kept?.port ?? 0)
  replaceFile(keptPath, JSON.stringify({ port, fault } satisfies Kept))
  if (refusesConnections(fault)) await stopListening(server)

  return {
    address: `http://127.0.0.1:${port}`,
    state: () => ({ address: `http://127.0.0.1:${port}`, fault, ...counts, taken: cases.taken().length }),
    async setFault(setting) {
      replaceFile(keptPath, JSON.stringify({ port, fault: setting } satisfies Kept))
      fault = setting
      for (const socket of hanging) socket.destroy()
      hanging.clear()
      if (refusesConnections(setting)) await stopListening(server)
      else if (!server.listening) await listen(server, port)
    },
    taken: () => cases.taken(),
    expireSecrets() {
      signingSecrets?.expireAll()
      return signingSecrets !== null
    },
    async [Symbol.asyncDispose]() {
      await stopListening(server)
      await cases[Symbol.asyncDispose]()
    },
  }
}

interface Call {
  readonly struck: FaultSetting['fault']
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly protocol: Protocol
  readonly desk: Desk
  readonly place: Place
  readonly cases: Cases
  /** Connections that were left without an answer. */
  readonly hanging: Set<Socket>
}

async function serve({ struck, request, response, protocol, desk, place, cases, hanging }: Call): Promise<void> {
  const wireRequest = await readRequest(request)
  switch (struck) {
    case 'hang':
      hang(request.socket, hanging)
      return
    case 'reset':
      request.socket.resetAndDestroy()
      return
    case 'error-500':
      return send(response, { status: 500, headers: { 'content-type': 'text/plain' }, body: Buffer.from('error\n') })
    case 'garbage':
      return send(response, Math.random() < 0.5 ? HTML_PAGE : protocol.truncated)
    case 'refuse-connect':
      request.socket.destroy()
      return
    case 'hang-after':
    case 'reset-after':
    case 'slow':
    case 'oversized':
    case 'lie':
    case 'off':
  }
  const reply = await answer(wireRequest, protocol, struck === 'lie' ? lyingDesk(desk, place, cases) : desk, place)
  if (struck === 'hang-after') hang(request.socket, hanging)
  else if (struck === 'reset-after') request.socket.resetAndDestroy()
  else if (struck === 'slow') await drip(response, reply)
  else if (struck === 'oversized') await flood(response, reply)
  else send(response, reply)
}

function hang(socket: Socket, hanging: Set<Socket>): void {
  hanging.add(socket)
  socket.once('close', () => hanging.delete(socket))
}

const HTML_PAGE: WireReply = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: Buffer.from(
    '<!DOCTYPE html><html><head><title>系统维护</title></head><body>系统维护中，请稍后再试</body></html>',
  ),
}

async function answer(request: WireRequest, protocol: Protocol, desk: Desk, place: Place): Promise<WireReply> {
  try {
    return await protocol.handle(request, desk)
  } catch (error) {
    console.error(`${new Date().toISOString()} ${place.city}: ${(error as Error).message}`)
    return protocol.broken
  }
}

async function readRequest(request: IncomingMessage): Promise<WireRequest> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk)
  }
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: bytes > BODY_BYTES_MAX ? null : Buffer.concat(chunks),
  }
}

function send(response: ServerResponse, reply: WireReply): void {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length })
  response.end(reply.body)
}

async function drip(response: ServerResponse, reply: WireReply): Promise<void> {
  response.writeHead(reply.status, { ...reply.headers, 'content-length': reply.body.length })
  response.flushHeaders()
  for (const byte of reply.body) {
    if (response.destroyed) return
    response.write(Buffer.of(byte))
    await new Promise<void>((resolve) => {
      setTimeout(resolve, DRIP_MS)
    })
  }
  response.end()
}

const FLOOD_BYTES = 64 * 1024 * 1024

/** The proper answer, with blanks before it that no length announces. */
async function flood(response: ServerResponse, reply: WireReply): Promise<void> {
  response.writeHead(reply.status, reply.headers)
  const blanks = Buffer.alloc(64 * 1024, ' ')
  for (let sent = 0; sent < FLOOD_BYTES && !response.destroyed; sent += blanks.length) {
    await new Promise<void>((resolve) => {
      response.write(blanks, () => resolve())
    })
  }
  response.end(reply.body)
}

/** Listens on `port`, or on a free one where that is taken by somebody else. */
async function listenOnce(server: Server, port: number): Promise<number> {
  try {
    await listen(server, port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await listen(server, 0)
  }
  return (server.address() as AddressInfo).port
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
