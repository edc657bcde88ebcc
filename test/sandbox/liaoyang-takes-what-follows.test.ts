// Liaoyang takes corrections, withdrawals and files in the words of docs/wire/liaoyang.md, each once, and tells of them.

import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import type { Step } from '../../src/sandbox/life.ts'
import { application, type Answer, call, keysIn, seal, send, type Service } from './liaoyang-calls.ts'
import { newCaseNo, retirement } from './submissions.ts'

const dataDir = t.testdir()
const folder = join(dataDir, 'sandbox')
mkdirSync(folder)
const place = PLACES.find((one) => one.city === 'liaoyang')!
let city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const ask = (service: Service, body: object): Promise<Answer> => call(keysIn(folder), city.address, service, body)
const told = ({ code, data }: Answer) => (data === undefined ? [code] : [code, data])

const advance = (reference: string, status: Step['status']) =>
  city.advance(reference, { status, remark: null, points: [], results: [] })

async function filed() {
  const body = application(newCaseNo())
  const { code, data } = await ask('apply', body)
  t.equal(code, 0)
  return { body, reference: String(body['bizNo']), acceptNo: String(data?.['acceptNo']) }
}

t.test('a correction is taken while the case stands at B1, once for each number', async (t) => {
  const { body, reference, acceptNo } = await filed()
  const notAskedFor = [42201, { reasons: [{ code: 'R07', text: '办件不在待补正状态' }] }]
  t.strictSame(told(await ask('supplement', { ...body, suppNo: 1 })), notAskedFor)
  await advance(reference, 'accepted')
  await advance(reference, 'correction')
  t.strictSame(told(await ask('supplement', { ...body, suppNo: 2 })), [40902, { expected: 1 }])
  const first = { ...body, acceptNo, suppNo: 1, purpose: '补正' }
  const taken = [0, { bizNo: reference, acceptNo, suppNo: 1, status: 'B2' }]
  t.strictSame(told(await ask('supplement', first)), taken)
  t.strictSame(told(await ask('supplement', first)), taken, 'the same again is answered alike')
  t.strictSame(told(await ask('supplement', { ...first, purpose: '另一份' })), [40903])
  t.strictSame(told(await ask('supplement', { ...body, suppNo: 2 })), notAskedFor)
  t.strictSame(told(await ask('enquire', { bizNo: reference })), [0, { bizNo: reference, acceptNo, status: 'A1' }])

  await city[Symbol.asyncDispose]()
  city = await openCity({ place, folder })
  t.strictSame(told(await ask('supplement', first)), taken, 'after a restart too')
  t.match(receivedSupplements(dataDir, 'liaoyang', reference), [{ correctionNo: 1, body: { purpose: '补正' } }])
})

t.test('what does not mend is refused under its number, and the next is awaited', async (t) => {
  const { body, reference, acceptNo } = await filed()
  await advance(reference, 'correction')
  const elsewhere = { ...body, suppNo: 1, form: { ...(body['form'] as object), fundCenterCode: '2101' } }
  const refused = await ask('supplement', elsewhere)
  t.match(refused, { code: 42201, data: { reasons: [{ code: 'R02' }] } })
  t.strictSame(told(await ask('supplement', elsewhere)), told(refused))
  t.strictSame(told(await ask('supplement', { ...body, suppNo: 2 })), [
    0,
    { bizNo: reference, acceptNo, suppNo: 2, status: 'A2' },
  ])
})

t.test('of what is wrong with a correction, a withdrawal or a file the city names the member', async (t) => {
  const { body, reference } = await filed()
  await advance(reference, 'correction')
  const withdrawal = { bizNo: reference, time: 1795345800000 }
  const rows: readonly (readonly [Service, object, string])[] = [
    ['supplement', body, '/suppNo'],
    ['supplement', { ...body, suppNo: 0 }, '/suppNo'],
    ['supplement', { ...body, suppNo: '1' }, '/suppNo'],
    ['supplement', { ...body, suppNo: 1, acceptNo: '' }, '/acceptNo'],
    ['supplement', { ...body, suppNo: 1, stepCode: 'origin' }, '/bizNo'],
    ['supplement', { ...body, suppNo: 1, unknown: 1 }, '/unknown'],
    ['withdraw', { bizNo: reference }, '/time'],
    ['withdraw', { ...withdrawal, reason: '' }, '/reason'],
    ['withdraw', { ...withdrawal, reason: '字'.repeat(201) }, '/reason'],
    ['material', file(reference, PDF, { fileName: '../x' }), '/fileName'],
    ['material', file(reference, PDF, { fileType: 'text/html' }), '/fileType'],
    ['material', file(reference, PDF, { sha256: 'f'.repeat(64) }), '/sha256'],
    ['material', file(reference, PDF, { content: 'JVBERi0' }), '/content'],
    ['material', file(reference, PDF, { stepCode: 'origin' }), '/bizNo'],
  ]
  for (const [service, wrong, field] of rows) {
    t.strictSame(told(await ask(service, wrong)), [40002, { field }], `${service} ${field}`)
  }
  const unknown = application(newCaseNo())
  t.strictSame(told(await ask('supplement', { ...unknown, suppNo: 1 })), [40401])
  t.strictSame(told(await ask('supplement', { ...body, suppNo: 1, acceptNo: '211000-2020-000001' })), [40401])
  t.strictSame(told(await ask('withdraw', { ...withdrawal, bizNo: unknown['bizNo'] })), [40401])
  t.strictSame(receivedSupplements(dataDir, 'liaoyang', reference), [], 'nothing of all that was kept')
})

