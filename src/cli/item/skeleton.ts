// Writes the files of a new item with everything that an item has, and “to be filled in” where only people know what.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UNFILLED } from '../../catalogue/schema-lint.ts'
import { SCHEMA_BASE } from '../../catalogue/schemas.ts'
import type { Item } from '../../domain/item.ts'
import { CommandError } from '../output.ts'

export interface SkeletonOptions {
  readonly itemsDir: string
  readonly schemasDir: string
  readonly known: readonly Item[]
  readonly domain: string
  readonly code: string
  readonly interaction: Item['interaction']
}

/** The files written. Nothing that stands there already is overwritten; throws CommandError. */
export function writeSkeleton(options: SkeletonOptions): readonly string[] {
  const { itemsDir, schemasDir, known, domain, code, interaction } = options
  if (!/^[a-z]+(-[a-z]+)*$/.test(domain) || !/^[a-z]{2}(-[a-z0-9]+)+$/.test(code)) {
    throw new CommandError(
      2,
      '领域用小写字母和连字符，代码如 ca-marriage-certificate。',
      'A domain is lower-case words joined by hyphens; a code looks like ca-marriage-certificate.',
    )
  }
  if (known.some((item) => item.code === code)) {
    throw new CommandError(2, `事项 ${code} 已存在。`, `There is an item ${code} already.`)
  }
  const files: [path: string, value: object][] = [
    [join(schemasDir, 'items', domain, `${code}.json`), form(domain, code)],
    [join(schemasDir, 'samples', domain, `${code}.json`), sample()],
  ]
  if (interaction === 'query') files.push([join(schemasDir, 'answers', `${code}.json`), answerSchema(code)])
  for (const [path] of files) {
    if (existsSync(path))
      throw new CommandError(1, `${path} 已存在，未作改动。`, `${path} exists; nothing was changed.`)
  }

  for (const [path, value] of files) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`)
  }
  const list = join(itemsDir, `${domain}.yaml`)
  const before = existsSync(list) ? `${readFileSync(list, 'utf8').trimEnd()}\n\n` : 'items:\n'
  const colleague = known.find((item) => item.domain === domain)
  writeFileSync(list, before + entry(domain, code, interaction, colleague?.department))
  return [list, ...files.map(([path]) => path)]
}

const { zh, en } = UNFILLED

function entry(
  domain: string,
  code: string,
  interaction: Item['interaction'],
  department: Item['department'] = UNFILLED,
): string {
  return `  - code: ${code}
    name: { zh: ${zh}, en: ${en} }
    domain: ${domain}
    department: { zh: ${department.zh}, en: ${JSON.stringify(department.en)} }
    category: 公共服务 # 行政许可, 行政确认, 行政给付, 公共服务, 其他行政权力
    handlingModes: [${interaction === 'query' ? 'full-online' : 'full-online, collect-and-forward'}] # 首选在前 the preferred one first
    interaction: ${interaction}
    applicantType: person # person, organization, both
    promisedWorkingDays: ${interaction === 'query' ? 0 : 5}
    statutoryWorkingDays: null
    legalBasis: { zh: ${zh}, en: ${en} }
    legs:
      - key: ${interaction === 'query' ? 'answer' : 'decide'}
        name: { zh: 户籍地办理, en: The place of household registration decides }
        does: decide
        routing: { basis: household-registration-place, field: /form/hukouDivision, codeKind: division }
    materials:
      - code: agent-authorization
        name: { zh: 授权委托书, en: Power of attorney }
        forms: [original, copy]
        commitment: false
        sharedData: true
        requiredWhen: { required: [agent] }
    cacheSeconds: 0
    effectiveFrom: '2026-01-01'
    source: public:${zh} ${en}
`
}

function form(domain: string, code: string): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${SCHEMA_BASE}items/${domain}/${code}.json`,
    title: zh,
    'x-title-en': en,
    type: 'object',
    'x-order': ['hukouDivision', 'reason'],
    properties: {
      hukouDivision: {
        $ref: '../../parts/division-code.json',
        title: '户籍地行政区划代码',
        'x-title-en': 'Division of household registration',
      },
      reason: {
        title: '申请事由',
        'x-title-en': 'Reason of the application',
        description: zh,
        'x-description-en': en,
        type: 'string',
        format: 'text',
        minLength: 2,
        maxLength: 200,
      },
    },
    required: ['hukouDivision', 'reason'],
    additionalProperties: false,
  }
}

function answerSchema(code: string): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `${SCHEMA_BASE}answers/${code}.json`,
    title: zh,
    'x-title-en': en,
    type: 'object',
    'x-order': ['name'],
    properties: { name: { $ref: '../parts/name.json' } },
    required: ['name'],
    additionalProperties: false,
  }
}

function sample(): object {
  return {
    applicant: {
      type: 'person',
      name: '张三',
      certType: '111',
      certNo: '210102199003070011',
      mobile: '13800000000',
    },
    purpose: '示例：窗口办理',
    identityCheck: { how: 'id-card-reader', at: '2026-09-01T09:30:00+08:00' },
    form: { hukouDivision: '210102', reason: '示例：本人需要' },
    materials: [],
  }
}
