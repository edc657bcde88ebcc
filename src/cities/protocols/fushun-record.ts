// Writes an application, a query or a correction as the RECORD of docs/wire/fushun.md: who asks, how, and the form by the mapping.

import type { CityMessage, CorrectionMessage } from '../../domain/delivery.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { Agent, MaterialReference, Organization, Person } from '../../domain/submission.ts'
import { compactBeijingTime } from '../beijing-time.ts'
import type { Mapping } from '../mapping.ts'
import { elements, elementsOf, type Content, type Element } from '../xml.ts'

const HANDLING_MODES: Readonly<Record<HandlingMode, string>> = {
  'full-online': '1',
  'collect-and-forward': '2',
  joint: '3',
}

const HELD: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: '1',
  seenAtWindow: '2',
  commitment: '3',
  sharedData: '4',
}

type Areas = Readonly<Record<string, string>>
type Numbers = readonly (readonly [tag: string, content: Content | undefined])[]

/** `areas`: city key → division code. */
export function writeRecord(message: CityMessage, mapping: Mapping, areas: Areas): Element {
  const { relatedCaseNo, relatedResults } = message
  const rows = relatedResults?.map(({ code, name, number }): Element => ({
    tag: 'ROW',
    content: elements(['JGBM', code], ['JGMC', name], ['JGWH', number]),
  }))
  return recordOf(
    message,
    [
      ['GLYWBH', relatedCaseNo ?? undefined],
      ['GLJGLB', rows],
    ],
    mapping,
    areas,
  )
}

/** The whole new version, with its number. */
export function writeCorrection(message: CorrectionMessage, mapping: Mapping, areas: Areas): Element {
  const { backendCaseNo, correctionNo } = message
  const numbers: Numbers = [
    ['BJBH', backendCaseNo ?? undefined],
    ['BZXH', String(correctionNo)],
  ]
  return recordOf(message, numbers, mapping, areas)
}

function recordOf(
  { item, leg, takenAt, body }: Pick<CityMessage, 'item' | 'leg' | 'takenAt' | 'body'>,
  numbers: Numbers,
  mapping: Mapping,
  areas: Areas,
): Element {
  const { handlingMode, collectingCity, applicant, agent, purpose, identityCheck, form, materials } = body
  return {
    tag: 'RECORD',
    content: elements(
      ['SXBM', item.code],
      ['HJBM', leg.key],
      ...numbers,
      ['SLSJ', compactBeijingTime(takenAt)],
      ['BLFS', handlingMode && HANDLING_MODES[handlingMode]],
      ['SJDQHDM', collectingCity && areas[collectingCity]],
      ['SQR', applicant.type === 'person' ? person(applicant) : undefined],
      ['SQDW', applicant.type === 'organization' ? organization(applicant) : undefined],
      ['DLR', agent && agentOf(agent)],
      ['YTSM', purpose],
      [
        'SFHY',
        identityCheck &&
          elements(['HYFS', identityCheck.how], ['HYSJ', compactBeijingTime(Date.parse(identityCheck.at))]),
      ],
      ['BD', elementsOf(mapping.write(form))],
      ['CLLB', materials && materials.length > 0 ? materials.map(materialRow) : undefined],
    ),
  }
}

function person(applicant: Person): Content {
  return elements(
    ['XM', applicant.name],
    ['ZJLXDM', applicant.certType],
    ['GMSFHM', applicant.certNo],
    ['LXDH', applicant.mobile],
    ['ZZXZ', applicant.address],
    ['YZBM', applicant.postalCode],
  )
}

function organization(applicant: Organization): Content {
  const { legalRepresentative, contact } = applicant
  return elements(
    ['DWMC', applicant.name],
    ['TYSHXYDM', applicant.uscc],
    [
      'FDDBR',
      elements(
        ['XM', legalRepresentative.name],
        ['ZJLXDM', legalRepresentative.certType],
        ['GMSFHM', legalRepresentative.certNo],
      ),
    ],
    ['LXR', elements(['XM', contact.name], ['LXDH', contact.mobile])],
    ['DWDZ', applicant.address],
  )
}

function agentOf({ name, certType, certNo, mobile, authorization }: Agent): Content {
  return elements(
    ['XM', name],
    ['ZJLXDM', certType],
    ['GMSFHM', certNo],
    ['LXDH', mobile],
    ['SQLX', authorization.kind],
    ['SQWH', authorization.reference],
    ['SQJZRQ', authorization.until?.replaceAll('-', '')],
  )
}

function materialRow({ code, held, materialId }: MaterialReference): Element {
  return { tag: 'ROW', content: elements(['CLBM', code], ['TJFS', HELD[held]], ['CLBH', materialId]) }
}
