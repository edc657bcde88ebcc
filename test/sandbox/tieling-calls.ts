// Raw calls in Tieling's protocol, written from docs/wire/tieling.md, and a small client of it.

import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { openCity, type SandboxCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import type { Sample } from './catalogue-samples.ts'
import { newCaseNo } from './submissions.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

type Members = Readonly<Record<string, unknown>>

export const openTieling = (folder: string): Promise<SandboxCity> => {
  const place = PLACES.find(({ city }) => city === 'tieling')!
  return openCity({ place: { ...place, protocol: 'tieling', isAsynchronous: true }, folder })
}

export const secretOf = (folder: string): string =>
  readFileSync(join(folder, 'secrets/tieling'), 'utf8').split('\n')[0]!

export async function fetchToken(
  address: string,
  secret: string,
  { body = 'grant_type=client_credentials', ...headers }: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${address}/oauth/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`kytb-gateway:${secret}`).toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      ...headers,
    },
    body,
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Members }
}

export async function call(
  address: string,
  token: string,
  path: string,
  body?: object | string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(`${address}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, headers: response.headers, body: (await response.json()) as Members }
}

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/wire/tieling.md'), 'utf8')
/** The table of names that are not ours in snake_case: two pairs in each row. */
const OTHERWISE = new Map(
  Array.from(DOCUMENT.matchAll(/\| ([a-zA-Z]+) +\| `([a-z_]+)` +(?=\|)/g), ([, ours, theirs]) => [ours!, theirs!]),
)
export const theirName = (ours: string): string =>
  OTHERWISE.get(ours) ?? ours.replaceAll(/([A-Z])/g, '_$1').toLowerCase()

interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly format?: string
  readonly properties?: Readonly<Record<string, Schema | boolean>>
  readonly items?: Schema
}

/** `list of object`, `date`, … of each name, from the schemas themselves. */
export const KINDS: ReadonlyMap<string, string> = kindsInSchemas()

function kindsInSchemas(): ReadonlyMap<string, string> {
  const root = join(import.meta.dirname, '../../schemas')
  const kinds = new Map<string, string>()
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Schema
  const resolved = (schema: Schema, file: string): [Schema, string] => {
    if (!schema.$ref) return [schema, file]
    const target = resolve(dirname(file), schema.$ref)
    return [{ ...read(target), ...schema, $ref: '' }, target]
  }
  const visit = (schema: Schema, file: string): void => {
    if (schema.items !== undefined) visit(...resolved(schema.items, file))
    for (const [name, member] of Object.entries(schema.properties ?? {})) {
      if (typeof member === 'boolean') continue
      const [whole, from] = resolved(member, file)
      const entry = whole.items === undefined ? null : resolved(whole.items, from)[0].type
      kinds.set(name, entry === null ? (whole.format ?? whole.type ?? '') : `list of ${entry}`)
      visit(whole, from)
    }
  }
  for (const file of globSync(join(root, '{items/*,answers}/*.json'))) visit(read(file), file)
  return kinds
}

const CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sex: { '1': 'M', '2': 'F' },
  newSex: { '1': 'M', '2': 'F' },
  maritalState: { unmarried: '10', married: '20', widowed: '30', divorced: '40' },
}

/** Our members as theirs. */
export function toTheirs(members: object): Members {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [theirName(name), valueToTheirs(name, value)]),
  )
}

function valueToTheirs(name: string, value: unknown): unknown {
  if (Array.isArray(value)) {
    return KINDS.get(name) === 'list of object'
      ? value.map((entry) => toTheirs(entry as object))
      : value.map((entry: string) => entry.replaceAll('\\', '\\\\').replaceAll(';', '\\;')).join(';')
  }
  if (typeof value === 'object' && value !== null) return toTheirs(value)
  const kind = KINDS.get(name) ?? ''
  if (kind === 'date' || kind === 'past-date') return `${String(value)} 00:00:00`
  if (kind === 'month') return String(value).replace('-', '/')
  return CODES[name]?.[String(value)] ?? value
}

/** Their members as ours, by turning the rules round. */
export function toOurs(members: object): Members {
  return Object.fromEntries(
    Object.entries(members).map(([theirs, value]) => {
      const name = OURS.get(theirs) ?? theirs
      return [name, valueToOurs(name, value)]
    }),
  )
}

const OURS = new Map([...KINDS.keys()].map((name) => [theirName(name), name]))

function valueToOurs(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => toOurs(entry as object))
  if (typeof value === 'object' && value !== null) return toOurs(value)
  if (typeof value !== 'string') return value
  const kind = KINDS.get(name) ?? ''
  if (kind.startsWith('list')) return entriesOf(value)
  if (kind === 'date' || kind === 'past-date') return value.replace(' 00:00:00', '')
  if (kind === 'month') return value.replace('/', '-')
  return Object.entries(CODES[name] ?? {}).find(([, theirs]) => theirs === value)?.[0] ?? value
}

function entriesOf(joined: string): readonly string[] {
  if (joined === '') return []
  const entries = ['']
  for (let place = 0; place < joined.length; place += 1) {
    if (joined[place] === ';') entries.push('')
    else entries.push(entries.pop()! + (joined[place] === '\\' ? joined[(place += 1)]! : joined[place]!))
  }
  return entries
}

const CHANNELS: Readonly<Record<string, string>> = {
  'full-online': 'online',
  'collect-and-forward': 'forwarded',
  joint: 'joint',
}
const HELD: Readonly<Record<string, string>> = {
  uploaded: 'uploaded',
  seenAtWindow: 'seen',
  commitment: 'promised',
  sharedData: 'shared',
}

type Texts = Readonly<Record<string, string>>
const identified = ({ name, certType, certNo }: Texts) => ({ full_name: name, id_type: certType, id_no: certNo })

/** A whole submission; members that are undefined do not reach the wire. */
export function message({ reference, item, leg }: Readonly<Record<string, string>>, sample: Sample) {
  const { agent, identityCheck, materials } = sample
  const of = sample.applicant as Texts & { legalRepresentative: Texts; contact: Texts }
  const authorization = agent?.['authorization'] as Texts | undefined
  return {
    reference,
    item_code: item,
    step: leg,
    received_at: '2026-11-22T09:00:00+08:00',
    channel: CHANNELS[sample.handlingMode ?? ''],
    applicant:
      of['type'] === 'person'
        ? { kind: 'person', ...identified(of), phone_no: of['mobile'], addr: of['address'], zip_code: of['postalCode'] }
        : {
            kind: 'organization',
            full_name: of['name'],
            credit_code: of['uscc'],
            legal_representative: identified(of.legalRepresentative),
            contact: { full_name: of.contact['name'], phone_no: of.contact['mobile'] },
            addr: of['address'],
          },
    agent: authorization && {
      ...identified(agent as Texts),
      phone_no: (agent as Texts)['mobile'],
      authorization: {
        basis: authorization['kind'],
        document_no: authorization['reference'],
        valid_until: authorization['until'] && `${authorization['until']} 00:00:00`,
      },
    },
    purpose: sample.purpose,
    identity_check: identityCheck && { method: identityCheck.how, checked_at: identityCheck.at },
    form: toTheirs(sample.form),
    materials: materials?.map(({ code, held }) => ({ code, provided_as: HELD[held] })),
  }
}

/** A retirement withdrawal for somebody who is known everywhere. */
export const application = (caseNo: string = newCaseNo(), changes: object = {}) => ({
  reference: `${caseNo}.decide`,
  item_code: 'hf-retirement-withdrawal',
  step: 'decide',
  received_at: '2026-11-22T09:00:00+08:00',
  channel: 'forwarded',
  collected_in: '210100',
  applicant: {
    kind: 'person',
    full_name: '张伟',
    id_type: '111',
    id_no: '210102199003070011',
    phone_no: '13800000000',
  },
  form: {
    fund_centre: '2112',
    acct_no: '211200067890',
    retired_on: '2026-06-30 00:00:00',
    retirement_kind: 'age',
    loan_state: 'settled',
    scope: 'all',
    payee: { acct_name: '张伟', bank_name: '中国建设银行铁岭分行', acct_no: '6227000000000000000' },
    promised: true,
  },
  materials: [{ code: 'id-document', provided_as: 'seen' }],
  ...changes,
})
