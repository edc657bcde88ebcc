// What must hold of a request's head before anything else looks at it, and the answer to what is no HTTP at all.

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { Fault, type FaultCode } from '../domain/fault.ts'
import { problemOf } from './problem.ts'

// An identity number of 18 or 15 characters with a possible date of birth, or a mobile number: the id goes into logs and audit leaves.
const PERSONAL =
  /(?<!\d)(?:\d{6}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]|\d{8}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}|1[3-9]\d{9})(?!\d)/

/** The caller's X-Request-Id if it is harmless in a log, else `made`. */
export function requestIdOf(headers: IncomingMessage['headers'], made: () => string): string {
  const given = headers['x-request-id']
  const harmless = typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) && !PERSONAL.test(given)
  return harmless ? given : made()
}

/**
 * Node takes two Host, Authorization or Content-Type headers and an absolute-form target without complaint; two readers
 * could then disagree on who asks what of whom. Throws Fault HEADERS_AMBIGUOUS.
 */
export function refuseAmbiguousHead(request: IncomingMessage): void {
  let hosts = 0
  let authorizations = 0
  let contentTypes = 0
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? ''
    // By length first: three comparisons for most headers, no lower-cased copies.
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
    else if (name.length === 13 && name.toLowerCase() === 'authorization') authorizations++
    else if (name.length === 12 && name.toLowerCase() === 'content-type') contentTypes++
  }
  // HTTP/1.0 knows no Host.
  const hostMissing = hosts === 0 && request.httpVersion !== '1.0'
  if (hosts > 1 || hostMissing || authorizations > 1 || contentTypes > 1 || !request.url?.startsWith('/')) {
    throw new Fault('HEADERS_AMBIGUOUS')
  }
}

const BROKEN: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
}

/** What a connection was ended with while one of its requests was still arriving. */
const ends = new WeakMap<Socket, FaultCode>()

/** Why a request whose body broke off did so: by our own refusal, or because the caller went away. */
export function brokenOff(socket: Socket): FaultCode {
  return ends.get(socket) ?? 'CALLER_GONE'
}

/** Answers bytes that node:http could not read as a request, and ends the connection. */
export function answerBrokenRequest(
  error: Error & { readonly code?: string },
  socket: Socket,
  requestId: string,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code = BROKEN[error.code ?? ''] ?? 'REQUEST_MALFORMED'
  ends.set(socket, code)
  const { status, headers, body } = problemOf(new Fault(code), 'zh', requestId)
  const lines = Object.entries({
    ...headers,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${status} ${code}\r\n${lines.join('')}\r\n${body}`)
}