t.test('a withdrawal ends a case that is not decided, and makes news', async (t) => {
  const { body, reference, acceptNo } = await filed()
  const withdrawal = { bizNo: reference, acceptNo, time: 1795345800000, reason: '材料暂缺\n改日“再办”' }
  const withdrawn = [0, { bizNo: reference, acceptNo, status: 'E1' }]
  t.strictSame(told(await ask('withdraw', withdrawal)), withdrawn)
  t.strictSame(told(await ask('withdraw', { bizNo: reference, time: 1795345800001 })), withdrawn)
  t.match(await ask('supplement', { ...body, suppNo: 1 }), { code: 42201, data: { reasons: [{ code: 'R07' }] } })
  t.match(receivedSupplements(dataDir, 'liaoyang', reference), [{ kind: 'withdrawal', reason: '材料暂缺\n改日“再办”' }])

  const decided = await filed()
  await advance(decided.reference, 'approved')
  t.strictSame(told(await ask('withdraw', { bizNo: decided.reference, time: 1795345800000 })), [
    42201,
    { reasons: [{ code: 'R06', text: '办件已作出决定，不能撤回' }] },
  ])
})

const PDF = Buffer.from('%PDF-1.7\n…')

function file(reference: string, bytes: Buffer, changes: object = {}): object {
  return {
    bizNo: reference,
    itemCode: 'hf-retirement-withdrawal',
    stepCode: 'decide',
    code: 'id-document',
    fileNo: 'm-1',
    fileName: 'id-document.pdf',
    fileType: 'application/pdf',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    content: bytes.toString('base64'),
    ...changes,
  }
}

t.test('a file comes before what names it, is kept by its digest, and comes once', async (t) => {
  const caseNo = newCaseNo()
  const reference = `${caseNo}.decide`
  const taken = [0, { bizNo: reference, fileNo: 'm-1' }]
  t.strictSame(told(await ask('material', file(reference, PDF))), taken)
  t.strictSame(told(await ask('material', file(reference, PDF))), taken)
  t.strictSame(told(await ask('material', file(reference, Buffer.from('%PDF-another')))), [40903])
  t.match(await ask('material', file(reference, Buffer.from('<html>'), { fileNo: 'm-2' })), {
    code: 42201,
    data: { reasons: [{ code: 'R08' }] },
  })
  const materials = [{ code: 'id-document', source: 'U', fileNo: 'm-1' }]
  t.match(await ask('apply', { ...application(caseNo, { form: retirement('211000') }), materials }), { code: 0 })
  const kept = receivedMaterials(dataDir, 'liaoyang', reference)
  t.match(kept, [{ materialId: 'm-1', code: 'id-document', name: 'id-document.pdf', size: PDF.length }])
  t.same(kept[0]?.bytes, PDF)
})

t.test('a file of 20 MiB comes through whole, a larger one and a larger call are refused', async (t) => {
  // Sealing takes seconds of this very process, in which a city closes connections that rest: one that nobody has called yet has none.
  const elsewhere = t.testdir({ sandbox: {} })
  await using other = await openCity({ place, folder: join(elsewhere, 'sandbox') })
  const keys = keysIn(join(elsewhere, 'sandbox'))
  const alone = (service: Service, body: string) => send(keys, other.address, service, body, { connection: 'close' })
  const handOver = (body: object) => alone('material', JSON.stringify(seal(keys, 'material', JSON.stringify(body))))
  const reference = `${newCaseNo()}.decide`
  const whole = Buffer.concat([PDF, randomBytes(20 * 1024 * 1024 - PDF.length)])
  t.strictSame(told(await handOver(file(reference, whole))), [0, { bizNo: reference, fileNo: 'm-1' }])
  t.ok(receivedMaterials(elsewhere, 'liaoyang', reference)[0]?.bytes.equals(whole))
  const larger = Buffer.concat([whole, Buffer.alloc(1)])
  t.match(await handOver(file(reference, larger, { fileNo: 'm-2' })), {
    code: 42201,
    data: { reasons: [{ code: 'R08' }] },
  })
  t.match(await alone('material', 'x'.repeat(41_943_041)), { code: 41300, isSealed: false })
  t.match(await alone('withdraw', 'x'.repeat(1_048_577)), { code: 41300, isSealed: false })
})
