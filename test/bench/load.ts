// The load generator's process: drives one server for one slice at a time, as its parent asks by message.

import { cpuOf, residentMb } from './cpu.ts'
import { openCaller, type Caller, type Prepared } from './caller.ts'

export interface SliceWish {
  readonly port: number
  /** Whose processor time is counted. */
  readonly pid: number
  readonly request: { readonly base64: string; readonly keyAt: number | null; readonly status: number | null }
  readonly callers: number
  /** Requests a second, evenly; null = each caller sends again as soon as it is answered. */
  readonly perSecond: number | null
  readonly leadMs: number
  readonly sliceMs: number
}

export interface Slice {
  readonly answers: number
  readonly tookMs: number
  /** Of each answer, in milliseconds. */
  readonly latenciesMs: readonly number[]
  /** Null where the system does not tell. */
  readonly cpuNs: number | null
  readonly mainCpuNs: number | null
  readonly residentMb: number | null
}

interface Place {
  readonly caller: Caller
  sentAt: number
}

interface Crowd {
  readonly idle: Place[]
  readonly places: Place[]
  onAnswer: (place: Place) => void
}

const crowds = new Map<string, Promise<Crowd>>()

/** Connections are kept from slice to slice. */
function crowdOf({ port, request, callers }: SliceWish): Promise<Crowd> {
  const key = `${port} ${callers} ${request.keyAt}`
  const known = crowds.get(key) ?? openCrowd(port, request, callers)
  crowds.set(key, known)
  return known
}

async function openCrowd(port: number, request: SliceWish['request'], callers: number): Promise<Crowd> {
  const crowd: Crowd = { idle: [], places: [], onAnswer: () => {} }
  const { base64, keyAt, status } = request
  const prepared: Prepared = { bytes: Buffer.from(base64, 'base64'), keyAt, status }
  for (let at = 0; at < callers; at++) {
    const caller = await openCaller(port, prepared, () => crowd.onAnswer(place), give)
    const place: Place = { caller, sentAt: 0 }
    crowd.places.push(place)
    crowd.idle.push(place)
  }
  return crowd
}

const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function slice(wish: SliceWish): Promise<Slice> {
  const crowd = await crowdOf(wish)
  const { perSecond } = wish
  const latenciesMs: number[] = []
  let measuring = false
  let going = true
  const send = (place: Place): void => {
    place.sentAt = performance.now()
    place.caller.send()
  }
  crowd.onAnswer = (place) => {
    if (measuring) latenciesMs.push(performance.now() - place.sentAt)
    if (going && perSecond === null) send(place)
    else crowd.idle.push(place)
  }

  let pacing: NodeJS.Timeout | undefined
  if (perSecond === null) for (const place of crowd.idle.splice(0)) send(place)
  else {
    const began = performance.now()
    let sent = 0
    pacing = setInterval(() => {
      for (const due = ((performance.now() - began) / 1000) * perSecond; sent < due; sent++) {
        // In turn: a connection that is never used is closed by its server in the end.
        const place = crowd.idle.shift()
        if (place !== undefined) send(place)
      }
    }, 1)
  }

  await delay(wish.leadMs)
  const cpuBefore = cpuOf(wish.pid)
  const startedAt = performance.now()
  measuring = true
  await delay(wish.sliceMs)
  measuring = false
  const tookMs = performance.now() - startedAt
  const cpuAfter = cpuOf(wish.pid)
  going = false
  clearInterval(pacing)
  while (crowd.idle.length < crowd.places.length) await delay(1)

  const known = cpuBefore !== null && cpuAfter !== null
  return {
    answers: latenciesMs.length,
    tookMs,
    latenciesMs,
    cpuNs: known ? cpuAfter.allNs - cpuBefore.allNs : null,
    mainCpuNs: known ? cpuAfter.mainNs - cpuBefore.mainNs : null,
    residentMb: residentMb(wish.pid),
  }
}

function give(outcome: Slice | Error): void {
  process.send?.(outcome instanceof Error ? { error: outcome.message } : outcome)
}

process.on('message', (wish: SliceWish) => void slice(wish).then(give, give))
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
