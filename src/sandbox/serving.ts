// Answers the calls to one sandbox city over HTTP, in health and under each fault.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Cases } from './cases.ts'
import { type Desk, lyingDesk } from './desk.ts'
import type { FaultSetting } from './faults.ts'
import type { Place } from './places.ts'
import { BODY_BYTES_MAX, type Peer, type Protocol, type WireReply, type WireRequest } from './protocols/wire.ts'

const DRIP_MS = 200

export interface Call {
  readonly struck: FaultSetting['fault']
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly protocol: Protocol
  readonly desk: Desk
  readonly place: Place
  readonly cases: Cases
  /** The city's own clock, in milliseconds since 1970. */
  now(): number
  /** Connections that were left without an answer. */
  readonly hanging: Set<Socket>
  readonly connections: Connections
}

/** Answers one call, in the way in which the city is sick at the moment. */
export async function serve({
  struck,
  request,
  response,
  protocol,
  desk,
  place,
  cases,
  now,
  hanging,
  connections,
}: Call): Promise<void> {
  // Its clock shows in what it signs and in each answer.
  response.setHeader('date', new Date(now()).toUTCString())
  if (struck === 'hang-unread') return hang(request.socket, hanging)
  const wireRequest = await readRequest(request, protocol)
  switch (struck) {
    case 'hang':
      hang(request.socket, hanging)
      return
    case 'reset':
      reset(request.socket, connections)
      return
    case 'error-500':
      return send(response, protocol.errorPage ?? ERROR_500)
    case 'garbage':
      return send(response, Math.random() < 0.5 ? (protocol.errorPage ?? HTML_PAGE) : protocol.truncated)
    case 'html':
      return send(response, protocol.errorPage ?? HTML_PAGE)
    case 'empty':
      return send(response, { ...protocol.truncated, status: 200, body: Buffer.alloc(0) })
    case 'maintenance':
      return send(response, protocol.maintenance?.(wireRequest) ?? UNAVAILABLE)
    case 'refuse-connect':
      request.socket.destroy()
      return
    case 'hang-after':
    case 'reset-after':
    case 'slow':
    case 'oversized':
    case 'truncated':
    case 'wrong-charset':
    case 'error-500-after':
    case 'lie':
    case 'wrong-signature':
    case 'clock-skew':
    case 'expired-tokens':
    case 'duplicate-news':
    case 'shuffled-news':
    case 'short-ledger':
    case 'long-ledger':
    case 'doubled-ledger':
    case 'miscounted-ledger':
    case 'off':
  }
  const reply = await answer(wireRequest, protocol, struck === 'lie' ? lyingDesk(desk, place, cases) : desk, place)
  if (struck === 'hang-after') hang(request.socket, hanging)
  else if (struck === 'reset-after') reset(request.socket, connections)
  else if (struck === 'slow') await drip(response, reply)
  else if (struck === 'oversized') await flood(response, reply)
  else if (struck === 'error-500-after') send(response, protocol.errorPage ?? ERROR_500)
  else if (struck === 'truncated') send(response, { ...reply, body: reply.body.subarray(0, reply.body.length >> 1) })
  else if (struck === 'wrong-charset') send(response, { ...reply, body: inUtf16(reply) })
  else send(response, reply)
}

/** The sockets below TLS by the port of their caller: only they can be reset. */
export type Connections = ReadonlyMap<number, Socket>

/** Keeps hold of a server's connections for as long as they last. */
export function holdConnections(server: Server): Connections {
  const connections = new Map<number, Socket>()
  server.on('connection', (socket: Socket) => {
    const { remotePort } = socket
    if (remotePort === undefined) return
    connections.set(remotePort, socket)
    socket.once('close', () => connections.delete(remotePort))
  })
  return connections
}

function reset(socket: Socket, connections: Connections): void {
  const below = socket instanceof TLSSocket ? connections.get(socket.remotePort ?? 0) : socket
  below?.resetAndDestroy()
  if (below !== socket) socket.destroy()
}

function hang(socket: Socket, hanging: Set<Socket>): void {
  hanging.add(socket)
  socket.once('close', () => hanging.delete(socket))
}

const ERROR_500: WireReply = {
  status: 500,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from('error\n'),
}

const UNAVAILABLE: WireReply = { ...ERROR_500, status: 503, body: Buffer.from('maintenance\n') }

/** Whatever the answer was written in, with the header left as it was. */
function inUtf16({ headers, body }: WireReply): Buffer {
  const charset = /charset="?([\w-]+)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  return Buffer.from(new TextDecoder(charset).decode(body), 'utf16le')
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

async function readRequest(request: IncomingMessage, protocol: Protocol): Promise<WireRequest> {
  const head = { method: request.method ?? '', path: request.url ?? '', headers: request.headers }
  const bytesMax = protocol.bodyBytesMax?.(head) ?? BODY_BYTES_MAX
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= bytesMax) chunks.push(chunk)
  }
  return {
    ...head,
    body: bytes > bytesMax ? null : Buffer.concat(chunks),
    peer: peerOf(request.socket),
  }
}

function peerOf(socket: Socket): Peer | null {
  if (!(socket instanceof TLSSocket)) return null
  // A session of TLS 1.3 that goes on without a certificate counts as authorized: only a certificate says who calls.
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return null
  const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? ''
  return { name, isTrusted: socket.authorized }
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
export async function listenOnce(server: Server, port: number): Promise<number> {
  try {
    await listen(server, port)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await listen(server, 0)
  }
  return (server.address() as AddressInfo).port
}

export function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

export function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
