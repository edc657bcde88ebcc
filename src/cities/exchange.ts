// Makes one HTTP exchange over a pool and knows, however it ends, whether a byte of the request may have left.

import type { Dispatcher, Pool } from 'undici'
import type { FaultCode } from '../domain/fault.ts'
import type { Due } from './deadlines.ts'
import { headerOf, type WireAnswer, type WireRequest } from './wire.ts'

export type CutReason = 'deadline' | 'caller-gone'

/** One call on its way. Whoever works on it at the moment sets `onCut`; `cut` ends that work. */
export interface Attempt extends Due {
  /** An answer that takes longer counts against the city. */
  readonly slowAfterMs: number
  cutBy: CutReason | null
  onCut: (() => void) | null
}

export type Exchanged =
  | { readonly kind: 'answered'; readonly answer: WireAnswer }
  | {
      readonly kind: 'failed'
      readonly sent: 'no' | 'maybe'
      readonly code: FaultCode
      readonly cause: unknown
    }

/** Ends an attempt from outside; the first reason stands. */
export function cut(attempt: Attempt, why: CutReason): void {
  if (attempt.cutBy !== null) return
  attempt.cutBy = why
  attempt.onCut?.()
}

/** What a cut means once the attempt had left the queue. */
export function faultOfCut(why: CutReason): FaultCode {
  return why === 'deadline' ? 'CITY_TIMEOUT' : 'CALLER_GONE'
}

/**
 * Sends `request` and reads the whole answer, of at most `answerBytesMax` bytes (an announced size is refused here, the bytes
 * that come are counted by the pool's `maxResponseSize`). Never rejects. In every end but a complete
 * answer the socket is destroyed, so that no rest of an answer can be taken for the beginning of the next.
 */
export function exchange(
  pool: Pool,
  request: WireRequest,
  answerBytesMax: number,
  attempt: Attempt,
): Promise<Exchanged> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | null = null
    let ended = false
    let status = 0
    let headers: WireAnswer['headers'] = {}
    const chunks: Buffer[] = []

    const end = (exchanged: Exchanged): void => {
      if (ended) return
      ended = true
      attempt.onCut = null
      resolve(exchanged)
    }
    const fail = (code: FaultCode, cause: unknown): void => {
      end({ kind: 'failed', sent: controller === null ? 'no' : 'maybe', code, cause })
      controller?.abort(cause instanceof Error ? cause : new Error(code))
    }
    attempt.onCut = () => fail(faultOfCut(attempt.cutBy ?? 'deadline'), undefined)

    pool.dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: request.body },
      {
        onRequestStart(starting) {
          // Called right before the first byte is written. A request that was given up while it waited for a connection
          // must not leave any more, and one that has begun must not begin again.
          if (ended || controller !== null) {
            starting.abort(new Error('given up before it began'))
            fail('CITY_RESET', undefined)
          } else {
            controller = starting
          }
        },
        onResponseStart(_controller, answerStatus, answerHeaders) {
          if (answerStatus < 200) return
          status = answerStatus
          headers = answerHeaders
          const announced = Number(answerHeaders['content-length'] ?? 0)
          if (announced > answerBytesMax) fail('CITY_ANSWER_TOO_LARGE', undefined)
        },
        onResponseData(_controller, chunk) {
          chunks.push(chunk)
        },
        onResponseEnd() {
          const only = chunks.length === 1 ? chunks[0] : undefined
          const answer: WireAnswer = { status, headers, bytes: only ?? Buffer.concat(chunks) }
          // No encoding was offered, so an encoded answer breaks HTTP and cannot be read.
          const encoding = headerOf(answer, 'content-encoding').toLowerCase()
          if (encoding !== '' && encoding !== 'identity') fail('CITY_GARBLED', undefined)
          else end({ kind: 'answered', answer })
        },
        onResponseError(_controller, error) {
          if (ended) return
          const code = sortError(controller !== null, error)
          // The parser's error carries what it could not read, which may be anybody's data.
          fail(code, code === 'CITY_GARBLED' ? new Error('the answer is not HTTP') : error)
        },
      },
    )
  })
}

/** What OpenSSL and Node have against a certificate: its chain, its period, its name. */
const CERTIFICATE_ERRORS: ReadonlySet<string> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'INVALID_CA',
  'PATH_LENGTH_EXCEEDED',
  'INVALID_PURPOSE',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** Names what went wrong on the connection. Told apart by code and name, not by class: several copies of undici may be loaded. */
function sortError(begun: boolean, error: Error): FaultCode {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  switch (code) {
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return 'DRAINING'
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return 'INTERNAL'
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
      return 'CITY_TIMEOUT'
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return 'CITY_ANSWER_TOO_LARGE'
    case 'UND_ERR_HEADERS_OVERFLOW':
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return 'CITY_GARBLED'
    default:
      // Of the parser's errors some have a code of its own (HPE_…), some none.
      if (error.name === 'HTTPParserError') return 'CITY_GARBLED'
      if (!begun && CERTIFICATE_ERRORS.has(code)) return 'CITY_CERTIFICATE_INVALID'
      return begun ? 'CITY_RESET' : 'CITY_UNREACHABLE'
  }
}
