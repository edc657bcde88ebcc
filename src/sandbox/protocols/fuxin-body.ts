// Reads the content of a Fuxin query, application or correction, element by element, into a submission.

import type { HandlingMode } from '../../domain/item.ts'
import type { MaterialReference, SubmissionBody } from '../../domain/submission.ts'
import { readBeijingTime } from '../beijing-time.ts'
import { PLACES } from '../places.ts'
import { resultsUnder, type CitySubmission } from '../submission.ts'
import type { Correction } from '../supplements.ts'
import { readForm, readTime } from './fuxin-form.ts'
import type { Element } from './fuxin-xml.ts'
import { anyObject, list, type Members, misfit, object, REFERENCE, type Shape, text, words } from './shape.ts'

export type FuxinRead =
  | { readonly kind: 'read'; readonly submission: CitySubmission }
  /** `path` below `shuju` of the first element that is missing, unknown or malformed. */
  | { readonly kind: 'misfit'; readonly path: string }

/** More than this in the future nothing can have been taken. */
export const FUTURE_MS_MAX = 300_000
export const CASE_NUMBER = /^210900-[0-9]{4}-[0-9]{6}$/

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
const BASES: Readonly<Record<string, string>> = {
  '1': 'power-of-attorney',
  '2': 'notarized',
  '3': 'guardianship',
  '4': 'employer',
  '5': 'legal-representative',
}
const CHECKS: Readonly<Record<string, string>> = {
  '1': 'id-card-reader',
  '2': 'face-match',
  '3': 'e-certificate',
  '4': 'document-seen',
}

const oneOf = (codes: readonly string[]): Shape => text(new RegExp(`^(${codes.join('|')})$`))
const KEY = text(/^[a-z][a-z0-9-]{0,79}$/)
const TIME = text(/^[0-9]{14}$/)
const MOBILE = text(/^1[3-9][0-9]{9}$/)
const CERTIFIED = { xingming: words(200), zhengjianleixing: text(/^[0-9]{3}$/), zhengjianhaoma: words(18) }

const PERSON = object(
  { leixing: text(/^1$/), ...CERTIFIED, shoujihaoma: MOBILE },
  { tongxundizhi: words(200), youzhengbianma: text(/^[0-9]{6}$/) },
)
const ORGANIZATION = object(
  {
    leixing: text(/^2$/),
    danweimingcheng: words(200),
    tongyishehuixinyongdaima: text(/^[0-9A-Z]{18}$/),
    fadingdaibiaoren: object(CERTIFIED),
    lianxiren: object({ xingming: words(200), shoujihaoma: MOBILE }),
  },
  { zhusuo: words(200) },
)
const AGENT = object(
  { ...CERTIFIED, shoujihaoma: MOBILE, dailiyiju: oneOf(Object.keys(BASES)) },
  { wenshubianhao: words(100), youxiaoqizhi: text(/^[0-9]{8}$/) },
)

const submissionShape = (applicant: Shape, required: Members, optional: Members): Shape =>
  object(
    {
      ...required,
      yewubianhao: text(REFERENCE),
      shixiangbianma: KEY,
      huanjiebianma: KEY,
      shoujianshijian: TIME,
      shenqingren: applicant,
      biaodan: anyObject,
    },
    {
      ...optional,
      banlifangshi: oneOf(Object.keys(HANDLING_MODES)),
      shoujiandi: oneOf(PLACES.map(({ areaCode }) => areaCode)),
      dailiren: AGENT,
      yongtu: text(/^.{1,200}$/su),
      shenfenheyan: object({ heyanfangshi: oneOf(Object.keys(CHECKS)), heyanshijian: TIME }),
      cailiao: list(
        object({ cailiaobianma: KEY, tigongfangshi: oneOf(Object.keys(HELD)) }, { cailiaobianhao: words(80) }),
        100,
      ),
    },
  )

/** The shapes of a content, by the type of its applicant. */
interface Shapes {
  readonly person: Shape
  readonly organization: Shape
}
const shapes = (required: Members, optional: Members): Shapes => ({
  person: submissionShape(PERSON, required, optional),
  organization: submissionShape(ORGANIZATION, required, optional),
})
const RESULT = object({ wenshubianma: words(100), mingcheng: words(200), haoma: words(200) })
const OF_SUBMISSION = shapes({}, { guanlianbianhao: words(80), guanlianjieguo: list(RESULT, 50) })
const OF_CORRECTION = shapes({ buzhengxuhao: text(/^[1-9][0-9]?$/) }, { banjianhao: text(CASE_NUMBER) })

type Tree = string | readonly Tree[] | { readonly [name: string]: Tree }
type Texts = Readonly<Record<string, string>>

/** `now`: the city's clock, in milliseconds since 1970. */
export function readFuxinSubmission(content: Element, now: number): FuxinRead {
  return readBy(OF_SUBMISSION, content, now)
}

/** The same for a correction, whose number and whose city's number stand beside the new version. */
export function readFuxinCorrection(
  content: Element,
  now: number,
): { readonly kind: 'read'; readonly correction: Correction } | Extract<FuxinRead, { readonly kind: 'misfit' }> {
  const read = readBy(OF_CORRECTION, content, now)
  if (read.kind === 'misfit') return read
  const textOf = (name: string): string | null => content.children.find((child) => child.name === name)?.text ?? null
  const correctionNo = Number(textOf('buzhengxuhao'))
  return {
    kind: 'read',
    correction: { submission: read.submission, backendCaseNo: textOf('banjianhao'), correctionNo },
  }
}

