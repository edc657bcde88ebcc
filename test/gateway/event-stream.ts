// Reads a stream of server-sent events as its specification says (WHATWG HTML, 9.2.6), one message after the other.

import { call, type Answer, type Json, type RunningGateway, type Wish } from './harness.ts'

export interface Message {
  /** The last id so far, as a client would send it back. */
  readonly lastId: string
  readonly event: string
  readonly data: Json
}

export interface EventStream {
  readonly status: number
  readonly headers: Headers
  /** Of an answer that is no stream. */
  readonly body: Json
  /** All messages so far. */
  readonly messages: readonly Message[]
  /** What an EventSource would send when it connects again; null = nothing. */
  lastId(): string | null
  /** The newest `retry`, in milliseconds. */
  retryMs(): number | null
  /** Comments, and messages that only moved the id on. */
  heartbeats(): number
  /** How it ended: by the gateway, or broken off. */
  readonly ended: Promise<'ended' | 'broken'>
  /** Breaks it off from this side. */
  close(): void
}

export async function follow(gateway: Pick<RunningGateway, 'address'>, path: string, wish: Wish): Promise<EventStream> {
  const closing = new AbortController()
  const response = await fetch(gateway.address + path, {
    headers: {
      accept: 'text/event-stream',
      ...(wish.token === undefined ? {} : { authorization: `Bearer ${wish.token}` }),
      ...wish.headers,
    },
    signal: closing.signal,
  })
  const { status, headers } = response
  const isStream = headers.get('content-type') === 'text/event-stream; charset=utf-8'
  const body = isStream ? {} : ((await response.json()) as Json)
  const read = reader()
  return {
    status,
    headers,
    body,
    messages: read.messages,
    lastId: () => read.state.lastId,
    retryMs: () => read.state.retryMs,
    heartbeats: () => read.state.heartbeats,
    ended: isStream && response.body !== null ? readAll(response.body, read.take) : Promise.resolve('ended'),
    close: () => closing.abort(),
  }
}

async function readAll(bytes: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<'ended' | 'broken'> {
  const decoder = new TextDecoder()
  try {
    for await (const chunk of bytes) take(decoder.decode(chunk, { stream: true }))
    return 'ended'
  } catch {
    return 'broken'
  }
}

function reader() {
  const messages: Message[] = []
  const state = { lastId: null as string | null, retryMs: null as number | null, heartbeats: 0 }
  let rest = ''
  let [event, data] = ['', '']

  function line(text: string): void {
    if (text === '') {
      if (data === '') state.heartbeats += 1
      else messages.push({ lastId: state.lastId ?? '', event: event || 'message', data: JSON.parse(data) as Json })
      ;[event, data] = ['', '']
      return
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(text) ?? []
    if (field === 'id') state.lastId = value
    if (field === 'retry') state.retryMs = Number(value)
    if (field === 'event') event = value
    if (field === 'data') data += data === '' ? value : `\n${value}`
  }

  return {
    messages,
    state,
    take(text: string) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      lines.forEach(line)
    },
  }
}

/** As `call`; a stream, which does not end by itself, is left as soon as it has begun. */
export async function callOrFollow(gateway: RunningGateway, method: string, path: string, wish: Wish): Promise<Answer> {
  if (method !== 'GET' || !path.endsWith('/events')) return call(gateway, method, path, wish)
  const stream = await follow(gateway, path, wish)
  stream.close()
  return { status: stream.status, headers: stream.headers, body: stream.body, text: JSON.stringify(stream.body) }
}

/** Who may follow cases is who may see them. */
export const streamRoutes = <Row>(caseNo: string, seesCase: (seen: 200, hidden: 200 | '404 CASE_UNKNOWN') => Row) => ({
  'GET /v1/cases/events': { expected: seesCase(200, 200) },
  'GET /v1/cases/{caseNo}/events': {
    path: `/v1/cases/${caseNo}/events`,
    expected: seesCase(200, '404 CASE_UNKNOWN'),
  },
})
