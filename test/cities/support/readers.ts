// Every reader of every city's protocol, as the configuration sets it up, with the answers and calls of its golden files to begin with.

import { globSync } from 'node:fs'
import { join } from 'node:path'
import { protocolOf } from '../../../src/cities/backend.ts'
import type { Protocol, Stamp } from '../../../src/cities/protocol.ts'
import type { WireAnswer } from '../../../src/cities/wire.ts'
import { projectConfig } from '../../project-config.ts'
import type { CityMessage } from '../../../src/domain/delivery.ts'
import { Fault } from '../../../src/domain/fault.ts'
import type { CityCall } from '../../../src/domain/news.ts'
import { shipped } from '../../catalogue/shipped.ts'
import { bytesOf, readGolden, type Call } from '../../golden/support/golden.ts'
import { drawn, play, wireAnswer } from '../../golden/support/play.ts'
import { correction, file, message, withdrawal } from './city.ts'
import { INSIDES, type Inside } from './insides.ts'

/** An answer or a call, with what is needed to read it: the golden file's kind of call, moment and key. */
export interface Sample {
  readonly call: Call
  readonly at: string
  readonly key: string
  /** What the call was about. */
  readonly about: CityMessage
  readonly readable: { readonly answer: WireAnswer } | { readonly call: CityCall }
}

export interface Subject {
  readonly city: string
  /** The protocol's name in the configuration. */
  readonly protocol: string
  /** Never empty. */
  readonly samples: readonly Sample[]
  /** Null where the city signs nothing of what it says, or nobody has taught us how. */
  readonly inside: Inside | null
  /** Reads it with every reader that takes it: the name of each ending (`answer`, `not-done`, a fault's code). Throws for any other. */
  readonly read: (sample: Sample) => readonly string[]
}

type ProtocolFor = (key: string, random: readonly string[] | null) => Protocol

/** One for each protocol that has golden files; a city that speaks another's is left out. */
export function openSubjects(): readonly Subject[] {
  const config = projectConfig
  const seen = new Set<string>()
  return config.cities.flatMap(({ key: city, backends: [backend] }): readonly Subject[] => {
    if (seen.has(backend.protocol)) return []
    seen.add(backend.protocol)
    const protocolFor: ProtocolFor = (key, random) =>
      protocolOf(backend, config.fields, random ? drawn(random) : (size) => Buffer.alloc(size), Buffer.from(key))
    const samples = samplesOf(city, protocolFor)
    if (samples.length === 0) return []
    const readers = new Map<string, Protocol>()
    return [
      {
        city,
        protocol: backend.protocol,
        samples,
        inside: INSIDES[city] ?? null,
        read({ at, key, about, readable }) {
          const protocol = readers.get(key) ?? protocolFor(key, null)
          readers.set(key, protocol)
          const stamp = { now: Date.parse(at), secret: Buffer.from(key) }
          if ('call' in readable) return hearing(protocol, readable.call, stamp)
          return readersOf(protocol, about, stamp).map((read) =>
            ending(() => read(readable.answer).kind, ANSWER_FAULTS),
          )
        },
      },
    ]
  })
}

function hearing({ news }: Protocol, call: CityCall, stamp: Stamp): readonly string[] {
  if (news?.kind !== 'callback') return []
  const ended = ending(() => {
    news.read(call, stamp)
    return 'answer'
  }, CALL_FAULTS)
  // Whatever came, there is an answer to it.
  news.acknowledge(call, stamp)
  news.refuse(call, stamp, 400, 'CITY_EVENT_MALFORMED')
  return [ended]
}

const ANSWER_FAULTS = /^CITY_(GARBLED|ERROR|ANSWER_UNSIGNED)$/
const CALL_FAULTS = /^CITY_EVENT_/

/** Throws what a reader must not throw. */
function ending(read: () => string, faults: RegExp): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof Fault && faults.test(error.code)) return error.code
    throw error
  }
}

type Read = (answer: WireAnswer) => { readonly kind: string }

function readersOf(protocol: Protocol, about: CityMessage, stamp: Stamp): readonly Read[] {
  const { reference } = about
  const { secret, news, ledger, results, readCorrection, readWithdrawal, readHandOver } = protocol
  const readers: readonly (Read | null)[] = [
    protocol.readHealth,
    (answer) => protocol.readQuery(about, answer),
    (answer) => protocol.readDeliver(about, answer),
    (answer) => protocol.readEnquiry(about, answer),
    secret && ((answer) => secret.read(answer, stamp)),
    news?.kind === 'poll' ? news.read : null,
    ledger && ledger.read,
    results && results.read,
    readCorrection && ((answer) => readCorrection({ ...correction, reference }, answer)),
    readWithdrawal && ((answer) => readWithdrawal({ ...withdrawal, reference }, answer)),
    readHandOver && ((answer) => readHandOver({ ...file, reference }, answer)),
  ]
  return readers.filter((read) => read !== null)
}

function samplesOf(city: string, protocolFor: ProtocolFor): readonly Sample[] {
  const folder = join(import.meta.dirname, '../../golden')
  return globSync(`${city}/*.yaml`, { cwd: folder })
    .sort()
    .flatMap((file): readonly Sample[] => {
      const golden = readGolden(join(folder, file))
      const { call, at, key, random = [] } = golden
      if (golden.call === 'news-event') {
        if ('fault' in golden.outcome) return []
        const { headers, body } = golden.request
        return [{ call, at, key, about: message, readable: { call: { headers, body: bytesOf(body ?? '') } } }]
      }
      const { request } = play(protocolFor(key, random), golden, shipped.find)
      const about = 'submission' in golden ? { ...message, reference: golden.submission.reference } : message
      // What is broken already gets no deeper by being broken further.
      const good = golden.answers.filter(({ outcome }) => !('fault' in outcome))
      return good.map((answer) => {
        return { call, at, key, about, readable: { answer: wireAnswer(answer, golden, request) } }
      })
    })
}
