// Every item of the catalogue, sent as its golden sample to Anshan and to Benxi: what they understand is what was filed.

import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import * as ofAnshan from '../../src/sandbox/protocols/anshan-body.ts'
import { OF_APPLICATION, readBenxiSubmission } from '../../src/sandbox/protocols/benxi-body.ts'
import { type CitySubmission, digestOf } from '../../src/sandbox/submission.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import * as toAnshan from './anshan-calls.ts'
import { answerFault } from './answer-schemas.ts'
import * as toBenxi from './benxi-calls.ts'
import { type CatalogueItem, isSentOn, ITEMS, type Sample, sampleFor } from './catalogue-samples.ts'
import { keyOf } from './shenfu-calls.ts'
import { alwaysRefused, firm, newCaseNo, unknownPerson } from './submissions.ts'
import type { Address } from './whole-submissions.ts'

type Members = Readonly<Record<string, unknown>>

const folder = t.testdir()
const open = async (key: 'anshan' | 'benxi') => {
  const place = { ...PLACES.find(({ city }) => city === key)!, protocol: key }
  const city = await openCity({ place, folder })
  t.teardown(() => city[Symbol.asyncDispose]())
  return { city, target: { address: city.address, appKey: keyOf(folder, key) } }
}
const anshan = await open('anshan')
const benxi = await open('benxi')

/** What a city said: the code, the codes of its reasons, the result in our words. */
interface Said {
  readonly code: number
  readonly reasons: readonly unknown[]
  readonly result: Members | null
}
const said = (code: number, data: Members | null | undefined, [list, reason, result]: readonly string[]): Said => ({
  code,
  reasons: ((data?.[list!] ?? []) as readonly Members[]).map((of) => of[reason!]),
  result: (data?.[result!] ?? null) as Members | null,
})

const cities = [
  {
    key: 'anshan',
    city: anshan.city,
    codes: { done: 0, refused: 2001, item: '6101', competence: '6102' },
    apply: async (address: Address, sample: Sample) => {
      const { retcode, data } = await toAnshan.post(anshan.target, 'applications', toAnshan.pairsOf(address, sample))
      return said(retcode, data, ['reasons', 'reason_code', 'result'])
    },
    query: async (address: Address, sample: Sample) => {
      const { retcode, data } = await toAnshan.post(anshan.target, 'queries', toAnshan.pairsOf(address, sample))
      return said(retcode, data, ['reasons', 'reason_code', 'result'])
    },
    ours: toAnshan.ours,
    read: (address: Address, sample: Sample) =>
      ofAnshan.readAnshanSubmission(
        Object.entries(toAnshan.pairsOf(address, sample)),
        Date.now(),
        ofAnshan.OF_APPLICATION,
      ),
    /** No materials and an empty list of them are the same. */
    filed: ({ materials, ...sample }: Sample): unknown =>
      materials === undefined || materials.length === 0 ? sample : { ...sample, materials },
  },
  {
    key: 'benxi',
    city: benxi.city,
    codes: { done: 1, refused: 0, item: 'TJ01', competence: 'TJ02' },
    apply: async (address: Address, sample: Sample) => {
      const { code, data } = await toBenxi.call(benxi.target, 'apply', toBenxi.paramsOf(address, sample))
      return said(code, data, ['REASONS', 'REASON_CODE', 'RESULT'])
    },
    query: async (address: Address, sample: Sample) => {
      const { code, data } = await toBenxi.call(benxi.target, 'query', toBenxi.paramsOf(address, sample))
      return said(code, data, ['REASONS', 'REASON_CODE', 'RESULT'])
    },
    ours: toBenxi.ours,
    read: (address: Address, sample: Sample) => {
      const read = readBenxiSubmission(toBenxi.paramsOf(address, sample), Date.now(), OF_APPLICATION)
      return read.kind === 'read' ? { kind: read.kind, submission: read.submission } : read
    },
    filed: withCents,
  },
] as const

/** Benxi has amounts with two decimals only. */
function withCents(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => withCents(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withCents(member, key)]))
  }
  return name.endsWith('Yuan') ? Number(value).toFixed(2) : value
}

/** What the city should have understood; times come as moments in UTC. */
const meant = (address: Address, filed: unknown): CitySubmission => {
  const body = filed as SubmissionBody
  const check = body.identityCheck
  return {
    ...address,
    relatedCaseNo: null,
    takenAt: Date.parse('2026-11-22T09:00:00+08:00'),
    body:
      check === undefined
        ? body
        : { ...body, identityCheck: { ...check, at: new Date(Date.parse(check.at)).toISOString() } },
  }
}

