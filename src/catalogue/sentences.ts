// Says each mistake that a validator found once, in Chinese and English, by the names that people know the fields by.

import type { ErrorObject } from 'ajv/dist/2020.js'
import type { FieldError } from '../domain/fault.ts'
import type { Sentence } from '../domain/words.ts'
import { pointerOf, shortened, stepsOf } from './fields.ts'
import type { Field, Fields } from './fields.ts'
import type { Formats } from './formats.ts'
import type { OwnErrorParams } from './keywords.ts'

// Errors that only repeat what the errors of a branch have said.
const ECHOES = new Set(['if', 'allOf', 'anyOf', 'oneOf', '$ref', 'dependentSchemas', 'propertyNames'])

// Where one field breaks several rules, the one that must be mended first is told.
const FIRST = [
  'false schema',
  'type',
  'required',
  'dependentRequired',
  'x-guardian-under',
  'enum',
  'const',
  'minLength',
  'pattern',
  'format',
]

/** At most `limit` mistakes in the order in which they were found, one a field; `more` = there are others. */
export function describeErrors(
  errors: readonly ErrorObject[],
  context: { readonly fields: Fields; readonly formats: Formats; readonly body: unknown; readonly limit: number },
): { readonly errors: FieldError[]; readonly more: boolean } {
  const first = new Map<string, ErrorObject>()
  const refused = new Set<string>()
  for (const error of errors) {
    if (ECHOES.has(error.keyword)) continue
    const pointer = placeOf(error)
    const other = first.get(pointer)
    if (other === undefined || rank(error) < rank(other)) first.set(pointer, error)
    if (error.keyword === 'false schema') refused.add(pointer)
  }
  const described: FieldError[] = []
  let more = false
  for (const [pointer, error] of first) {
    // What stands inside a part that should not be there at all is no further mistake.
    if (refused.size > 0 && isBelow(pointer, refused)) continue
    if (described.length === context.limit) {
      more = true
      break
    }
    const field = context.fields.find(stepsOf(pointer), context.body)
    const rule = error.keyword === 'false schema' ? 'not-allowed' : error.keyword
    described.push({ pointer: cut(pointer), rule, message: sentenceOf(error, field, context) })
  }
  return { errors: described, more }
}

function rank(error: ErrorObject): number {
  const index = FIRST.indexOf(error.keyword)
  return index === -1 ? FIRST.length : index
}

function isBelow(pointer: string, above: ReadonlySet<string>): boolean {
  for (let end = pointer.lastIndexOf('/'); end > 0; end = pointer.lastIndexOf('/', end - 1)) {
    if (above.has(pointer.slice(0, end))) return true
  }
  return false
}

/** The pointer to what must be mended: of a missing field the field, not the part that lacks it. */
function placeOf(error: ErrorObject): string {
  const params: Record<string, unknown> = error.params
  const step = params['missingProperty'] ?? params['additionalProperty'] ?? params['unevaluatedProperty']
  const own = error.keyword.startsWith('x-') ? params['field'] : undefined
  const name = own ?? step
  return typeof name === 'string' ? error.instancePath + pointerOf([name]) : error.instancePath
}

function cut(pointer: string): string {
  return pointer.length <= 300 ? pointer : `${pointer.slice(0, 300)}…`
}

/** `“name”` and what is wrong, as one sentence in both languages. */
export function about(field: Sentence, fault: Sentence): Sentence {
  return { zh: `“${field.zh}”${fault.zh}`, en: `“${field.en}” ${fault.en}` }
}

/** The same for the checks of formats, whose English does not follow on from a name. */
export function aboutFormat(field: Sentence, fault: Sentence): Sentence {
  return { zh: `“${field.zh}”${fault.zh}`, en: `“${field.en}”: ${fault.en}` }
}

const TYPES: Readonly<Record<string, Sentence>> = {
  string: { zh: '文本', en: 'a text' },
  integer: { zh: '整数', en: 'a whole number' },
  number: { zh: '数字', en: 'a number' },
  boolean: { zh: '是（true）或否（false）', en: 'true or false' },
  array: { zh: '列表', en: 'a list' },
  object: { zh: '一组字段', en: 'a group of fields' },
}

