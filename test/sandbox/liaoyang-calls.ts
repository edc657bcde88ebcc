// Raw calls in Liaoyang's protocol, written from docs/wire/liaoyang.md; names and code tables are read from the document itself.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sm2 } from 'sm-crypto-v2'
import { kindOf } from '../../src/sandbox/protocols/field-kinds.ts'
import type { Sample } from './catalogue-samples.ts'
import { retirement, zhangWei } from './submissions.ts'
import type { Address } from './whole-submissions.ts'

type Members = Readonly<Record<string, unknown>>
export type Service = 'health' | 'query' | 'apply' | 'enquire' | 'supplement' | 'withdraw' | 'material' | 'notify'
export type Envelope = Readonly<Record<'nonce' | 'encData' | 'signData', string>> & {
  readonly timestamp: number
} & Members

export interface Keys {
  readonly sm4Key: string
  readonly ourPrivateKey: string
  readonly cityPublicKey: string
}

export function keysIn(folder: string): Keys {
  const lines = readFileSync(join(folder, 'secrets/liaoyang'), 'utf8').split('\n')
  return { sm4Key: lines[0]!, ourPrivateKey: lines[1]!, cityPublicKey: lines[2]! }
}

export const stringToSign = (service: Service, envelope: Members, digest: string): string =>
  [
    service,
    ...['appId', 'version', 'timestamp', 'nonce', 'encType', 'signType'].map((name) => String(envelope[name])),
    digest,
  ].join('\n')

const toSign = (service: Service, envelope: Members): Buffer =>
  Buffer.from(stringToSign(service, envelope, createHash('sm3').update(String(envelope['encData'])).digest('hex')))

/** `changes` are signed with the rest. */
export function seal(keys: Keys, service: Service, plain: string | Buffer, changes: Members = {}): Envelope {
  const iv = randomBytes(16)
  const cipher = createCipheriv('sm4-cbc', Buffer.from(keys.sm4Key, 'hex'), iv)
  const unsigned = {
    appId: 'kytb-gateway',
    version: '1.0',
    timestamp: Date.now(),
    nonce: randomBytes(16).toString('hex'),
    encType: 'SM4',
    signType: 'SM2',
    encData: Buffer.concat([iv, cipher.update(plain), cipher.final()]).toString('base64'),
    ...changes,
  }
  const signature = sm2.doSignature(toSign(service, unsigned), keys.ourPrivateKey, { hash: true })
  return { ...unsigned, signData: Buffer.from(signature, 'hex').toString('base64') }
}

const points = new Map<string, ReturnType<typeof sm2.precomputePublicKey>>()

/** The plaintext of an envelope of the city; throws if it proves nothing. */
export function unseal(keys: Keys, service: Service, envelope: Envelope, nonce: string = envelope.nonce): Members {
  if (!points.has(keys.cityPublicKey)) points.set(keys.cityPublicKey, sm2.precomputePublicKey(keys.cityPublicKey, 8))
  const signature = Buffer.from(envelope.signData, 'base64')
  if (signature.length !== 64) throw new Error('signData is not r‖s')
  const point = points.get(keys.cityPublicKey)!
  if (!sm2.doVerifySignature(toSign(service, envelope), signature.toString('hex'), point, { hash: true })) {
    throw new Error('signature wrong')
  }
  if (Math.abs(envelope.timestamp - Date.now()) > 300_000) throw new Error('time wrong')
  if (envelope.nonce !== nonce) throw new Error('nonce wrong')
  const bytes = Buffer.from(envelope.encData, 'base64')
  const decipher = createDecipheriv('sm4-cbc', Buffer.from(keys.sm4Key, 'hex'), bytes.subarray(0, 16))
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString()) as Members
}

export interface Answer {
  readonly status: number
  /** Whether it came in an envelope. */
  readonly isSealed: boolean
  readonly code: number
  readonly message: string
  readonly data?: Members
}

export async function send(
  keys: Keys,
  address: string,
  service: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${address}/kytb/api/${service}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const answer = (await response.json()) as Envelope & Answer
  if (answer.code !== undefined) return { ...answer, status: response.status, isSealed: false }
  const { nonce } = JSON.parse(body) as Envelope
  const said = unseal(keys, service as Service, answer, nonce) as unknown as Answer
  return { ...said, status: response.status, isSealed: true }
}

