// A city's backend as handling/ sees it: its protocol spoken over its line, signed with its key.

import type { Clock } from '../domain/clock.ts'
import type { Certificates } from './certificates.ts'
import type { CallOptions, CallOutcome, CityBackend, ResultAnswer, ResultMessage } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { NewsChannel } from '../domain/news.ts'
import type { Ledger } from '../domain/reconciliation.ts'
import type { BackendConfig } from './config.ts'
import { openMapping, type Fields } from './mapping.ts'
import { openLine, type CallName, type CallSeen, type Line, type StateSeen, type Talk } from './line.ts'
import type { Protocol, Reading, ResultFetch, Stamp } from './protocol.ts'
import { anshanProtocol } from './protocols/anshan.ts'
import { benxiProtocol } from './protocols/benxi.ts'
import { fushunProtocol } from './protocols/fushun.ts'
import { fuxinProtocol } from './protocols/fuxin.ts'
import { liaoyangProtocol } from './protocols/liaoyang.ts'
import { shenfuProtocol } from './protocols/shenfu.ts'
import { shenyangProtocol } from './protocols/shenyang.ts'
import { tielingProtocol } from './protocols/tieling.ts'
import { openSecretHolder, type SecretHolder } from './signing/fetched-secret.ts'
import type { WireAnswer, WireRequest } from './wire.ts'

export interface OpenBackend {
  readonly backend: CityBackend
  readonly line: Line
  /** The protocol's health call, as the breaker's probe makes it. Never rejects. */
  readonly health: () => Promise<CallOutcome<true>>
}

export function openBackend(options: {
  readonly city: string
  readonly config: BackendConfig
  readonly address: string
  readonly fields: Fields
  /** What `secretIn` has read: the key or keys that sign, or with which the signing secret is fetched. */
  readonly key: Buffer
  /** Null where the backend is called without any. */
  readonly certificates: Certificates | null
  readonly clock: Clock
  /** Random bytes, for the nonces of those protocols that have some. */
  readonly bytes: (size: number) => Buffer
  readonly observe: (seen: CallSeen) => void
  readonly onState: (seen: StateSeen) => void
}): OpenBackend {
  const { city, config, key, clock } = options
  const protocol = protocolOf(config, options.fields, options.bytes, key, () => clock.delay(0))
  const secrets = secretsOf(protocol, config)

  const line = openLine({
    city,
    backend: config.key,
    addresses: config.secondAddress === undefined ? [options.address] : [options.address, config.secondAddress],
    certificates: options.certificates,
    limits: config.limits,
    breaker: config.breaker,
    maintenance: config.maintenance ?? [],
    clock,
    headers: protocol.headers,
    health: talk(protocol.health, protocol.readHealth),
    observe: options.observe,
    onState: options.onState,
  })

  /** One call's signing and reading; a renewed secret replaces the one that this very call was refused with. */
  function talk<Answer>(
    write: (stamp: Stamp) => WireRequest,
    read: (answer: WireAnswer) => Reading<Answer>,
  ): Talk<Answer> {
    let used = key
    const signedWith = (secret: Buffer): WireRequest | Promise<WireRequest> => {
      used = secret
      return whole(write({ now: clock.now(), secret }))
    }
    return {
      prepare(renewed) {
        if (secrets === null) return signedWith(key)
        const secret = renewed ? secrets.instead(used) : secrets.current()
        return secret instanceof Promise ? secret.then(signedWith) : signedWith(secret)
      },
      read,
    }
  }

  function secretsOf({ secret }: Protocol, { protocolOptions }: BackendConfig): SecretHolder | null {
    if (secret === null) return null
    return openSecretHolder({
      clock,
      renewBeforeMs: 'renewBeforeMs' in protocolOptions ? protocolOptions.renewBeforeMs : 0,
      fetch() {
        const stamp = { now: clock.now(), secret: key }
        return line.callOwn('secret', {
          prepare: () => secret.request(stamp),
          read: (answer) => secret.read(answer, stamp),
        })
      },
    })
  }

  const isLacking = (what: 'corrections' | 'withdrawals' | 'materials'): boolean =>
    config.takesNo?.includes(what) === true

  /** The call of one kind of message; one that the protocol lacks, or the city, ends unsent. */
  function over<Message, Answer>(
    name: CallName,
    write: ((message: Message, stamp: Stamp) => WireRequest) | null,
    read: ((message: Message, answer: WireAnswer) => Reading<Answer>) | null,
  ): (message: Message, options: CallOptions) => Promise<CallOutcome<Answer>> {
    if (write === null || read === null) {
      return () => Promise.resolve({ sent: 'no', fault: new Fault('CITY_MESSAGE_UNSUPPORTED', { city }) })
    }
    return (message, options) =>
      line.call(
        name,
        talk(
          (stamp) => write(message, stamp),
          (answer) => read(message, answer),
        ),
        options,
      )
  }

  return {
    line,
    health: () => line.callOwn('health', talk(protocol.health, protocol.readHealth)),
    backend: {
      city,
      key: config.key,
      deadlineMs: config.limits.deadlineMs,
      settlesAfterMs: config.settlesAfterMs,
      canEnquire: config.enquiry !== 'none' && protocol.canEnquire,
      honoursReference: config.reference === 'honoured',
      isOpenForCalls: line.isClosed,
      closedSince: line.closedSince,
      query: over('query', protocol.query, protocol.readQuery),
      deliver: over('deliver', protocol.deliver, protocol.readDeliver),
      enquire: over('enquire', protocol.enquire, protocol.readEnquiry),
      correct: over('correct', isLacking('corrections') ? null : protocol.correct, protocol.readCorrection),
      withdraw: over('withdraw', isLacking('withdrawals') ? null : protocol.withdraw, protocol.readWithdrawal),
      handOver: over('hand-over', isLacking('materials') ? null : protocol.handOver, protocol.readHandOver),
      accepts: {
        corrections: protocol.correct !== null && !isLacking('corrections'),
        withdrawals: protocol.withdraw !== null && !isLacking('withdrawals'),
        materials: isLacking('materials') ? null : filesOf(protocol),
      },
      news: channelOf(protocol),
      ledger: ledgerOf(protocol),
      results: protocol.results && { fetch: over('result', protocol.results.request, resultRead(protocol.results)) },
    },
  }

  function ledgerOf({ ledger }: Protocol): Ledger | null {
    if (ledger === null) return null
    return {
      async fetch(range, cursor, limit) {
        const asked = talk((stamp) => ledger.request(range, cursor, limit, stamp), ledger.read)
        const outcome = await line.call('ledger', asked, { share: 'courier' })
        return outcome.sent === 'answered'
          ? { kind: 'page', page: outcome.answer }
          : { kind: 'failed', faultCode: outcome.fault.code }
      },
    }
  }

  function channelOf({ news }: Protocol): NewsChannel | null {
    if (news === null) return null
    if (news.kind === 'callback') {
      const stamp = (): Stamp => ({ now: clock.now(), secret: key })
      return {
        kind: 'callback',
        read: (call) => news.read(call, stamp()),
        acknowledge: (call) => news.acknowledge(call, stamp()),
        refuse: (call, status, code) => news.refuse(call, stamp(), status, code),
      }
    }
    return {
      kind: 'poll',
      async fetch(cursor, limit) {
        const asked = talk((stamp) => news.request(cursor, limit, stamp), news.read)
        const outcome = await line.call('news', asked, { share: 'news' })
        return outcome.sent === 'answered'
          ? { kind: 'page', page: outcome.answer }
          : { kind: 'failed', faultCode: outcome.fault.code }
      },
    }
  }
}

