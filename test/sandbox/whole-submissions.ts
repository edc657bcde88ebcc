// A sample as a whole message in each of the three protocols, as docs/wire/ describes them member by member.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Sample } from './catalogue-samples.ts'

export interface Address {
  readonly reference: string
  readonly item: string
  readonly leg: string
}

type Members = Readonly<Record<string, unknown>>

const MODES = ['full-online', 'collect-and-forward', 'joint']
const HELD = ['uploaded', 'seenAtWindow', 'commitment', 'sharedData']

/** Place in the list, counted from 1, as text; undefined where there is nothing to count. */
const nth = (list: readonly string[], value: string | undefined): string | undefined =>
  value === undefined ? undefined : String(list.indexOf(value) + 1)

/** Without the members that are undefined. */
const present = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))

const person = (of: unknown): Readonly<Record<string, string | undefined>> =>
  (of ?? {}) as Readonly<Record<string, string>>

const spaced = (moment: string): string =>
  new Date(Date.parse(moment) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

const digits = (text: string): string => text.replaceAll(/[^0-9]/g, '')

export const shenfuMessage = (address: Address, sample: Sample) => ({
  ...address,
  takenAt: '2026-11-22T01:00:00.000Z',
  ...sample,
})

export function shenyangMessage({ reference, item, leg }: Address, sample: Sample): object {
  const { applicant, agent, identityCheck } = sample
  const of = person(applicant)
  const legal = person(applicant['legalRepresentative'])
  const contact = person(applicant['contact'])
  const acting = person(agent)
  const authorization = person(agent?.['authorization'])
  return present({
    project_no: reference,
    task_code: item,
    task_handle_item: leg,
    apply_date: '2026-11-22 09:00:00',
    handle_mode: nth(MODES, sample.handlingMode),
    applyer_type: of['type'] === 'person' ? '1' : '2',
    applyer_name: of['name'],
    applyer_page_type: of['certType'] ?? '001',
    applyer_page_code: of['certNo'] ?? of['uscc'],
    legal: legal['name'],
    legal_page_type: legal['certType'],
    legal_page_code: legal['certNo'],
    contact_name: contact['name'],
    contact_mobile: of['mobile'] ?? contact['mobile'],
    address: of['address'],
    zip_code: of['postalCode'],
    agent_name: acting['name'],
    agent_page_type: acting['certType'],
    agent_page_code: acting['certNo'],
    agent_mobile: acting['mobile'],
    agent_basis: authorization['kind'],
    agent_basis_no: authorization['reference'],
    agent_basis_end: authorization['until'],
    apply_purpose: sample.purpose,
    verify_type: identityCheck?.how,
    verify_time: identityCheck === undefined ? undefined : spaced(identityCheck.at),
    form_data: sample.form,
    material_list: sample.materials?.map(({ code, held }) => ({ material_code: code, get_type: nth(HELD, held) })),
  })
}

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../docs/wire/fushun.md'), 'utf8')
const TAGS = new Map(
  Array.from(DOCUMENT.matchAll(/^\| `([A-Za-z]+)` +\| `([A-Z]+)` +\| ([SDMTBNAOL]) +\|/gm), ([, name, tag, type]) => [
    name!,
    { tag: tag!, type: type! },
  ]),
)

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const leaf = (tag: string, text: string | undefined): string =>
  text === undefined ? '' : `<${tag}>${escape(text)}</${tag}>`
const branch = (tag: string, inner: string): string => (inner === '' ? '' : `<${tag}>${inner}</${tag}>`)

/** The members of a form as elements, by the table of the document. */
export function elements(members: Members): string {
  return Object.entries(members)
    .map(([name, value]) => {
      const { tag, type } = TAGS.get(name)!
      return `<${tag}>${content(type, value)}</${tag}>`
    })
    .join('')
}

function content(type: string, value: unknown): string {
  switch (type) {
    case 'O':
      return elements(value as Members)
    case 'L':
      return (value as readonly unknown[])
        .map((entry) => `<ROW>${typeof entry === 'string' ? escape(entry) : elements(entry as Members)}</ROW>`)
        .join('')
    case 'A':
      return String(Math.round(Number(value) * 100))
    case 'B':
      return value === true ? '1' : '0'
    case 'T':
      return digits(spaced(String(value)))
    case 'D':
    case 'M':
      return digits(String(value))
    default:
      return escape(String(value))
  }
}

export function fushunRecord({ item, leg }: Omit<Address, 'reference'>, sample: Sample): string {
  const { applicant, agent, identityCheck } = sample
  const of = person(applicant)
  const contact = person(applicant['contact'])
  const authorization = person(agent?.['authorization'])
  const certified = (who: Readonly<Record<string, string | undefined>>): string =>
    leaf('XM', who['name']) + leaf('ZJLXDM', who['certType']) + leaf('GMSFHM', who['certNo'])
  const who =
    of['type'] === 'person'
      ? branch(
          'SQR',
          certified(of) + leaf('LXDH', of['mobile']) + leaf('ZZXZ', of['address']) + leaf('YZBM', of['postalCode']),
        )
      : branch(
          'SQDW',
          leaf('DWMC', of['name']) +
            leaf('TYSHXYDM', of['uscc']) +
            branch('FDDBR', certified(person(applicant['legalRepresentative']))) +
            branch('LXR', leaf('XM', contact['name']) + leaf('LXDH', contact['mobile'])) +
            leaf('DWDZ', of['address']),
        )
  const acting =
    certified(person(agent)) +
    leaf('LXDH', person(agent)['mobile']) +
    leaf('SQLX', authorization['kind']) +
    leaf('SQWH', authorization['reference']) +
    leaf('SQJZRQ', authorization['until'] === undefined ? undefined : digits(authorization['until']))
  const check =
    identityCheck === undefined ? '' : leaf('HYFS', identityCheck.how) + leaf('HYSJ', digits(spaced(identityCheck.at)))
  const materials = (sample.materials ?? []).map(({ code, held }) =>
    branch('ROW', leaf('CLBM', code) + leaf('TJFS', nth(HELD, held))),
  )
  return (
    `<RECORD><SXBM>${item}</SXBM><HJBM>${leg}</HJBM><SLSJ>20261122090000</SLSJ>` +
    leaf('BLFS', nth(MODES, sample.handlingMode)) +
    who +
    branch('DLR', acting) +
    leaf('YTSM', sample.purpose) +
    branch('SFHY', check) +
    `<BD>${elements(sample.form)}</BD>` +
    branch('CLLB', materials.join('')) +
    '</RECORD>'
  )
}
