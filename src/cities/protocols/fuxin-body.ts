// Writes a submission as the `shuju` of Fuxin's query and application, and a new version of it as that of a correction.

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

const AUTHORIZATIONS: Readonly<Record<string, string>> = {
  'power-of-attorney': '1',
  notarized: '2',
  guardianship: '3',
  employer: '4',
  'legal-representative': '5',
}

const IDENTITY_CHECKS: Readonly<Record<string, string>> = {
  'id-card-reader': '1',
  'face-match': '2',
  'e-certificate': '3',
  'document-seen': '4',
}

const HELD: Readonly<Record<MaterialReference['held'], string>> = {
  uploaded: '1',
  seenAtWindow: '2',
  commitment: '3',
  sharedData: '4',
}

/** In the order of the wire document; what is absent has no element. `areas`: city key → division code. */
export function submissionOf(
  message: CityMessage,
  mapping: Mapping,
  areas: Readonly<Record<string, string>>,
): readonly Element[] {
  return [
    ...elements(
      ['yewubianhao', message.reference],
      ['guanlianbianhao', message.relatedCaseNo ?? undefined],
      ['guanlianjieguo', message.relatedResults?.map(resultRow)],
    ),
    ...versionOf(message, mapping, areas),
  ]
}

const resultRow = ({ code, name, number }: NonNullable<CityMessage['relatedResults']>[number]): Element => ({
  tag: 'row',
  content: elements(['wenshubianma', code], ['mingcheng', name], ['haoma', number]),
})

export function correctionOf(
  message: CorrectionMessage,
  mapping: Mapping,
  areas: Readonly<Record<string, string>>,
): readonly Element[] {
  const { reference, backendCaseNo, correctionNo } = message
  return [
    ...elements(
      ['yewubianhao', reference],
      ['banjianhao', backendCaseNo ?? undefined],
      ['buzhengxuhao', String(correctionNo)],
    ),
    ...versionOf(message, mapping, areas),
  ]
}

function versionOf(
  { item, leg, takenAt, body }: Pick<CityMessage, 'item' | 'leg' | 'takenAt' | 'body'>,
  mapping: Mapping,
  areas: Readonly<Record<string, string>>,
): readonly Element[] {
  const { handlingMode, collectingCity, applicant, agent, purpose, identityCheck, form, materials } = body
  return elements(
    ['shixiangbianma', item.code],
    ['huanjiebianma', leg.key],
    ['shoujianshijian', compactBeijingTime(takenAt)],
    ['banlifangshi', handlingMode && HANDLING_MODES[handlingMode]],
    ['shoujiandi', collectingCity && areas[collectingCity]],
    ['shenqingren', applicant.type === 'person' ? person(applicant) : organization(applicant)],
    ['dailiren', agent && agentOf(agent)],
    ['yongtu', purpose],
    ['shenfenheyan', identityCheck && identityCheckOf(identityCheck)],
    ['biaodan', elementsOf(mapping.write(form))],
    ['cailiao', materials && materials.length > 0 ? materials.map(materialRow) : undefined],
  )
}

function person(applicant: Person): Content {
  return elements(
    ['leixing', '1'],
    ...certified(applicant),
    ['shoujihaoma', applicant.mobile],
    ['tongxundizhi', applicant.address],
    ['youzhengbianma', applicant.postalCode],
  )
}

function organization({ name, uscc, legalRepresentative, contact, address }: Organization): Content {
  return elements(
    ['leixing', '2'],
    ['danweimingcheng', name],
    ['tongyishehuixinyongdaima', uscc],
    ['fadingdaibiaoren', elements(...certified(legalRepresentative))],
    ['lianxiren', elements(['xingming', contact.name], ['shoujihaoma', contact.mobile])],
    ['zhusuo', address],
  )
}

function agentOf(agent: Agent): Content {
  const { kind, reference, until } = agent.authorization
  return elements(
    ...certified(agent),
    ['shoujihaoma', agent.mobile],
    ['dailiyiju', AUTHORIZATIONS[kind]],
    ['wenshubianhao', reference],
    ['youxiaoqizhi', until?.replaceAll('-', '')],
  )
}

/** The names that every person has; whether a code or a name, each is an element of text. */
function certified(one: {
  readonly name: string
  readonly certType: string
  readonly certNo: string
}): readonly (readonly [string, string])[] {
  return [
    ['xingming', one.name],
    ['zhengjianleixing', one.certType],
    ['zhengjianhaoma', one.certNo],
  ]
}

function identityCheckOf({ how, at }: { readonly how: string; readonly at: string }): Content {
  return elements(['heyanfangshi', IDENTITY_CHECKS[how]], ['heyanshijian', compactBeijingTime(Date.parse(at))])
}

function materialRow({ code, held, materialId }: MaterialReference): Element {
  return {
    tag: 'row',
    content: elements(['cailiaobianma', code], ['tigongfangshi', HELD[held]], ['cailiaobianhao', materialId]),
  }
}
