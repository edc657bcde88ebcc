// Goes through who may do what, role by role, for oneself and for others.

import { createHmac } from 'node:crypto'
import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import type { Keyed } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/item.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { ROLES } from '../../src/domain/words.ts'
import type { Principal } from '../../src/domain/words.ts'
import { caseScope, hallKey, mayActFor, mayCall, mayReadAudit, subjectKeysOf } from '../../src/identity/rights.ts'

const NOW = Date.parse('2026-11-22T10:00:00+08:00')
const ZHANG = '210102199003070011'
const LI = '21040219990630003X'
const name = { zh: '名', en: 'name' }

const itemOf = (interaction: Item['interaction'], ...handlingModes: Item['handlingModes']): Item => ({
  code: 'an-item',
  name,
  domain: 'an',
  department: name,
  category: 'c',
  handlingModes,
  interaction,
  applicantType: 'both',
  promisedWorkingDays: 1,
  statutoryWorkingDays: null,
  legalBasis: name,
  legs: [{ key: 'decide', name, does: 'decide', routing: { basis: 'b', field: '/form/a', codeKind: 'division' } }],
  materials: [],
  cacheSeconds: 0,
  effectiveFrom: '2026-01-01',
  source: 'compiled',
})
const query = itemOf('query', 'full-online')
const atWindow = itemOf('application', 'collect-and-forward', 'full-online')
const online = itemOf('application', 'full-online', 'collect-and-forward')

const resident = (certNo: string): Principal => ({
  role: 'resident',
  issuer: 'i',
  subject: certNo,
  person: { certType: '111', certNo },
})
const principals: Record<Principal['role'], Principal> = {
  clerk: { role: 'clerk', issuer: 'i', subject: 'w1', city: 'shenyang', hall: 'tiexi' },
  resident: resident(ZHANG),
  city: { role: 'city', issuer: 'i', subject: 'shenyang-backend', city: 'shenyang' },
  auditor: { role: 'auditor', issuer: 'i', subject: 'auditor-01' },
  operator: { role: 'operator', issuer: 'i', subject: 'operator-01' },
}
const keyed: Keyed = {
  subjectKey: ({ certType, certNo }) =>
    createHmac('sha256', 'k').update(`${certType} ${certNo.toUpperCase()}`).digest('hex'),
  scope: (parts) => parts.join(),
  link: (parts) => parts.join(),
  fingerprint: () => '',
}

const person = (certNo: string, certType = '111') =>
  ({ type: 'person', name: '张三', certType, certNo, mobile: '13800000000' }) as const
const firm = (legal: string) =>
  ({
    type: 'organization',
    name: '某公司',
    uscc: '91210102MA0XY2K725',
    legalRepresentative: { name: '张三', certType: '111', certNo: legal },
    contact: { name: '李四', mobile: '13800000000' },
  }) as const
const agent = (certNo: string, until?: string) => ({
  name: '李四',
  certType: '111',
  certNo,
  mobile: '13800000000',
  authorization: until === undefined ? { kind: 'letter' } : { kind: 'letter', until },
})
const body = (applicant: SubmissionBody['applicant'], more: Partial<SubmissionBody> = {}): SubmissionBody => ({
  applicant,
  form: {},
  ...more,
})

