// The small HTTP server of a witness: add-checkpoint for logs, and what it has cosigned last for whoever asks.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { SUBMISSION_BYTES_MAX } from '../../audit/log/submission.ts'
import { addCheckpoint, type WitnessOptions } from '../../audit/log/witness.ts'

const TEXT = 'text/plain; charset=utf-8'
const HEAD_BYTES_MAX = 8 * 1024
const WITHIN_MS = 10_000
const CONNECTIONS_MAX = 200
/** Before an origin, encoded. */
const CHECKPOINT = '/checkpoint/'

/** Null if it is longer than any can be. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  // Left early, it must not take the connection with it: the answer is still to go out there.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > SUBMISSION_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body)
}

/** `onFailure`: it could not remember what it was to cosign, and so did not cosign it. */
export function witnessServer(options: WitnessOptions, onFailure: (error: unknown) => void): Server {
  async function add(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    if (body === null) {
      response.shouldKeepAlive = false
      request.resume()
      return send(response, 413, TEXT, 'the request is too long\n')
    }
    const answer = addCheckpoint(options, body)
    send(response, answer.status, answer.type, answer.body)
  }

  function show(path: string, response: ServerResponse): void {
    const checkpoint = options.heads.find(decoded(path.slice(CHECKPOINT.length)))
    if (checkpoint === null) return send(response, 404, TEXT, 'this witness has cosigned nothing of that log\n')
    send(response, 200, TEXT, checkpoint)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url: path = '' } = request
    if (path === '/add-checkpoint') {
      if (method === 'POST') return add(request, response)
      response.setHeader('allow', 'POST')
      return send(response, 405, TEXT, 'POST only\n')
    }
    if (method === 'GET' && path.startsWith(CHECKPOINT)) return show(path, response)
    if (method === 'GET' && path === '/contradictions')
      return send(response, 200, TEXT, options.heads.contradictions().join('\n'))
    send(response, 404, TEXT, 'there is nothing here\n')
  }

  const server = createServer(
    { maxHeaderSize: HEAD_BYTES_MAX, requestTimeout: WITHIN_MS, headersTimeout: WITHIN_MS },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        // A caller that goes away in the middle is no failure of ours.
        if (request.destroyed && !request.complete) return
        onFailure(error)
        if (!response.headersSent) send(response, 500, TEXT, 'nothing was cosigned\n')
      })
    },
  )
  server.maxConnections = CONNECTIONS_MAX
  return server
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