function readBy(shapesOf: Shapes, content: Element, now: number): FuxinRead {
  const given = Object.fromEntries(content.children.map((child) => [child.name, treeOf(child)]))
  const kind = (given['shenqingren'] as Texts | undefined)?.['leixing']
  const wrong = misfit(given, kind === '2' ? shapesOf.organization : shapesOf.person)
  if (wrong !== null) return { kind: 'misfit', path: wrong.slice(1).replaceAll(/\/(\d+)/g, rowOf) }
  const texts = given as Texts
  const takenAt = readBeijingTime(texts['shoujianshijian']!, 'compact')
  if (takenAt === null || takenAt > now + FUTURE_MS_MAX) return { kind: 'misfit', path: 'shoujianshijian' }
  const checkedAt = (given['shenfenheyan'] as Texts | undefined)?.['heyanshijian']
  if (checkedAt !== undefined && readTime(checkedAt) === null) {
    return { kind: 'misfit', path: 'shenfenheyan/heyanshijian' }
  }
  const until = (given['dailiren'] as Texts | undefined)?.['youxiaoqizhi']
  if (until !== undefined && readTime(`${until}000000`) === null) {
    return { kind: 'misfit', path: 'dailiren/youxiaoqizhi' }
  }
  const read = readForm(content.children.find(({ name }) => name === 'biaodan')!)
  if (read.kind === 'misfit') return read
  return {
    kind: 'read',
    submission: {
      reference: texts['yewubianhao']!,
      relatedCaseNo: texts['guanlianbianhao'] ?? null,
      ...resultsUnder(['wenshubianma', 'mingcheng', 'haoma'], given['guanlianjieguo']),
      item: texts['shixiangbianma']!,
      leg: texts['huanjiebianma']!,
      takenAt,
      body: bodyOf(given, read.form),
    },
  }
}

const rowOf = (_: string, place: string): string => `/row[${Number(place) + 1}]`

/** The form is read by its own rules; here it only has to be there. */
function treeOf({ name, children, text }: Element): Tree {
  if (name === 'biaodan') return {}
  if (children.length === 0) return name === 'cailiao' && text === '' ? [] : text
  if (children.every((child) => child.name === 'row')) return children.map(treeOf)
  return Object.fromEntries(children.map((child) => [child.name, treeOf(child)]))
}

function bodyOf(given: Readonly<Record<string, Tree>>, form: SubmissionBody['form']): SubmissionBody {
  const { banlifangshi, shoujiandi, yongtu } = given as Texts
  const mode = HANDLING_MODES[banlifangshi ?? '']
  const city = PLACES.find(({ areaCode }) => areaCode === shoujiandi)?.city
  const agent = given['dailiren'] as Texts | undefined
  const check = given['shenfenheyan'] as Texts | undefined
  const materials = given['cailiao'] as readonly Texts[] | undefined
  return {
    ...(mode === undefined ? {} : { handlingMode: mode }),
    ...(city === undefined ? {} : { collectingCity: city }),
    applicant: applicantOf(given['shenqingren'] as Texts),
    ...(agent === undefined ? {} : { agent: agentOf(agent) }),
    ...(yongtu === undefined ? {} : { purpose: yongtu }),
    ...(check === undefined
      ? {}
      : { identityCheck: { how: CHECKS[check['heyanfangshi']!]!, at: readTime(check['heyanshijian']!)! } }),
    form,
    ...(materials === undefined
      ? {}
      : {
          materials: materials.map(({ cailiaobianma, tigongfangshi, cailiaobianhao }) => ({
            code: cailiaobianma!,
            held: HELD[tigongfangshi!]!,
            ...(cailiaobianhao === undefined ? {} : { materialId: cailiaobianhao }),
          })),
        }),
  }
}

const certified = (of: Texts) => ({
  name: of['xingming']!,
  certType: of['zhengjianleixing']!,
  certNo: of['zhengjianhaoma']!,
})

function applicantOf(given: Texts): SubmissionBody['applicant'] {
  const { tongxundizhi: address, youzhengbianma: postalCode, zhusuo: seat } = given
  if (given['leixing'] === '1') {
    return {
      type: 'person',
      ...certified(given),
      mobile: given['shoujihaoma']!,
      ...(address === undefined ? {} : { address }),
      ...(postalCode === undefined ? {} : { postalCode }),
    }
  }
  const { fadingdaibiaoren, lianxiren } = given as unknown as Readonly<Record<string, Texts>>
  return {
    type: 'organization',
    name: given['danweimingcheng']!,
    uscc: given['tongyishehuixinyongdaima']!,
    legalRepresentative: certified(fadingdaibiaoren!),
    contact: { name: lianxiren!['xingming']!, mobile: lianxiren!['shoujihaoma']! },
    ...(seat === undefined ? {} : { address: seat }),
  }
}

function agentOf(given: Texts): NonNullable<SubmissionBody['agent']> {
  const { wenshubianhao: reference, youxiaoqizhi: until } = given
  return {
    ...certified(given),
    mobile: given['shoujihaoma']!,
    authorization: {
      kind: BASES[given['dailiyiju']!]!,
      ...(reference === undefined ? {} : { reference }),
      ...(until === undefined ? {} : { until: readTime(`${until}000000`)!.slice(0, 10) }),
    },
  }
}