const said = (ask: () => unknown): unknown => {
  try {
    return ask()
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}
const acts = (principal: Principal, item: Item, what: SubmissionBody) => {
  const answer = said(() => mayActFor(principal, { item, body: what }, NOW))
  return typeof answer === 'string' ? answer : (answer as { by: string }).by
}

t.test('items are for clerks and residents, the audit log for auditors', async (t) => {
  for (const role of ROLES) {
    const calls = said(() => mayCall(principals[role], query))
    if (role === 'clerk' || role === 'resident') t.match(calls, { principal: principals[role], item: query }, role)
    else t.equal(calls, 'ROLE_NOT_ALLOWED', role)
    const reads = said(() => mayReadAudit(principals[role]))
    if (role === 'auditor') t.match(reads, { principal: principals.auditor }, role)
    else t.equal(reads, 'ROLE_NOT_ALLOWED', role)
  }
})

t.test('a resident acts for oneself, one’s firm, or by an authorization that still holds', async (t) => {
  const zhang = resident(ZHANG)
  const table: readonly [string, SubmissionBody, string][] = [
    ['oneself', body(person(ZHANG)), 'applicant'],
    ['somebody else', body(person(LI)), 'NOT_OWN_PERSON'],
    ['one’s number on another kind of document', body(person(ZHANG, '414')), 'NOT_OWN_PERSON'],
    ['somebody else, by a third person’s authorization', body(person(LI), { agent: agent('x') }), 'NOT_OWN_PERSON'],
    ['somebody else, authorized without end', body(person(LI), { agent: agent(ZHANG) }), 'agent'],
    ['authorized until today', body(person(LI), { agent: agent(ZHANG, '2026-11-22') }), 'agent'],
    ['authorized until yesterday', body(person(LI), { agent: agent(ZHANG, '2026-11-21') }), 'AGENT_NOT_AUTHORIZED'],
    [
      'authorized until a moment ago',
      body(person(LI), { agent: agent(ZHANG, '2026-11-22T09:59:59+08:00') }),
      'AGENT_NOT_AUTHORIZED',
    ],
    ['authorized until soon', body(person(LI), { agent: agent(ZHANG, '2026-11-22T10:00:01+08:00') }), 'agent'],
    ['authorized until nobody knows', body(person(LI), { agent: agent(ZHANG, 'soon') }), 'AGENT_NOT_AUTHORIZED'],
    ['one’s own firm', body(firm(ZHANG)), 'legal-representative'],
    ['somebody else’s firm', body(firm(LI)), 'NOT_OWN_PERSON'],
    ['somebody else’s firm, authorized', body(firm(LI), { agent: agent(ZHANG) }), 'agent'],
    [
      'oneself with purpose and check stated for somebody else',
      body(person(LI), { purpose: 'p', identityCheck: { how: 'h', at: 'a' } }),
      'NOT_OWN_PERSON',
    ],
  ]
  for (const [what, submission, expected] of table) {
    for (const asked of [query, atWindow])
      t.equal(acts(zhang, asked, submission), expected, `${what}, ${asked.interaction}`)
  }
  t.equal(acts(resident(LI), query, body(person(LI.toLowerCase()))), 'applicant', 'x is X')
})

t.test('a clerk says why and how identity was checked when asking about a person', async (t) => {
  const check = { how: 'id-card-reader', at: '2026-11-22T09:50:00+08:00' }
  const missing = (item: Item, what: SubmissionBody) => {
    const fault = t.throws(() => mayActFor(principals.clerk, { item, body: what }, NOW)) as Fault
    return [fault.code, ...(fault.details.errors ?? []).map(({ pointer }) => pointer)]
  }
  t.strictSame(missing(query, body(person(LI))), ['FORM_INVALID', '/purpose', '/identityCheck'])
  t.strictSame(missing(query, body(person(LI), { purpose: '  ', identityCheck: check })), ['FORM_INVALID', '/purpose'])
  t.strictSame(missing(query, body(person(LI), { purpose: '核对参保' })), ['FORM_INVALID', '/identityCheck'])
  t.equal(acts(principals.clerk, query, body(person(LI), { purpose: '核对参保', identityCheck: check })), 'clerk')
  t.equal(acts(principals.clerk, query, body(firm(LI))), 'clerk', 'a firm’s public record is nobody’s')

  t.strictSame(missing(atWindow, body(person(LI))), ['FORM_INVALID', '/identityCheck'], 'the item’s first mode counts')
  t.strictSame(missing(atWindow, body(firm(LI))), ['FORM_INVALID', '/identityCheck'])
  t.strictSame(missing(online, body(person(LI), { handlingMode: 'collect-and-forward' })), [
    'FORM_INVALID',
    '/identityCheck',
  ])
  t.equal(acts(principals.clerk, atWindow, body(person(LI), { identityCheck: check })), 'clerk')
  t.equal(acts(principals.clerk, online, body(person(LI))), 'clerk')
})

t.test('a clerk collects for the own city, and takes no authorization that has ended', async (t) => {
  const { clerk } = principals
  t.equal(acts(clerk, online, body(person(LI), { collectingCity: 'shenyang' })), 'clerk')
  t.equal(acts(clerk, online, body(person(LI), { collectingCity: 'anshan' })), 'NOT_OWN_CITY')
  t.equal(acts(clerk, online, body(person(LI), { agent: agent(ZHANG, '2026-11-23') })), 'clerk')
  t.equal(acts(clerk, online, body(person(LI), { agent: agent(ZHANG, '2026-11-21') })), 'AGENT_NOT_AUTHORIZED')
})

t.test('nobody else acts for anybody', async (t) => {
  for (const role of ['city', 'auditor', 'operator'] as const) {
    t.equal(acts(principals[role], online, body(person(ZHANG))), 'ROLE_NOT_ALLOWED', role)
  }
})

t.test('each sees the cases of the own person, hall or city, and nothing wider', async (t) => {
  t.strictSame(caseScope(resident(LI.toLowerCase()), keyed), {
    subjectKey: keyed.subjectKey({ certType: '111', certNo: LI }),
  })
  t.strictSame(caseScope(principals.clerk, keyed), { hall: 'shenyang/tiexi' })
  t.strictSame(caseScope(principals.city, keyed), { city: 'shenyang' })
  for (const role of ['auditor', 'operator'] as const) {
    t.equal(
      said(() => caseScope(principals[role], keyed)),
      'ROLE_NOT_ALLOWED',
      role,
    )
  }
})

t.test('halls of one name in two cities are two halls', async (t) => {
  const there: Principal = { role: 'clerk', issuer: 'i', subject: 'w1', city: 'anshan', hall: 'tiexi' }
  t.not(hallKey(there), hallKey(principals.clerk))
  for (const role of ['resident', 'city', 'auditor', 'operator'] as const) t.equal(hallKey(principals[role]), null)
})

t.test(
  'a case belongs to the applicant first, then the agent, then the resident who filed it, each once',
  async (t) => {
    const key = (certNo: string, certType = '111') => keyed.subjectKey({ certType, certNo })
    t.strictSame(subjectKeysOf(body(person(ZHANG)), principals.resident, keyed), [key(ZHANG)])
    t.strictSame(subjectKeysOf(body(person(LI), { agent: agent(ZHANG) }), principals.resident, keyed), [
      key(LI),
      key(ZHANG),
    ])
    t.strictSame(subjectKeysOf(body(person(LI), { agent: agent(ZHANG) }), principals.clerk, keyed), [
      key(LI),
      key(ZHANG),
    ])
    t.strictSame(subjectKeysOf(body(firm(ZHANG)), principals.resident, keyed), [
      key('91210102MA0XY2K725', 'uscc'),
      key(ZHANG),
    ])
    t.strictSame(subjectKeysOf(body(firm(ZHANG)), principals.clerk, keyed), [key('91210102MA0XY2K725', 'uscc')])
  },
)
