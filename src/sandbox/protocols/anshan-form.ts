// Turns Anshan's names, codes and texts of forms and results into ours and back.

import type { Branch, Node } from './anshan-pairs.ts'
import { beijingTime, readBeijingTime } from '../beijing-time.ts'
import { kindOf } from './field-kinds.ts'
import { pointsTo } from '../life.ts'
import { isObject } from './shape.ts'

/** Names that do not follow the rule, ours before theirs. */
const EXCEPTIONS = new Map([
  ['name', 'xm'],
  ['certNo', 'sfzh'],
  ['certType', 'zjlx'],
  ['mobile', 'lxdh'],
  ['address', 'dz'],
  ['postalCode', 'yzbm'],
  ['uscc', 'tyshxydm'],
  ['employerName', 'dwmc'],
  ['employerUscc', 'dwxydm'],
  ['employerNo', 'dwbh'],
  ['sex', 'xb'],
  ['birthDate', 'csrq'],
  ['hukouAddress', 'hjdz'],
  ['hukouDivision', 'hjqh'],
  ['accountNo', 'zh'],
  ['accountName', 'hm'],
  ['bankName', 'khyh'],
  ['relation', 'gx'],
  ['recipient', 'sjr'],
  ['fundCentre', 'gjjzx'],
  ['certificateNo', 'zsbh'],
  ['plateNo', 'hphm'],
  ['maritalState', 'hyzk'],
  ['nation', 'mz'],
])
const BY_THEIRS = new Map(Array.from(EXCEPTIONS, ([ours, theirs]) => [theirs, ours]))

const SEX: ReadonlyMap<string, string> = new Map([
  ['1', 'M'],
  ['2', 'F'],
])
/** Our code before theirs, by our name of the field. */
const CODES: Readonly<Record<string, ReadonlyMap<string, string>>> = {
  sex: SEX,
  newSex: SEX,
  maritalState: new Map([
    ['unmarried', '10'],
    ['married', '20'],
    ['widowed', '30'],
    ['divorced', '40'],
  ]),
}

export type FormRead =
  | { readonly kind: 'read'; readonly form: Readonly<Record<string, unknown>> }
  | { readonly kind: 'misfit'; readonly key: string }

/** The members below `form.` as a form, or the first key that does not fit. */
export function readForm(branch: Branch): FormRead {
  const misfits: string[] = []
  const form = readObject(branch, 'form', misfits)
  const [key] = misfits
  return key === undefined ? { kind: 'read', form } : { kind: 'misfit', key }
}

function readObject(branch: Branch, at: string, misfits: string[]): Readonly<Record<string, unknown>> {
  const members = Array.from(branch.children as ReadonlyMap<string, Node>, ([theirs, node]) => {
    const key = `${at}.${theirs}`
    const name = oursOf(theirs)
    if (name === null) misfits.push(key)
    return [name, name === null ? null : readNode(name, node, key, misfits)] as const
  })
  return Object.fromEntries(members)
}

function readNode(name: string, node: Node, key: string, misfits: string[]): unknown {
  const kind = kindOf(name)
  if (typeof node === 'string') {
    const value = readText(name, node)
    if (value === null) misfits.push(key)
    return value
  }
  if (kind !== 'text' && kind !== node.kind) misfits.push(key)
  if (node.kind === 'object') return readObject(node, key, misfits)
  const entries = [...(node.children as ReadonlyMap<number, Node>)].sort(([one], [other]) => one - other)
  return entries.map(([place, entry]) =>
    typeof entry === 'string' ? entry : readObject(entry, `${key}[${place}]`, misfits),
  )
}

/** Our value; null for one that should have been written in another way. What has nothing of its kind is taken as it is. */
function readText(name: string, text: string): unknown {
  switch (kindOf(name)) {
    case 'flag':
      return text === '1' ? true : text === '0' ? false : /^(true|false)$/i.test(text) ? null : text
    case 'number':
      return /^-?[0-9]+(\.[0-9]+)?$/.test(text) ? Number(text) : Number.isNaN(Number(text)) ? text : null
    case 'time': {
      const moment = readBeijingTime(text, 'spaced')
      if (moment !== null) return new Date(moment).toISOString()
      return /^[0-9]{4}-[0-9]{2}-[0-9]{2}T/.test(text) ? null : text
    }
    case 'list':
    case 'object':
      return null
    case 'text':
    case 'date':
    case 'month':
    case 'amount':
      return readCode(name, text)
  }
}

function readCode(name: string, text: string): string | null {
  const codes = CODES[name]
  if (codes === undefined) return text
  const [ours] = [...codes].find(([, theirs]) => theirs === text) ?? []
  return ours ?? (codes.has(text) ? null : text)
}

/** Null for a name with an exception that is written by the rule. */
function oursOf(theirs: string): string | null {
  const exception = BY_THEIRS.get(theirs)
  if (exception !== undefined) return exception
  const name = theirs.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return EXCEPTIONS.has(name) ? null : name
}

const theirsOf = (name: string): string =>
  EXCEPTIONS.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The members of an answer as Anshan writes them: nested, each leaf a text. */
export function writeMembers(members: object): object {
  return Object.fromEntries(
    Object.entries(members).map(([name, value]) => [theirsOf(name), writeValue(name, value as unknown)]),
  )
}

function writeValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => (isObject(entry) ? writeMembers(entry) : entry))
  if (isObject(value)) return writeMembers(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') throw new Error(`${name} has no value that can be written`)
  if (kindOf(name) === 'time') return beijingTime(Date.parse(value), 'spaced')
  return CODES[name]?.get(value) ?? value
}

/** The key of a field that is told by its name or its place (`/form/movers/0/certNo`); the code of a material as it is. */
export function writePlace(code: string): string {
  if (pointsTo(code) === 'material') return code
  const steps = code.replace(/^\/form\//, '').split('/')
  return `form${steps.map((step) => (/^[0-9]+$/.test(step) ? `[${step}]` : `.${theirsOf(step)}`)).join('')}`
}
