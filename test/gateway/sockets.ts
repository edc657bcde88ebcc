// Speaks HTTP by hand: sends bytes as they are and gives back what came, for requests that no client would make.

import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly text: string
  readonly body: Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are read freely by tests
}

export async function openSocket(address: string): Promise<Socket> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  // What the test wants to know is what was answered, not how the connection ended.
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends `bytes` and reads until the gateway closes the connection; `connection: close` in a request makes it. */
export async function sendRaw(address: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const socket = await openSocket(address)
  const answer = readToEnd(socket)
  socket.write(bytes)
  return answer
}

export async function readToEnd(socket: Socket): Promise<RawAnswer> {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return parseAnswer(Buffer.concat(chunks).toString())
}

/** The first answer in `text`; a body of a JSON type is parsed. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, Math.max(0, end)).split('\r\n')
  const headers = new Map(
    lines.map((header) => {
      const colon = header.indexOf(':')
      return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()]
    }),
  )
  const length = Number(headers.get('content-length') ?? 0)
  const body = Buffer.from(text.slice(end + 4))
    .subarray(0, length)
    .toString()
  const json = headers.get('content-type')?.includes('json') === true && body !== ''
  return { status: Number(line.split(' ')[1] ?? 0), headers, text, body: json ? JSON.parse(body) : {} }
}
