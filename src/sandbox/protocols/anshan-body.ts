// Reads the pairs of an Anshan query, application or correction, key by key, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { readForm } from './anshan-form.ts'
import { type Branch, type Pair, readTree } from './anshan-pairs.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { PLACES } from '../places.ts'
import { list, type Members, misfit, object, REFERENCE, text, words } from './shape.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'

export type AnshanRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission }
  | { readonly kind: 'misfit'; readonly key: string }
  | { readonly kind: 'gap' }

type Texts = Readonly<Record<string, string>>

export const FUTURE_MS_MAX = 300_000
const HANDLING_MODES: Readonly<Record<string, HandlingMode>> = {
  '1': 'full-online',
  '2': 'collect-and-forward',
  '3': 'joint',
}
const HELD: Readonly<Record<string, MaterialReference['held']>> = {
  '1': 'uploaded',
  '2': 'seenAtWindow',
  '3': 'commitment',
  '4': 'sharedData',
}

const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)
export const TIME = text(/^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$/)
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const certified = (lead: string): Members => ({
  [`${lead}.xm`]: words(100),
  [`${lead}.zjlx`]: text(/^[0-9]{3}$/),
  [`${lead}.sfzh`]: text(/^[A-Za-z0-9]{1,18}$/),
})

interface Part {
  readonly required: Members
  readonly optional: Members
}
const COMMON: Part = {
  required: {
    outer_no: text(REFERENCE),
    item_code: KEY,
    leg_key: KEY,
    taken_at: TIME,
    'sqr.lx': text(/^[12]$/),
  },
  optional: {
    handling_mode: text(/^[123]$/),
    collecting_area: text(new RegExp(`^(${PLACES.map(({ areaCode }) => areaCode).join('|')})$`)),
    yt: text(/^.{1,200}$/su),
  },
}
/** What a query and an application have beside a correction, and what a correction has beside them. */
export const OF_APPLICATION: Part = { required: {}, optional: { related_no: words(80) } }
export const OF_CORRECTION: Part = {
  required: { correct_no: text(/^[1-9][0-9]?$/) },
  optional: { case_no: words(80) },
}
const PERSON: Part = {
  required: { ...certified('sqr'), 'sqr.lxdh': MOBILE },
  optional: { 'sqr.dz': words(200), 'sqr.yzbm': text(/^[0-9]{6}$/) },
}
const ORGANIZATION: Part = {
  required: {
    'sqr.dwmc': words(200),
    'sqr.tyshxydm': text(/^[0-9A-Z]{18}$/),
    ...certified('sqr.fr'),
    'sqr.lxr.xm': words(100),
    'sqr.lxr.lxdh': MOBILE,
  },
  optional: { 'sqr.dz': words(200) },
}
const AGENT: Part = {
  required: { ...certified('dlr'), 'dlr.lxdh': MOBILE, 'dlr.sqlx': KEY },
  optional: { 'dlr.sqwh': words(60), 'dlr.sqjzrq': text(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/) },
}
const CHECK: Part = { required: { 'hy.fs': KEY, 'hy.sj': TIME }, optional: {} }
const RESULTS = list(object({ code: words(100), name: words(200), number: words(200) }), 50)
const MATERIALS = list(object({ code: KEY, held: text(/^[1234]$/) }, { material_id: words(80) }), 100)

