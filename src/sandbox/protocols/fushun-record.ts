// Reads the RECORD of a Fushun query, application or correction, tag by tag, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { readForm } from './fushun-form.ts'
import { PLACES } from '../places.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import type { Correction } from '../supplements.ts'
import type { XmlElement } from './xml.ts'

export type RecordRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission }
  | { readonly kind: 'misfit'; readonly code: '-903' | '-904' | '-905'; readonly path: string }

type Check = (element: XmlElement, path: string) => string | null
type Parts = Readonly<Record<string, Check>>

/** More than this in the future nothing can have been taken. */
export const FUTURE_MS_MAX = 600_000
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

/** A leaf whose text matches. */
const leaf =
  (pattern: RegExp): Check =>
  (element, path) =>
    element.children.length === 0 && pattern.test(element.text) ? null : path

/** An element with just these children, each at most once. */
const parts =
  (required: Parts, optional: Parts = {}): Check =>
  (element, path) => {
    const named = { ...optional, ...required }
    const names = element.children.map(({ name }) => name)
    if (element.text !== '') return path
    const missing = Object.keys(required).find((name) => !names.includes(name))
    if (missing !== undefined) return `${path}/${missing}`
    for (const [place, child] of element.children.entries()) {
      const at = `${path}/${child.name}`
      if (!Object.hasOwn(named, child.name) || child.namespace !== null || names.indexOf(child.name) !== place)
        return at
      const wrong = named[child.name]!(child, at)
      if (wrong !== null) return wrong
    }
    return null
  }

const rows =
  (row: Check): Check =>
  (element, path) => {
    if (element.text !== '') return path
    for (const [place, child] of element.children.entries()) {
      const at = `${path}/ROW[${place + 1}]`
      const wrong = child.name === 'ROW' ? row(child, at) : at
      if (wrong !== null) return wrong
    }
    return null
  }

const words = leaf(/^[^]{1,200}$/u)
const key = leaf(/^[a-z][a-z0-9-]{0,79}$/)
const mobile = leaf(/^1[3-9][0-9]{9}$/)
const moment = leaf(/^[0-9]{14}$/)
const identified: Parts = { XM: words, ZJLXDM: leaf(/^[0-9]{3}$/), GMSFHM: leaf(/^[A-Za-z0-9]{1,18}$/) }

const PEOPLE: Parts = {
  SQR: parts({ ...identified, LXDH: mobile }, { ZZXZ: words, YZBM: leaf(/^[0-9]{6}$/) }),
  SQDW: parts(
    {
      DWMC: words,
      TYSHXYDM: leaf(/^[0-9A-Z]{18}$/),
      FDDBR: parts(identified),
      LXR: parts({ XM: words, LXDH: mobile }),
    },
    { DWDZ: words },
  ),
  DLR: parts({ ...identified, LXDH: mobile, SQLX: key }, { SQWH: words, SQJZRQ: leaf(/^[0-9]{8}$/) }),
  SFHY: parts({ HYFS: key, HYSJ: moment }),
}
const BUSINESS_REQUIRED: Parts = { SXBM: key, HJBM: key, SLSJ: moment }
const BUSINESS_OPTIONAL: Parts = {
  BLFS: leaf(/^[123]$/),
  SJDQHDM: leaf(new RegExp(`^(${PLACES.map(({ areaCode }) => areaCode).join('|')})$`)),
  YTSM: words,
  CLLB: rows(parts({ CLBM: key, TJFS: leaf(/^[1234]$/) }, { CLBH: words })),
}

interface Own {
  readonly required: Parts
  readonly optional: Parts
}
const OF_SUBMISSION: Own = {
  required: {},
  optional: { GLYWBH: words, GLJGLB: rows(parts({ JGBM: words, JGMC: words, JGWH: words })) },
}
const OF_CORRECTION: Own = {
  required: { BZXH: leaf(/^[1-9][0-9]?$/) },
  optional: { BJBH: leaf(/^210400-[0-9]{4}-[0-9]{6}$/) },
}

/** Reads one RECORD. `code` of a misfit is the code that the city answers with; `now` is the city's clock. */
export function readRecord(reference: string, record: XmlElement, now: number): RecordRead {
  return readBy(OF_SUBMISSION, reference, record, now)
}

/** The same for a correction, whose number and whose city's number stand beside the new version. */
export function readCorrection(
  reference: string,
  record: XmlElement,
  now: number,
): { readonly kind: 'read'; readonly correction: Correction } | Extract<RecordRead, { readonly kind: 'misfit' }> {
  const read = readBy(OF_CORRECTION, reference, record, now)
  if (read.kind === 'misfit') return read
  const correctionNo = Number(at(record, 'BZXH'))
  const backendCaseNo = at(record, 'BJBH') ?? null
  return { kind: 'read', correction: { submission: read.submission, backendCaseNo, correctionNo } }
}

