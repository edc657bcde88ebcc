// Speaks the protocol of docs/wire/liaoyang.md: JSON encrypted with SM4 in an envelope that SM3 digests and SM2 signs, both ways.

import type { CorrectionAnswer, DeliverAnswer, EnquiryAnswer } from '../../domain/delivery.ts'
import { garbled, objectIn, tokenIn, type JsonObject } from '../decoding.ts'
import type { Mapping } from '../mapping.ts'
import { answered, notDone, stateOf, type Protocol, type Reading, type Stamp, type StatusTable } from '../protocol.ts'
import type { WireRequest } from '../wire.ts'
import { about, DONE, NOT_KNOWN, read, readCode, REFUSED, refused } from './liaoyang-answers.ts'
import { bodyOf, correctionOf, fileOf, withdrawalOf } from './liaoyang-body.ts'
import { openSeal, type Service } from './liaoyang-envelope.ts'
import { liaoyangNews } from './liaoyang-news.ts'

type Call = Exclude<Service, 'notify'>

const NONCE_BYTES = 16

export function liaoyangProtocol(options: {
  /** Our name in envelopes, given by the city; no secret. */
  readonly appId: string
  /** What the secret file holds: the keys of both sides. */
  readonly secret: Buffer
  readonly statuses: StatusTable
  /** City key → division code, for `collectArea`. */
  readonly areas: Readonly<Record<string, string>>
  readonly mapping: Mapping
  /** Random bytes, for nonces and initialization vectors. */
  readonly bytes: (size: number) => Buffer
  /** Resolves when everybody else had a turn: a large file is encrypted in slices. */
  readonly turn: () => Promise<void>
}): Protocol {
  const { appId, secret, statuses, areas, mapping, bytes } = options
  const seal = openSeal({ appId, secret, bytes, turn: options.turn })

  const request = (call: Call, nonce: string, body: Buffer | null): WireRequest => ({
    method: 'POST',
    path: `/kytb/api/${call}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body,
    nonce,
  })

  const newNonce = (): string => bytes(NONCE_BYTES).toString('hex')

  const post = (call: Call, plain: object, { now }: Stamp): WireRequest => {
    const nonce = newNonce()
    return request(call, nonce, seal.seal(call, now, nonce, plain))
  }

  const taken = (data: JsonObject): DeliverAnswer => {
    const cityStatus = tokenIn(data['status'])
    return {
      kind: 'taken',
      backendCaseNo: tokenIn(data['acceptNo']),
      cityStatus,
      state: stateOf(statuses, cityStatus),
    }
  }

  return {
    canEnquire: true,
    linksMaterials: false,
    headers: [],
    secret: null,
    ledger: null,
    results: null,
    news: liaoyangNews({ seal, statuses }),

    health: (stamp) => post('health', {}, stamp),
    readHealth(answer) {
      const { code, data } = read(seal, 'health', answer)
      if (code !== DONE) return readCode(code)
      if (objectIn(data)['status'] !== 'UP') throw garbled('health')
      return answered(true)
    },

    query: (message, stamp) => post('query', bodyOf(message, mapping, areas), stamp),
    readQuery(_message, answer) {
      const { code, data } = read(seal, 'query', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      const { found, result } = objectIn(data)
      if (found === 'N') return answered({ kind: 'nothing-found' })
      if (found === 'Y') return answered({ kind: 'found', result: mapping.read(objectIn(result)) })
      throw garbled('found')
    },

    deliver: (message, stamp) => post('apply', bodyOf(message, mapping, areas), stamp),
    readDeliver(message, answer) {
      const { code, data } = read(seal, 'apply', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      return answered(taken(about(message.reference, data)))
    },

    enquire: (message, stamp) => post('enquire', { bizNo: message.reference }, stamp),
    readEnquiry(message, answer): Reading<EnquiryAnswer> {
      const { code, data } = read(seal, 'enquire', answer)
      if (code === NOT_KNOWN) return answered({ kind: 'not-known' })
      if (code !== DONE) return readCode(code)
      const found = about(message.reference, data)
      return answered(found['reasons'] === undefined ? taken(found) : refused(found))
    },

    correct: (message, stamp) => post('supplement', correctionOf(message, mapping, areas), stamp),
    readCorrection(message, answer): Reading<CorrectionAnswer> {
      const { code, data } = read(seal, 'supplement', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code === NOT_KNOWN) return notDone('CITY_MESSAGE_REFUSED')
      if (code !== DONE) return readCode(code)
      const { suppNo, status } = about(message.reference, data)
      if (suppNo !== message.correctionNo) throw garbled('another suppNo')
      const cityStatus = tokenIn(status)
      return answered({ kind: 'taken', cityStatus, state: stateOf(statuses, cityStatus) })
    },

    withdraw: (message, stamp) => post('withdraw', withdrawalOf(message), stamp),
    readWithdrawal(message, answer) {
      const { code, data } = read(seal, 'withdraw', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code === NOT_KNOWN) return notDone('CITY_MESSAGE_REFUSED')
      if (code !== DONE) return readCode(code)
      return answered({ kind: 'withdrawn', cityStatus: tokenIn(about(message.reference, data)['status']) })
    },

    handOver(message, { now }) {
      const nonce = newNonce()
      const { before, content, after } = fileOf(message)
      const makeBody = (): Promise<Buffer> => seal.sealFile('material', now, nonce, before, content, after)
      return { ...request('material', nonce, null), makeBody }
    },
    readHandOver({ reference, material }, answer) {
      const { code, data } = read(seal, 'material', answer)
      if (code === REFUSED) return answered(refused(objectIn(data)))
      if (code !== DONE) return readCode(code)
      if (about(reference, data)['fileNo'] !== material.materialId) throw garbled('another fileNo')
      return answered({ kind: 'taken' })
    },
  }
}