const applications = ITEMS.filter((item) => item.interaction === 'application' && isSentOn(item))
const queries = ITEMS.filter(({ interaction }) => interaction === 'query')
const itemOf = (code: string): CatalogueItem => ITEMS.find((item) => item.code === code)!
const addressOf = (item: CatalogueItem, leg: string): Address => ({
  reference: `${newCaseNo()}.${leg}`,
  item: item.code,
  leg,
})

t.test('the client has read the exceptions and code tables of the documents', async (t) => {
  t.same(toAnshan.READ_FROM_DOCUMENT, { names: 24, tables: ['sex', 'newSex', 'maritalState'] })
  t.same(toBenxi.READ_FROM_DOCUMENT, { names: 25, tables: ['certType', 'maritalState', 'insuredState'] })
})

t.test('each leg of each application is taken, and kept as what was filed', async (t) => {
  t.ok(applications.length > 90)
  for (const { key, city, codes, apply, filed } of cities) {
    const sent = applications.flatMap((item) =>
      item.legs.map((leg) => ({ address: addressOf(item, leg.key), sample: sampleFor(item, key) })),
    )
    const answers = await Promise.all(sent.map(({ address, sample }) => apply(address, sample)))
    const others = sent.filter((_, place) => answers[place]!.code !== codes.done)
    t.strictSame(others, [], key)
    const digests = new Map(city.taken().map(({ reference, digest }) => [reference, digest]))
    for (const { address, sample } of sent) {
      const digest = digestOf(meant(address, filed(sample)))
      if (digests.get(address.reference) !== digest) t.fail(`${key} ${address.item} is not what was filed`)
    }
    t.equal(digests.size, sent.length)
  }
})

t.test('each query is read as it was filed and answered by the form of its answer', async (t) => {
  t.equal(queries.length, 13)
  for (const { key, query, read, filed, ours } of cities) {
    for (const item of queries) {
      const address = { ...addressOf(item, 'answer'), reference: 'q-1' }
      const sample = sampleFor(item, key)
      t.strictSame(read(address, sample), { kind: 'read', submission: meant(address, filed(sample)) }, item.code)
      const { result } = await query(address, sample)
      t.equal(result === null ? 'nothing found' : answerFault(item.code, ours(result)), null, `${key} ${item.code}`)
    }
  }
})

t.test('the whole of an applicant, an agent and a material comes through', async (t) => {
  const item = itemOf('hf-retirement-withdrawal')
  const agent = {
    name: '王芳',
    certType: '516',
    certNo: 'H12345678',
    mobile: '13900000000',
    authorization: { kind: 'notarized', reference: '（2026）辽沈证字第1号', until: '2026-12-31' },
  }
  for (const { key, read, filed } of cities) {
    const sample = sampleFor(item, key)
    for (const who of [{ ...sample.applicant, postalCode: '110001' }, firm]) {
      const whole: Sample = { ...sample, applicant: { ...who, address: '示例路1号' }, agent, purpose: '办理提取\n本人' }
      const address = addressOf(item, 'decide')
      t.strictSame(read(address, whole), { kind: 'read', submission: meant(address, filed(whole)) }, key)
    }
  }
})

t.test('strangers, the always refused, other cities’ matters and undelegated items have their answers', async (t) => {
  const account = itemOf('hf-account-loan-query')
  const tax = itemOf('tx-payment-certificate')
  const here = ITEMS.filter((item) => !isSentOn(item))
  t.equal(here.length, 11)
  for (const { key, codes, apply, query } of cities) {
    const sample = sampleFor(account, key)
    const ask = (applicant: Sample['applicant']) => query(addressOf(account, 'answer'), { ...sample, applicant })
    t.match(await ask(unknownPerson), { code: codes.done, result: null }, key)
    t.match(await ask(alwaysRefused), { code: codes.refused, reasons: [/5$/, /5$/] }, key)
    for (const item of here) {
      const { key: leg } = item.legs[0]!
      t.match(await apply(addressOf(item, leg), sampleFor(item, key)), { code: codes.refused, reasons: [codes.item] })
    }
    const there = sampleFor(tax, key)
    const elsewhere = { ...there, form: { ...there.form, taxAuthority: '12101000000' } }
    t.match(await apply(addressOf(tax, 'decide'), elsewhere), { code: codes.refused, reasons: [codes.competence] }, key)
  }
})

t.test('a city takes fields that it asks for besides', async (t) => {
  const item = itemOf('hf-retirement-withdrawal')
  for (const { key, codes, apply } of cities) {
    const sample = sampleFor(item, key)
    const more = { ...sample, form: { ...sample.form, onlyHere: '本市要求的内容' } }
    t.equal((await apply(addressOf(item, 'decide'), more)).code, codes.done, key)
  }
})