const resultRead =
  ({ read }: ResultFetch) =>
  (_message: ResultMessage, answer: WireAnswer): Reading<ResultAnswer> =>
    read(answer)

const filesOf = ({ linksMaterials, handOver }: Protocol): CityBackend['accepts']['materials'] =>
  linksMaterials ? 'linked' : handOver === null ? null : 'handed-over'

/** With its body, if that has yet to be made. */
function whole(request: WireRequest): WireRequest | Promise<WireRequest> {
  const { makeBody, ...rest } = request
  return makeBody === undefined ? request : makeBody().then((body) => ({ ...rest, body }))
}

export function protocolOf(
  config: BackendConfig,
  fields: Fields,
  bytes: (size: number) => Buffer,
  secret: Buffer,
  /** Resolves when everybody else had a turn; needless where nobody else waits. */
  turn: () => Promise<void> = () => Promise.resolve(),
): Protocol {
  const { statuses } = config
  if (config.protocol === 'anshan') {
    return anshanProtocol({ statuses, mapping: openMapping(config.mapping, fields), bytes, ...config.protocolOptions })
  }
  if (config.protocol === 'benxi') {
    return benxiProtocol({ statuses, mapping: openMapping(config.mapping, fields), bytes, ...config.protocolOptions })
  }
  if (config.protocol === 'liaoyang') {
    const mapping = openMapping(config.mapping, fields)
    return liaoyangProtocol({ statuses, mapping, bytes, secret, turn, ...config.protocolOptions })
  }
  if (config.protocol === 'shenyang') return shenyangProtocol({ statuses, bytes, ...config.protocolOptions })
  if (config.protocol === 'fushun') {
    return fushunProtocol({ statuses, mapping: openMapping(config.mapping, fields), ...config.protocolOptions })
  }
  if (config.protocol === 'fuxin') {
    return fuxinProtocol({ statuses, mapping: openMapping(config.mapping, fields), ...config.protocolOptions })
  }
  if (config.protocol === 'tieling') {
    return tielingProtocol({ statuses, mapping: openMapping(config.mapping, fields), bytes, ...config.protocolOptions })
  }
  return shenfuProtocol({ statuses })
}