function sentenceOf(
  error: ErrorObject,
  field: Field,
  { fields, formats, body }: { readonly fields: Fields; readonly formats: Formats; readonly body: unknown },
): Sentence {
  const params: Record<string, unknown> = error.params
  const schema: Record<string, unknown> = error.parentSchema ?? {}
  const limit = String(params['limit'])
  const say = (zh: string, en: string) => about(field.name, { zh, en })
  switch (error.keyword) {
    case 'required':
      return say('必须填写', 'is required')
    case 'dependentRequired': {
      const because = fields.find([...stepsOf(error.instancePath), String(params['property'])], body).name
      return say(`必须填写，因为填写了“${because.zh}”`, `is required where “${because.en}” is given`)
    }
    case 'additionalProperties':
    case 'unevaluatedProperties': {
      const name = shortened(String(params['additionalProperty'] ?? params['unevaluatedProperty']))
      return { zh: `没有名为“${name}”的字段`, en: `there is no field named “${name}”` }
    }
    case 'false schema':
      return say('在所选情形下不应填写', 'should be left out, given the other answers')
    case 'type': {
      const type = TYPES[String(params['type'])] ?? { zh: String(params['type']), en: String(params['type']) }
      return say(`应为${type.zh}`, `should be ${type.en}`)
    }
    case 'enum':
      return about(field.name, oneOf(params['allowedValues'] as readonly unknown[], field))
    case 'const':
      return params['allowedValue'] === true
        ? say('必须确认（true）', 'must be confirmed (true)')
        : about(field.name, oneOf([params['allowedValue']], field))
    case 'minLength':
      return limit === '1'
        ? say('不能为空', 'should not be empty')
        : say(`至少 ${limit} 个字符`, `should have at least ${limit} characters`)
    case 'maxLength':
      return say(`最多 ${limit} 个字符`, `should have at most ${limit} characters`)
    case 'minimum':
      return say(`不能小于 ${limit}`, `should not be less than ${limit}`)
    case 'exclusiveMinimum':
      return say(`应大于 ${limit}`, `should be more than ${limit}`)
    case 'maximum':
      return say(`不能大于 ${limit}`, `should not be more than ${limit}`)
    case 'exclusiveMaximum':
      return say(`应小于 ${limit}`, `should be less than ${limit}`)
    case 'minItems':
      return say(`至少 ${limit} 项`, `should have at least ${limit} ${limit === '1' ? 'entry' : 'entries'}`)
    case 'maxItems':
      return say(`最多 ${limit} 项`, `should have at most ${limit} ${limit === '1' ? 'entry' : 'entries'}`)
    case 'uniqueItems':
      return say('有重复的项', 'has the same entry twice')
    case 'pattern':
      return aboutFormat(field.name, { zh: String(schema['x-hint']), en: String(schema['x-hint-en']) })
    case 'format': {
      const fault = formats.checks.get(String(params['format']))?.(String(error.data))
      return aboutFormat(field.name, fault ?? { zh: '格式不正确', en: 'is not written as prescribed' })
    }
    case 'x-not-before': {
      const earlier = fields.find(
        [...stepsOf(error.instancePath), (params as unknown as OwnErrorParams).other],
        body,
      ).name
      return say(`不能早于“${earlier.zh}”`, `should not be before “${earlier.en}”`)
    }
    case 'x-guardian-under': {
      const { ageYears } = params as unknown as OwnErrorParams
      return say(`必须填写，因为申请人未满 ${ageYears} 周岁`, `is required, the applicant being under ${ageYears}`)
    }
    default:
      return say('不符合要求', 'does not meet the requirements')
  }
}

const LISTED_MAX = 12

function oneOf(values: readonly unknown[], field: Field): Sentence {
  const labelled = values.slice(0, LISTED_MAX).map((value) => {
    const label = field.labels?.get(value)
    return label === undefined
      ? { zh: String(value), en: String(value) }
      : { zh: `${String(value)}（${label.zh}）`, en: `${String(value)} (${label.en})` }
  })
  const rest = values.length > LISTED_MAX
  const zh = labelled.map((entry) => entry.zh).join('、') + (rest ? ` 等 ${values.length} 种之一` : '')
  const en = labelled.map((entry) => entry.en).join(', ') + (rest ? ` … (${values.length} in all)` : '')
  return labelled.length === 1
    ? { zh: `应为 ${zh}`, en: `should be ${en}` }
    : { zh: `应为以下之一：${zh}`, en: `should be one of ${en}` }
}
