// The protocol of Liaoyang, called as docs/wire/liaoyang.md says; the cryptography is checked against the openssl command.

import { randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { digestOf } from '../../src/sandbox/submission.ts'
import { isSentOn, ITEMS, sampleFor } from './catalogue-samples.ts'
import {
  application,
  call,
  type Envelope,
  keysIn,
  message,
  READ_FROM_DOCUMENT,
  seal,
  send,
  TAKEN_TIME,
} from './liaoyang-calls.ts'
import { openOpenssl } from './liaoyang-openssl.ts'
import { alwaysRefused, newCaseNo, queryForms, zhangWei } from './submissions.ts'

const folder = t.testdir()
const place = { ...PLACES.find((place) => place.city === 'liaoyang')!, protocol: 'liaoyang' as const }
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const keys = keysIn(folder)
const openssl = await openOpenssl(folder, keys)

t.test('calls made by the openssl command are answered in envelopes that it verifies', async (t) => {
  const { materials: _, ...asked } = application('', { form: queryForms['hf-account-loan-query']('211000') })
  const apply = application(newCaseNo())
  const calls = [
    ['health', {}, { code: 0, data: { status: 'UP', time: Number } }],
    [
      'query',
      { ...asked, bizNo: 'q-1', itemCode: 'hf-account-loan-query', stepCode: 'answer' },
      { code: 0, data: { found: 'Y' } },
    ],
    ['apply', apply, { code: 0, data: { bizNo: apply['bizNo'], acceptNo: /^211000-20\d\d-\d{6}$/, status: 'A1' } }],
    ['enquire', { bizNo: apply['bizNo'] }, { code: 0, data: { bizNo: apply['bizNo'], status: 'A1' } }],
  ] as const
  for (const [service, body, expected] of calls) {
    const envelope = await openssl.seal(service, JSON.stringify(body))
    const response = await fetch(`${address}/kytb/api/${service}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json;charset=UTF-8' },
      body: JSON.stringify(envelope),
    })
    const answer = (await response.json()) as Envelope
    t.equal(response.status, 200)
    t.equal(await openssl.verify(service, answer), 'Signature Verified Successfully', service)
    t.equal(await openssl.verify('notify', answer), 'Signature Verification Failure', 'the service is signed too')
    t.equal(answer.nonce, envelope.nonce)
    t.match(await openssl.decrypt(answer.encData), expected, service)
  }
})

t.test('the worked example of the document is verified by what the tests call with', async (t) => {
  const lines = readFileSync(join(import.meta.dirname, '../../docs/wire/liaoyang.md'), 'utf8').split('\n')
  const [enquiry, answer, withdrawal, withdrawn, news] = lines
    .filter((line) => line.startsWith('{"appId"'))
    .map((line) => JSON.parse(line) as Envelope)
  const example = await openOpenssl(folder, {
    sm4Key: '0123456789abcdeffedcba9876543210',
    ourPrivateKey: '3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8',
    cityPublicKey:
      '04d5548c7825cbb56150a3506cd57464af8a1ae0519dfaf3c58221dc810caf28dd921073768fe3d59ce54e79a49445cf73fed23086537027264d168946d479533e',
  })
  t.equal(await example.verify('enquire', answer!), 'Signature Verified Successfully')
  t.equal(await example.verify('withdraw', withdrawn!), 'Signature Verified Successfully')
  t.equal(await example.verify('notify', news!), 'Signature Verified Successfully')
  for (const { encData } of [enquiry!, withdrawal!]) {
    t.equal((await example.decrypt(encData))['bizNo'], '20261122-7Q2M9X4KTB0C.decide')
  }
})

t.test('the keys are three lines that only their owner may read, and outlive a restart', async (t) => {
  const path = join(folder, 'secrets/liaoyang')
  t.match(readFileSync(path, 'utf8'), /^[0-9a-f]{32}\n[0-9a-f]{64}\n04[0-9a-f]{128}\n$/)
  for (const file of [path, join(folder, 'liaoyang-sm2.key')]) t.equal(statSync(file).mode & 0o777, 0o600)
  const elsewhere = t.testdir({ secrets: { liaoyang: 'a secret of another protocol\n' } })
  const open = () => openCity({ place, folder: elsewhere })
  await (await open())[Symbol.asyncDispose]()
  const first = keysIn(elsewhere)
  t.match(first.cityPublicKey, /^04/, 'what is no key file is made anew')
  await using again = await open()
  t.same(keysIn(elsewhere), first)
  t.match(await call(first, again.address, 'health', {}), { code: 0 })
})

t.test('where no envelope can be believed the answer is bare', async (t) => {
  const good = () => seal(keys, 'health', '{}')
  const codeOf = async (body: string, headers: Readonly<Record<string, string>> = {}, service = 'health') => {
    const { status, isSealed, code } = await send(keys, address, service, body, headers)
    return [status, isSealed, code]
  }
  const bare = (code: number) => [200, false, code]
  const changed = (changes: object) => JSON.stringify({ ...good(), ...changes })
  t.same(await codeOf('[]'), bare(40000))
  t.same(await codeOf(changed({}), {}, 'nowhere'), bare(40400))
  t.same(await codeOf(changed({}), { 'content-type': 'text/plain' }), bare(40000))
  t.same(await codeOf(changed({}), { 'content-encoding': 'identity' }), bare(40000))
  t.same(await codeOf(changed({ extra: '1' })), bare(40000))
  t.same(await codeOf(changed({ signData: undefined })), bare(40000))
  t.same(await codeOf(changed({ nonce: good().nonce.toUpperCase() + 'A' })), bare(40000))
  t.same(await codeOf(changed({ timestamp: String(Date.now()) })), bare(40000))
  t.same(await codeOf(changed({}).replace(/"timestamp":\d+/, '$&.0')), bare(40000))
  t.same(await codeOf(changed({}).replace('{', '{"version":"1.0",')), bare(40000))
  t.same(await codeOf(changed({ encData: 'AA==\n' })), bare(40000))
  t.same(await codeOf(changed({ version: '2.0' })), bare(40000))
  t.same(await codeOf(changed({ encType: 'AES' })), bare(40000))
  t.same(await codeOf(changed({ appId: 'somebody', version: '2.0' })), bare(40100))
  t.same(await codeOf(changed({ encData: 'A'.repeat(1_100_000) })), bare(41300))
})

t.test('signature, time, nonce and decryption are checked in this order', async (t) => {
  const codeOf = async (envelope: Envelope) => {
    const { isSealed, code } = await send(keys, address, 'health', JSON.stringify(envelope))
    return isSealed ? code : `bare ${code}`
  }
  const old = { timestamp: Date.now() - 301_000 }
  const garbled = { encData: randomBytes(40).toString('base64') }
  t.equal(await codeOf({ ...seal(keys, 'health', '{}', old), signData: Buffer.alloc(64).toString('base64') }), 40101)
  t.equal(await codeOf({ ...seal(keys, 'health', '{}'), signData: Buffer.alloc(64, 255).toString('base64') }), 40101)
  t.equal(await codeOf(seal(keys, 'query', '{}')), 40101, 'signed for another service')
  const stranger = { ...keys, ourPrivateKey: 'ab'.repeat(32) }
  t.equal(await codeOf(seal(stranger, 'health', '{}')), 40101)
  t.equal(await codeOf(seal(keys, 'health', '{}', { ...old, ...garbled })), 40102)
  t.equal(await codeOf(seal(keys, 'health', '{}', { timestamp: Date.now() + 301_000 })), 40102)
  t.equal(await codeOf(seal(keys, 'health', '{}', { timestamp: Date.now() - 290_000 })), 0)

  const unread = seal(keys, 'health', '{}', garbled)
  t.equal(await codeOf(unread), 40104)
  t.equal(await codeOf(unread), 40103, 'a nonce is used whatever became of its message')
  const late = seal(keys, 'health', '{}', old)
  t.equal(await codeOf(late), 40102)
  t.equal(await codeOf(seal(keys, 'health', '{}', { nonce: late.nonce })), 0, 'one that came too late is not used')
  for (const encData of ['', Buffer.alloc(16).toString('base64')]) {
    const expected = encData === '' ? 'bare 40000' : 40104
    t.equal(await codeOf(seal(keys, 'health', '{}', { encData })), expected)
  }
  t.equal(await codeOf(seal({ ...keys, sm4Key: '0'.repeat(32) }, 'health', '{}')), 40104)
})

t.test('plaintext is read strictly', async (t) => {
  const body = JSON.stringify(application(newCaseNo()))
  const answerTo = (plain: string | Buffer) => send(keys, address, 'apply', JSON.stringify(seal(keys, 'apply', plain)))
  for (const plain of ['[]', '1', 'null', body.slice(0, -1), Buffer.from([0x7b, 0xff, 0x7d]), `\ufeff${body}`]) {
    t.match(await answerTo(plain), { isSealed: true, code: 40001, data: undefined })
  }
  t.match(await answerTo(body.replace('{', '{"bizNo":"x",')), { code: 40001 }, 'a member twice')
  t.match(await answerTo(body.replace('"form":{', '"form":{"scop\\u0065":"all",')), { code: 40001 })
  t.match(await answerTo(body.replace('"takenTime":', '"takenTime":1e0,"x":')), { code: 40002, data: { field: '/x' } })
  const whole = JSON.stringify(application(newCaseNo())).replace(`${TAKEN_TIME}`, `${TAKEN_TIME}.0`)
  t.match(await answerTo(whole), { code: 40002, data: { field: '/takenTime' } })
})

t.test('a missing, unknown or malformed member is named by its pointer', async (t) => {
  const base = application(newCaseNo())
  const form = base['form'] as object
  const applicant = base['applicant'] as object
  const agent = { name: '王芳', idType: '01', idNo: '210303198511290021', phone: '13900000000', basis: 'mandate' }
  const wrong: readonly (readonly [string, object])[] = [
    ['/bizNo', { bizNo: 'x.decide' }],
    ['/bizNo', { bizNo: `${newCaseNo()}.other` }],
    ['/takenTime', { takenTime: Date.now() + 301_000 }],
    ['/takenTime', { takenTime: '1795341600000' }],
    ['/handleMode', { handleMode: '1' }],
    ['/collectArea', { collectArea: '110000' }],
    ['/purpose', { purpose: '' }],
    ['/purpose', { purpose: null }],
    ['/linkedBizNo', { linkedBizNo: 'x'.repeat(81) }],
    ['/applicant/idType', { applicant: { ...applicant, idType: '111' } }],
    ['/applicant/kind', { applicant: { ...applicant, kind: 'X' } }],
    ['/applicant/mobile', { applicant: { ...applicant, mobile: '13800000000' } }],
    ['/agent/basisUntil', { agent: { ...agent, basisUntil: 1798646400001 } }],
    ['/identityCheck/time', { identityCheck: { how: 'document-seen' } }],
    ['/materials/0/source', { materials: [{ code: 'id-card', source: 'sharedData' }] }],
    ['/form/fundCentre', { form: { ...form, fundCentre: '2110' } }],
    ['/form/retiredOn', { form: { ...form, retiredOn: '2026-03-01' } }],
    ['/form/retiredOn', { form: { ...form, retiredOn: Date.parse('2026-03-01') } }],
    ['/form/declaration', { form: { ...form, declaration: true } }],
    ['/form/payee/amountYuan', { form: { ...form, payee: { amountYuan: 12500.5 } } }],
    ['/form/amountYuan', { form: { ...form, amountYuan: '12500.50' } }],
    ['/form/startMonth', { form: { ...form, startMonth: 202513 } }],
    ['/form/gender', { form: { ...form, gender: '1' } }],
    ['/form/statement', { form: { ...form, statement: '' } }],
    ['/form/a~1b', { form: { ...form, 'a/b': 1 } }],
    ['/form/contents/1', { form: { ...form, contents: ['loan', ''] } }],
    ['/unheardOf', { unheardOf: 1 }],
  ]
  for (const [field, changes] of wrong) {
    const { code, data } = await call(keys, address, 'apply', { ...base, ...changes })
    t.same([code, data], [40002, { field }])
  }
  t.match(await call(keys, address, 'health', { now: 1 }), { code: 40002, data: { field: '/now' } })
  t.match(await call(keys, address, 'enquire', { bizNo: 'q-1' }), { code: 40002, data: { field: '/bizNo' } })
  t.match(await call(keys, address, 'enquire', { bizNo: base['bizNo'] }), { code: 40401 }, 'none was taken')
})

t.test('an application is taken once; a refusal has reasons and is remembered', async (t) => {
  const body = application(newCaseNo())
  const first = await call(keys, address, 'apply', body)
  t.match(first, { code: 0, message: '成功', data: { status: 'A1' } })
  t.match(await call(keys, address, 'apply', body), { code: 40901, data: undefined })
  t.same((await call(keys, address, 'enquire', { bizNo: body['bizNo'] })).data, first.data)

  const refusals = [
    [{ ...application(newCaseNo(), { applicant: alwaysRefused }) }, 'R05'],
    [{ ...application(newCaseNo()), itemCode: 'xx-unknown' }, 'R01'],
    [application(newCaseNo(), { form: { fundCentre: '2101' } }), 'R02'],
    [application(newCaseNo(), { applicant: { ...zhangWei, certNo: '210102199003070012' } }), 'R03'],
    [application(newCaseNo(), { form: { fundCentre: '2110' } }), 'R04'],
  ] as const
  for (const [refused, code] of refusals) {
    const said = await call(keys, address, 'apply', refused)
    t.match(said, { code: 42201, data: { reasons: [{ code, text: /./ }] } })
    const known = await call(keys, address, 'enquire', { bizNo: (refused as { bizNo?: string }).bizNo! })
    t.same(known.data, { bizNo: (refused as { bizNo?: string }).bizNo, status: 'A9', ...said.data })
    t.equal((await call(keys, address, 'apply', refused)).code, 40901)
  }
})

/** Amounts with two decimals, as Liaoyang gives them back. */
function plain(value: unknown, name = ''): unknown {
  if (Array.isArray(value)) return value.map((entry) => plain(entry))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member, key)]))
  }
  if (name === 'at' || name.endsWith('At')) return beijing(value as string)
  return name.endsWith('Yuan') ? Number(value).toFixed(2) : value
}

const beijing = (moment: string): string =>
  new Date(Date.parse(moment) + 8 * 3_600_000).toISOString().replace('.000', '').replace('Z', '+08:00')

t.test('what is filed is what was sent, value for value, in each leg of each application', async (t) => {
  t.equal(READ_FROM_DOCUMENT.names, 14)
  t.same(READ_FROM_DOCUMENT.tables, ['idType', 'gender', 'newGender', 'maritalStatus'])
  for (const item of ITEMS.filter((item) => item.interaction === 'application' && isSentOn(item))) {
    for (const { key: leg } of item.legs) {
      const sample = sampleFor(item, 'liaoyang')
      const reference = `${newCaseNo()}.${leg}`
      const sent = { reference, item: item.code, leg }
      t.match(await call(keys, address, 'apply', message(sent, sample)), { code: 0 }, item.code)
      const body = plain(sample) as SubmissionBody
      const digest = digestOf({ ...sent, relatedCaseNo: null, takenAt: TAKEN_TIME, body })
      t.equal(city.taken().find((entry) => entry.reference === reference)?.digest, digest, `${item.code}/${leg}`)
    }
  }
})
