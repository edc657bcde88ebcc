// What must hold of a request's head before anything else looks at it, and the answer to what is no HTTP at all.

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { FAULTS, Fault, type FaultCode } from '../domain/fault.ts'
import { problemOf } from './problem.ts'

/** The caller's X-Request-Id if it is harmless in a log, else `made`. */
export function requestIdOf(headers: IncomingMessage['headers'], made: () => string): string {
  const given = headers['x-request-id']
  return typeof given === 'string' && /^[A-Za-z0-9._-]{1,64}$/.test(given) ? given : made()
}

/**
 * Node takes two Host or Authorization headers and an absolute-form target without complaint; two readers could then
 * disagree on who asks what of whom. Throws Fault HEADERS_AMBIGUOUS.
 */
export function refuseAmbiguousHead(request: IncomingMessage): void {
  let hosts = 0
  let authorizations = 0
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] ?? ''
    // By length first: two comparisons for most headers, no lower-cased copies.
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
    else if (name.length === 13 && name.toLowerCase() === 'authorization') authorizations++
  }
  if (hosts > 1 || authorizations > 1 || !request.url?.startsWith('/')) throw new Fault('HEADERS_AMBIGUOUS')
}

const BROKEN: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
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
  const { body } = problemOf(new Fault(code), 'zh', requestId)
  socket.end(
    `HTTP/1.1 ${FAULTS[code].status} ${code}\r\n` +
      'content-type: application/problem+json; charset=utf-8\r\n' +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
