// Sends one prepared request over one kept connection as often as it is told to, and reads just enough of the answers.

import { connect, type Socket } from 'node:net'

export interface Prepared {
  /** The whole request, head and body. */
  readonly bytes: Buffer
  /** Where KEY_LENGTH digits stand that must differ in each request (an idempotency key); null = nowhere. */
  readonly keyAt: number | null
  /** Another one is an error; null = whichever comes. */
  readonly status: number | null
}

export const KEY_LENGTH = 16

export interface Caller {
  send(): void
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
let keys = 0

function fresh({ bytes, keyAt }: Prepared): Buffer {
  if (keyAt === null) return bytes
  const own = Buffer.from(bytes)
  own.write(String((keys += 1)).padStart(KEY_LENGTH, '0'), keyAt, 'latin1')
  return own
}

/** `onAnswer` is called once for each `send`, which must not be called again before. */
export async function openCaller(
  port: number,
  prepared: Prepared,
  onAnswer: () => void,
  onError: (error: Error) => void,
): Promise<Caller> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve).once('error', reject)
  })
  let closing = false
  let soFar: Buffer = Buffer.alloc(0)
  const fail = (why: string): void => {
    if (closing) return
    closing = true
    socket.destroy()
    onError(new Error(why))
  }

  socket.on('error', (error) => fail(error.message))
  socket.on('close', () => fail('the connection was closed'))
  socket.on('data', (chunk) => {
    soFar = soFar.length === 0 ? chunk : Buffer.concat([soFar, chunk])
    const headEnd = soFar.indexOf(HEAD_END)
    if (headEnd < 0) return
    const head = soFar.toString('latin1', 0, headEnd)
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    if (length === undefined) return fail(`an answer without a length:\n${head}`)
    const end = headEnd + HEAD_END.length + Number(length)
    if (soFar.length < end) return
    if (prepared.status !== null && Number(head.slice(9, 12)) !== prepared.status) return fail(soFar.toString())
    soFar = Buffer.alloc(0)
    onAnswer()
  })

  return {
    send: () => void socket.write(fresh(prepared)),
    close() {
      closing = true
      socket.destroy()
    },
  }
}
