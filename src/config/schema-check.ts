// Checks configuration files against schemas/config/*.schema.json and says what is wrong in both languages.

import { Ajv2020 } from 'ajv/dist/2020.js'
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { Sentence } from '../domain/words.ts'
import type { ConfigProblem } from './problems.ts'
import { stepsOf } from './source.ts'
import type { Source } from './source.ts'

export interface SchemaChecker {
  /** Every way in which `source` misses the schema schemas/config/<name>.schema.json; empty if it fits. */
  check(source: Source, name: string): ConfigProblem[]
}

/**
 * Takes the parsed files of schemas/config. A schema that ajv refuses is itself a problem, named once in `problems`;
 * files are then checked against the others only.
 */
export function openSchemaChecker(schemas: readonly Source[]): {
  readonly checker: SchemaChecker
  readonly problems: readonly ConfigProblem[]
} {
  // Nothing is coerced, defaulted or removed: what was checked is what is used.
  const ajv = new Ajv2020({
    allErrors: true,
    coerceTypes: false,
    useDefaults: false,
    removeAdditional: false,
    strict: true,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    verbose: true,
  })
  addFormats.default(ajv)
  const problems: ConfigProblem[] = []
  const validators = new Map<string, ValidateFunction>()
  for (const source of schemas) attempt(source, () => ajv.addSchema(source.value as object, nameOf(source)))
  for (const source of schemas) {
    attempt(source, () => {
      const validate = ajv.getSchema(nameOf(source))
      if (validate !== undefined) validators.set(nameOf(source), validate)
    })
  }

  function attempt(source: Source, work: () => void): void {
    try {
      if (source.value !== undefined) work()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      problems.push(source.problemAt([], { zh: `模式无法编译：${why}`, en: `The schema does not compile: ${why}` }))
    }
  }

  return {
    problems,
    checker: {
      check(source, name) {
        const validate = validators.get(name)
        if (source.value === undefined) return []
        if (validate === undefined) return [source.problemAt([], noSchema(name))]
        if (validate(source.value)) return []
        return (validate.errors ?? []).filter(saysSomething).map((error) => problemOf(source, error))
      },
    },
  }
}

function noSchema(name: string): Sentence {
  const file = `schemas/config/${name}.schema.json`
  return { zh: `没有可用的模式 ${file}`, en: `there is no usable schema ${file}` }
}

function nameOf(source: Source): string {
  return /([^/]+)\.schema\.json$/.exec(source.file)?.[1] ?? source.file
}

// The keywords that only repeat what the errors of their branches say already.
function saysSomething(error: ErrorObject): boolean {
  return error.keyword !== 'if' && error.keyword !== 'propertyNames'
}

function problemOf(source: Source, error: ErrorObject): ConfigProblem {
  const path = stepsOf(error.instancePath)
  const name = path.join('.')
  const extra: unknown = error.params['additionalProperty'] ?? error.params['unevaluatedProperty'] ?? error.propertyName
  if (typeof extra === 'string') {
    const where = name === '' ? extra : `${name}.${extra}`
    const message =
      error.propertyName === undefined
        ? { zh: `${where}：不认识的键`, en: `${where}: unknown key` }
        : prefixed(where, keySentence())
    return source.problemAt([...path, extra], message, true)
  }
  const missing: unknown = error.params['missingProperty']
  if (typeof missing === 'string') {
    const where = name === '' ? missing : `${name}.${missing}`
    return source.problemAt(path, { zh: `${where}：缺少这个键`, en: `${where}: missing` }, true)
  }
  return source.problemAt(path, prefixed(name, sentenceOf(error)))
}

function prefixed(name: string, sentence: Sentence): Sentence {
  return name === '' ? sentence : { zh: `${name}：${sentence.zh}`, en: `${name}: ${sentence.en}` }
}

function keySentence(): Sentence {
  return { zh: '键名不符合规定的写法', en: 'the key is not written as prescribed' }
}

function sentenceOf(error: ErrorObject): Sentence {
  const params: Record<string, unknown> = error.params
  const limit = String(params['limit'])
  switch (error.keyword) {
    case 'type':
      return { zh: `类型应为 ${String(params['type'])}`, en: `must be of type ${String(params['type'])}` }
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).join(', ')
      return { zh: `只能是：${allowed}`, en: `must be one of: ${allowed}` }
    }
    case 'const':
      return { zh: `只能是 ${String(params['allowedValue'])}`, en: `must be ${String(params['allowedValue'])}` }
    case 'minimum':
    case 'exclusiveMinimum':
      return { zh: `不能小于 ${limit}`, en: `must not be less than ${limit}` }
    case 'maximum':
    case 'exclusiveMaximum':
      return { zh: `不能大于 ${limit}`, en: `must not be greater than ${limit}` }
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return { zh: `至少要有 ${limit} 个`, en: `must have at least ${limit}` }
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return { zh: `最多 ${limit} 个`, en: `must have at most ${limit}` }
    case 'uniqueItems':
      return { zh: '各项不能重复', en: 'the entries must differ' }
    case 'pattern':
      return {
        zh: `写法不符合规定（${String(params['pattern'])}）`,
        en: `is not written as prescribed (${String(params['pattern'])})`,
      }
    case 'format':
      return { zh: `不是有效的 ${String(params['format'])}`, en: `is not a valid ${String(params['format'])}` }
    default:
      return { zh: `不符合规则 ${error.keyword}`, en: error.message ?? `breaks the rule ${error.keyword}` }
  }
}