/** A gap is a list without one of its entries. `now` is the city's clock, `own` OF_APPLICATION or OF_CORRECTION. */
export function readAnshanSubmission(pairs: readonly Pair[], now: number, own: Part): AnshanRead {
  const isNested = ([key]: Pair): boolean => /^(form|materials|related_results)([.[{]|$)/.test(key)
  const texts: Texts = Object.fromEntries(pairs.filter((pair) => !isNested(pair)))
  const has = (lead: string): boolean => Object.keys(texts).some((key) => key.startsWith(lead))
  const parts = [
    COMMON,
    own,
    texts['sqr.lx'] === '2' ? ORGANIZATION : PERSON,
    ...(has('dlr.') ? [AGENT] : []),
    ...(has('hy.') ? [CHECK] : []),
  ]
  const required: Members = Object.assign({}, ...parts.map((part) => part.required))
  const optional: Members = Object.assign({}, ...parts.map((part) => part.optional))
  const wrong = misfit(texts, object(required, optional))
  if (wrong !== null) return { kind: 'misfit', key: wrong.slice(1) }
  const takenAt = readBeijingTime(texts['taken_at']!, 'spaced')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return { kind: 'misfit', key: 'taken_at' }
  const checkedAt = texts['hy.sj'] === undefined ? undefined : readBeijingTime(texts['hy.sj'], 'spaced')
  if (checkedAt === null) return { kind: 'misfit', key: 'hy.sj' }

  const nested = readTree(pairs.filter(isNested))
  if (nested.kind !== 'read') return nested
  const materials = readMaterials(nested.tree.children.get('materials'))
  if (typeof materials === 'string') return { kind: 'misfit', key: materials }
  const given = nested.tree.children.get('related_results')
  const results = given === undefined || own === OF_CORRECTION ? undefined : readRows(given, 'related_results', RESULTS)
  if (typeof results === 'string' || (given !== undefined && results === undefined)) {
    return { kind: 'misfit', key: typeof results === 'string' ? results : 'related_results' }
  }
  const branch = nested.tree.children.get('form')
  if (branch === undefined || typeof branch === 'string' || branch.kind === 'list' || branch.isWhole) {
    return { kind: 'misfit', key: 'form' }
  }
  const read = readForm(branch)
  if (read.kind === 'misfit') return read
  return {
    kind: 'read',
    submission: {
      reference: texts['outer_no']!,
      relatedCaseNo: texts['related_no'] ?? null,
      ...resultsUnder(['code', 'name', 'number'], results),
      item: texts['item_code']!,
      leg: texts['leg_key']!,
      takenAt,
      body: {
        ...bodyOf(texts, read.form),
        ...(checkedAt === undefined
          ? {}
          : { identityCheck: { how: texts['hy.fs']!, at: new Date(checkedAt).toISOString() } }),
        ...(materials.length === 0 ? {} : { materials }),
      },
    },
  }
}

/** The rows of a list of this shape, or the key of the first that does not fit. */
function readRows(node: Branch | string, key: string, shape: ReturnType<typeof list>): string | readonly Texts[] {
  if (typeof node === 'string' || node.kind !== 'list' || node.isWhole) return key
  const rows = Array.from({ length: node.children.size }, (_, place) => {
    const row = node.children.get(place)!
    return typeof row === 'string' ? row : Object.fromEntries(row.children as ReadonlyMap<string, unknown>)
  })
  const wrong = misfit(rows, shape)
  return wrong === null ? (rows as readonly Texts[]) : `${key}${wrong.replace(/^\/([0-9]+)/, '[$1]').replace('/', '.')}`
}

/** The key of the first that does not fit, or all. */
function readMaterials(node: Branch | string | undefined): string | readonly MaterialReference[] {
  if (node === undefined) return []
  const rows = readRows(node, 'materials', MATERIALS)
  if (typeof rows === 'string') return rows
  return rows.map(({ code, held, material_id: materialId }) => ({
    code: code!,
    held: HELD[held!]!,
    ...(materialId === undefined ? {} : { materialId }),
  }))
}

function bodyOf(texts: Texts, form: SubmissionBody['form']): SubmissionBody {
  const mode = HANDLING_MODES[texts['handling_mode'] ?? '']
  const place = PLACES.find(({ areaCode }) => areaCode === texts['collecting_area'])
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(place === undefined ? {} : { collectingCity: place.city }),
    applicant: applicantOf(texts),
    ...(texts['dlr.xm'] === undefined ? {} : { agent: agentOf(texts) }),
    ...(texts['yt'] === undefined ? {} : { purpose: texts['yt'] }),
    form,
  }
}

const holderOf = (texts: Texts, lead: string) => ({
  name: texts[`${lead}.xm`]!,
  certType: texts[`${lead}.zjlx`]!,
  certNo: texts[`${lead}.sfzh`]!,
})

function applicantOf(texts: Texts): SubmissionBody['applicant'] {
  const address = texts['sqr.dz'] === undefined ? {} : { address: texts['sqr.dz'] }
  if (texts['sqr.lx'] === '1') {
    const postalCode = texts['sqr.yzbm'] === undefined ? {} : { postalCode: texts['sqr.yzbm'] }
    return { type: 'person', ...holderOf(texts, 'sqr'), mobile: texts['sqr.lxdh']!, ...address, ...postalCode }
  }
  return {
    type: 'organization',
    name: texts['sqr.dwmc']!,
    uscc: texts['sqr.tyshxydm']!,
    legalRepresentative: holderOf(texts, 'sqr.fr'),
    contact: { name: texts['sqr.lxr.xm']!, mobile: texts['sqr.lxr.lxdh']! },
    ...address,
  }
}

function agentOf(texts: Texts): NonNullable<SubmissionBody['agent']> {
  return {
    ...holderOf(texts, 'dlr'),
    mobile: texts['dlr.lxdh']!,
    authorization: {
      kind: texts['dlr.sqlx']!,
      ...(texts['dlr.sqwh'] === undefined ? {} : { reference: texts['dlr.sqwh'] }),
      ...(texts['dlr.sqjzrq'] === undefined ? {} : { until: texts['dlr.sqjzrq'] }),
    },
  }
}