export const call = (keys: Keys, address: string, service: Service, body: object): Promise<Answer> =>
  send(keys, address, service, JSON.stringify(seal(keys, service, JSON.stringify(body))))

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/wire/liaoyang.md'), 'utf8')
const NAMES = new Map(
  Array.from(DOCUMENT.matchAll(/^\| `([A-Za-z]+)` +\| `([A-Za-z]+)` +\| [^|`]+\|$/gm), ([, ours, theirs]) => [
    ours!,
    theirs!,
  ]),
)
/** By their name: our code → theirs. */
const CODES = new Map(
  Array.from(DOCUMENT.matchAll(/^\| (`[^|→]+) +\| (`[a-z0-9]+` → [^|]+)\|$/gm)).flatMap(([, fields, codes]) => {
    const table = new Map(Array.from(codes!.matchAll(/`(\w+)` → `(\w+)`/g), ([, ours, theirs]) => [ours!, theirs!]))
    const names = fields!.replace(/\(.*/, '').matchAll(/`(\w+)`/g)
    return Array.from(names, ([, name]) => [name!, table] as const)
  }),
)

/** How many exceptions and code tables the document has, so that a test sees them found. */
export const READ_FROM_DOCUMENT = { names: NAMES.size, tables: [...CODES.keys()] }

/** A form in Liaoyang's names and values. */
export const fields = (form: Members): Members =>
  Object.fromEntries(
    Object.entries(form).map(([name, value]) => {
      const theirs = NAMES.get(name) ?? name
      return [theirs, CODES.get(theirs)?.get(value as string) ?? theirValue(name, value)]
    }),
  )

function theirValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => theirValue('', entry))
  if (typeof value === 'object') return fields(value as Members)
  if (typeof value === 'boolean') return value ? 'Y' : 'N'
  switch (kindOf(name)) {
    case 'date':
      return Date.parse(`${value as string}T00:00:00+08:00`)
    case 'month':
      return Number((value as string).replace('-', ''))
    case 'time':
      return Date.parse(value as string)
    case 'amount':
      return Math.round(Number(value) * 100)
    case 'text':
    case 'flag':
    case 'number':
    case 'list':
    case 'object':
      return value
  }
}

const OURS = new Map(Array.from(NAMES, ([ours, theirs]) => [theirs, ours]))

/** A result in our names and values. */
export const ours = (result: Members): Members =>
  Object.fromEntries(
    Object.entries(result).map(([theirs, value]) => {
      const name = OURS.get(theirs) ?? theirs
      const code = [...(CODES.get(theirs) ?? [])].find(([, of]) => of === value)?.[0]
      return [name, code ?? ourValue(name, value)]
    }),
  )

function ourValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => ourValue('', entry))
  if (typeof value === 'object') return ours(value as Members)
  const beijing = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString()
  switch (kindOf(name)) {
    case 'date':
      return beijing(value as number).slice(0, 10)
    case 'month':
      return `${value as number}`.replace(/(\d{4})(\d{2})/, '$1-$2')
    case 'time':
      return beijing(value as number).replace('.000Z', '+08:00')
    case 'amount':
      return ((value as number) / 100).toFixed(2)
    case 'flag':
      return value === 'Y'
    case 'text':
    case 'number':
    case 'list':
    case 'object':
      return value
  }
}

const MODES: Readonly<Record<string, string>> = { 'full-online': 'Q', 'collect-and-forward': 'D', joint: 'L' }
const HELD: Readonly<Record<string, string>> = { uploaded: 'U', seenAtWindow: 'W', commitment: 'C', sharedData: 'S' }
export const TAKEN_TIME = Date.parse('2026-11-22T01:00:00.000Z')

/** A sample as the whole body of a query or an application. */
export function message({ reference, item, leg }: Address, sample: Sample): Members {
  const { applicant, agent, identityCheck } = sample
  const { type, legalRepresentative, ...who } = applicant
  const { authorization, ...acting } = agent ?? {}
  const { kind, reference: basisNo, until } = (authorization ?? {}) as Readonly<Record<string, string>>
  const body = {
    bizNo: reference,
    itemCode: item,
    stepCode: leg,
    takenTime: TAKEN_TIME,
    handleMode: MODES[sample.handlingMode ?? ''],
    applicant: {
      kind: type === 'person' ? 'P' : 'E',
      ...fields(who),
      ...(legalRepresentative === undefined ? {} : { legalPerson: fields(legalRepresentative as Members) }),
    },
    agent:
      agent === undefined
        ? undefined
        : {
            ...fields(acting),
            basis: kind,
            basisNo,
            basisUntil: until === undefined ? undefined : Date.parse(`${until}T00:00:00+08:00`),
          },
    purpose: sample.purpose,
    identityCheck:
      identityCheck === undefined ? undefined : { how: identityCheck.how, time: Date.parse(identityCheck.at) },
    form: fields(sample.form),
    materials: sample.materials?.map(({ code, held }) => ({ code, source: HELD[held] })),
  }
  return JSON.parse(JSON.stringify(body)) as Members
}

export const application = (caseNo: string, changes: Partial<Sample> = {}): Members =>
  message(
    { reference: `${caseNo}.decide`, item: 'hf-retirement-withdrawal', leg: 'decide' },
    {
      applicant: zhangWei,
      form: retirement('211000'),
      materials: [{ code: 'id-document', held: 'sharedData' }],
      ...changes,
    },
  )