function readBy(own: Own, reference: string, record: XmlElement, now: number): RecordRead {
  const people = record.children.filter(({ name }) => Object.hasOwn(PEOPLE, name))
  const business = record.children.filter(({ name }) => !Object.hasOwn(PEOPLE, name) && name !== 'BD')
  const forms = record.children.filter(({ name }) => name === 'BD')

  const required = { ...BUSINESS_REQUIRED, ...own.required }
  const optional = { ...BUSINESS_OPTIONAL, ...own.optional }
  const wrongBusiness = parts(required, optional)({ ...record, children: business }, 'RECORD')
  if (record.name !== 'RECORD' || wrongBusiness !== null) {
    return { kind: 'misfit', code: '-904', path: wrongBusiness ?? 'RECORD' }
  }
  const applicants = people.filter(({ name }) => name === 'SQR' || name === 'SQDW')
  const wrongPeople = parts({}, PEOPLE)({ ...record, children: people, text: '' }, 'RECORD')
  if (wrongPeople !== null || applicants.length !== 1) {
    return { kind: 'misfit', code: '-903', path: wrongPeople ?? 'RECORD/SQR' }
  }
  if (forms.length !== 1) return { kind: 'misfit', code: '-905', path: 'RECORD/BD' }
  const read = readForm(forms[0]!)
  if (read.kind === 'misfit') return { kind: 'misfit', code: '-905', path: `RECORD/${read.path}` }
  const takenAt = readBeijingTime(at(record, 'SLSJ')!, 'compact')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) {
    return { kind: 'misfit', code: '-904', path: 'RECORD/SLSJ' }
  }
  const time = at(record, 'SFHY/HYSJ')
  const checkedAt = time === undefined ? undefined : readBeijingTime(time, 'compact')
  if (checkedAt === null) return { kind: 'misfit', code: '-903', path: 'RECORD/SFHY/HYSJ' }
  const identityCheck =
    checkedAt === undefined
      ? {}
      : { identityCheck: { how: at(record, 'SFHY/HYFS')!, at: new Date(checkedAt).toISOString() } }
  return {
    kind: 'read',
    submission: {
      reference,
      relatedCaseNo: at(record, 'GLYWBH') ?? null,
      ...resultsUnder(['JGBM', 'JGMC', 'JGWH'], child(record, 'GLJGLB')?.children.map(textsOf)),
      item: at(record, 'SXBM')!,
      leg: at(record, 'HJBM')!,
      takenAt,
      body: { ...bodyOf(record, read.form), ...identityCheck },
    },
  }
}

const textsOf = (row: XmlElement): Readonly<Record<string, string>> =>
  Object.fromEntries(row.children.map(({ name, text }) => [name, text]))

/** Text of the element at a path of tags. */
function at(record: XmlElement, path: string): string | undefined {
  return child(record, path)?.text
}

function child(record: XmlElement, path: string): XmlElement | undefined {
  return path
    .split('/')
    .reduce<XmlElement | undefined>((found, name) => found?.children.find((inside) => inside.name === name), record)
}

function bodyOf(record: XmlElement, form: Readonly<Record<string, unknown>>): SubmissionBody {
  const mode = HANDLING_MODES[at(record, 'BLFS') ?? '']
  const place = PLACES.find(({ areaCode }) => areaCode === at(record, 'SJDQHDM'))
  const purpose = at(record, 'YTSM')
  const materials = child(record, 'CLLB')?.children
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(place === undefined ? {} : { collectingCity: place.city }),
    applicant: applicantOf(record),
    ...(child(record, 'DLR') === undefined ? {} : { agent: agentOf(record) }),
    ...(purpose === undefined ? {} : { purpose }),
    form,
    ...(materials === undefined ? {} : { materials: materials.map(materialOf) }),
  }
}

function materialOf(row: XmlElement): MaterialReference {
  const materialId = at(row, 'CLBH')
  return { code: at(row, 'CLBM')!, held: HELD[at(row, 'TJFS')!]!, ...(materialId === undefined ? {} : { materialId }) }
}

const certified = (record: XmlElement, path: string) => ({
  name: at(record, `${path}/XM`)!,
  certType: at(record, `${path}/ZJLXDM`)!,
  certNo: at(record, `${path}/GMSFHM`)!,
})

function applicantOf(record: XmlElement): SubmissionBody['applicant'] {
  if (child(record, 'SQR') !== undefined) {
    const [address, postalCode] = [at(record, 'SQR/ZZXZ'), at(record, 'SQR/YZBM')]
    return {
      type: 'person',
      ...certified(record, 'SQR'),
      mobile: at(record, 'SQR/LXDH')!,
      ...(address === undefined ? {} : { address }),
      ...(postalCode === undefined ? {} : { postalCode }),
    }
  }
  const seat = at(record, 'SQDW/DWDZ')
  return {
    type: 'organization',
    name: at(record, 'SQDW/DWMC')!,
    uscc: at(record, 'SQDW/TYSHXYDM')!,
    legalRepresentative: certified(record, 'SQDW/FDDBR'),
    contact: { name: at(record, 'SQDW/LXR/XM')!, mobile: at(record, 'SQDW/LXR/LXDH')! },
    ...(seat === undefined ? {} : { address: seat }),
  }
}

function agentOf(record: XmlElement): NonNullable<SubmissionBody['agent']> {
  const [reference, until] = [at(record, 'DLR/SQWH'), at(record, 'DLR/SQJZRQ')]
  return {
    ...certified(record, 'DLR'),
    mobile: at(record, 'DLR/LXDH')!,
    authorization: {
      kind: at(record, 'DLR/SQLX')!,
      ...(reference === undefined ? {} : { reference }),
      ...(until === undefined ? {} : { until: until.replace(/^(....)(..)/, '$1-$2-') }),
    },
  }
}
