// Fushun takes corrections, withdrawals and files in the words of docs/wire/fushun.md, each once, and tells of them.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { call, envelope, pack, retirement, send, textOf } from './fushun-calls.ts'
import { keyOf } from './shenfu-calls.ts'
import { newCaseNo } from './submissions.ts'

const dataDir = t.testdir({ sandbox: {} })
const folder = join(dataDir, 'sandbox')
const city = await openCity({ place: PLACES.find(({ city: key }) => key === 'fushun')!, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const licence = keyOf(folder, 'fushun')
const step = (status: 'correction' | 'accepted' | 'approved') => ({ status, remark: null, points: [], results: [] })
const CERT_NO = '210102199003070011'

/** Code and record, and what the message points to. */
function told(inner: string): readonly (string | null)[] {
  const record = /<DATA><RECORD>(.*)<\/RECORD><\/DATA>/.exec(inner)?.[1] ?? null
  return [textOf(inner, 'CODE'), record ?? textOf(inner, 'MESSAGE')?.split('：')[1] ?? null]
}
const ask = async (kind: string, reference: string, data: string) =>
  told((await call(city.address, licence, pack(kind, reference, data))).inner)

async function filed(): Promise<{ readonly reference: string; readonly number: string }> {
  const reference = `${newCaseNo()}.decide`
  const [code, record] = await ask('0102', reference, retirement(CERT_NO))
  t.equal(code, '0', record ?? '')
  return { reference, number: textOf(`<a>${record}</a>`, 'BJBH') ?? '' }
}

const correction = (no: string, changes: readonly (readonly [string, string])[] = []): string =>
  [...changes, ['<SLSJ>', `<BZXH>${no}</BZXH><SLSJ>`] as const].reduce(
    (text, [from, to]) => text.replace(from, to),
    retirement(CERT_NO),
  )

t.test('a correction is taken while the case stands at 30, once for each number', async (t) => {
  const { reference, number } = await filed()
  t.strictSame(await ask('0105', reference, correction('1')), ['-920', '<BJZT>10</BJZT>'])
  await city.advance(reference, step('accepted'))
  await city.advance(reference, step('correction'))
  t.strictSame(await ask('0105', reference, correction('2')), ['-921', '<BZXH>1</BZXH>'])
  const first = correction('1', [['<SLSJ>', `<BJBH>${number}</BJBH><SLSJ>`]])
  const taken = ['0', `<YWXTBH>${reference}</YWXTBH><BZXH>1</BZXH><BJZT>40</BJZT>`]
  t.strictSame(await ask('0105', reference, first), taken)
  t.strictSame(await ask('0105', reference, first), taken, 'the same again is answered alike')
  t.strictSame(await ask('0105', reference, correction('1', [['<FW>part<', '<FW>all<']])), ['-922', null])
  t.match(receivedSupplements(dataDir, 'fushun', reference), [{ kind: 'correction', correctionNo: 1 }])
})

t.test('of what is wrong with a correction the city names the tag', async (t) => {
  const { reference } = await filed()
  await city.advance(reference, step('correction'))
  for (const [no, changes, code, path] of [
    ['0', [], '-904', 'RECORD/BZXH'],
    ['100', [], '-904', 'RECORD/BZXH'],
    ['1', [['<SLSJ>', '<GLYWBH>A</GLYWBH><SLSJ>']], '-904', 'RECORD/GLYWBH'],
    ['1', [['<SLSJ>', '<BJBH>1</BJBH><SLSJ>']], '-904', 'RECORD/BJBH'],
    ['1', [['<HJBM>decide<', '<HJBM>origin<']], '-901', null],
  ] as const) {
    t.strictSame(await ask('0105', reference, correction(no, changes)), [code, path], `${no} ${String(changes)}`)
  }
  t.strictSame(await ask('0105', `${newCaseNo()}.decide`, correction('1')), ['2', null])
  t.match(
    (await ask('0105', reference, correction('1', [['<ZXBM>2104<', '<ZXBM>2101<']]))).join(),
    '-910,<YYDM>02</YYDM>',
  )
  t.match((await ask('0105', reference, correction('2'))).join(), '<BJZT>20</BJZT>', 'the next is awaited')
})

t.test('a withdrawal ends a case that is not decided', async (t) => {
  const { reference, number } = await filed()
  const content = (extra = '') => `<RECORD><SLSJ>20261122190000</SLSJ>${extra}</RECORD>`
  const taken = ['0', `<YWXTBH>${reference}</YWXTBH><BJZT>70</BJZT>`]
  t.strictSame(await ask('0106', reference, content(`<BJBH>${number}</BJBH><CHYY>改由单位代办</CHYY>`)), taken)
  t.strictSame(await ask('0106', reference, content()), taken, 'a second one is answered alike')
  t.match(receivedSupplements(dataDir, 'fushun', reference), [{ kind: 'withdrawal', reason: '改由单位代办' }])
  const late = await filed()
  await city.advance(late.reference, step('approved'))
  t.strictSame(await ask('0106', late.reference, content()), ['-923', '<BJZT>50</BJZT>'])
  t.strictSame(await ask('0106', `${newCaseNo()}.decide`, content()), ['2', null])
  t.strictSame(await ask('0106', late.reference, content(`<CHYY>${'长'.repeat(201)}</CHYY>`)), ['-904', 'RECORD/CHYY'])
  t.strictSame(await ask('0106', late.reference, content('<X>1</X>')), ['-904', 'RECORD/X'])
  t.strictSame(await ask('0106', late.reference, '<RECORD></RECORD>'), ['-904', 'RECORD/SLSJ'])
})

const PDF = Buffer.from('%PDF-1.7\n')
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

async function handOver(reference: string, bytes = PDF, changes: Readonly<Record<string, string>> = {}, content = '') {
  const leaves = {
    CLBH: 'm-1',
    CLBM: 'retirement-document',
    WJMC: 'retirement-document.pdf',
    WJLX: '1',
    WJZY: digest(bytes),
    ...changes,
  }
  const record = Object.entries(leaves).map(([name, text]) => `<${name}>${text}</${name}>`)
  const inner = pack('0107', reference, `<RECORD>${record.join('')}</RECORD>`).replaceAll('<', '&lt;')
  const base64 = content === '' ? bytes.toString('base64') : content
  const body = envelope(licence, inner)
    .replaceAll('k:process', 'k:upload')
    .replace('</k:upload>', `<content>${base64}</content></k:upload>`)
  // No connection is kept: to make a large message takes longer than the city leaves an idle one open.
  const headers = { soapaction: '"urn:fushun:kytb#upload"', connection: 'close' }
  const reply = await send(city.address, body, headers)
  t.match(reply.text, reply.status === 200 ? '<ns:uploadResponse' : 'Fault')
  return told(reply.inner)
}

t.test('a file before its application, once, and kept whole', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const taken = ['0', `<YWXTBH>${reference}</YWXTBH><CLBH>m-1</CLBH>`]
  t.strictSame(await handOver(reference), taken)
  t.strictSame(await handOver(reference), taken, 'the same file again')
  t.strictSame(await handOver(reference, Buffer.from('%PDF-1.4\n')), ['-924', null])
  const largest = Buffer.alloc(20 * 1024 * 1024, 7)
  PDF.copy(largest)
  t.equal((await handOver(reference, largest, { CLBH: 'm-2' }))[0], '0')
  const [first, second] = receivedMaterials(dataDir, 'fushun', reference)
  t.ok(first?.bytes.equals(PDF))
  t.equal(digest(second?.bytes ?? PDF), digest(largest))
})

t.test('of what is wrong with a file the city says what', async (t) => {
  const reference = `${newCaseNo()}.decide`
  for (const [changes, path] of [
    [{ WJZY: digest(Buffer.from('another')) }, 'RECORD/WJZY'],
    [{ WJMC: '../passwd' }, 'RECORD/WJMC'],
    [{ WJLX: '4' }, 'RECORD/WJLX'],
    [{ CLBH: 'a b' }, 'RECORD/CLBH'],
    [{ BZ: 'x' }, 'RECORD/BZ'],
  ] as const) {
    t.strictSame(await handOver(reference, PDF, changes), ['-904', path], path)
  }
  for (const content of ['JVBERi0xLjcK*', 'JVBERi0x LjcK', '*']) {
    t.strictSame(await handOver(reference, PDF, {}, content), ['-904', 'content'], content)
  }
  t.match((await handOver(reference, PDF, { WJLX: '3' })).join(), '-910,<YYDM>07</YYDM>')
  t.strictSame(await ask('0107', reference, '<RECORD></RECORD>'), ['-907', 'PACKAGEHEAD/ZAGLYWFLDM'])
  t.strictSame(receivedMaterials(dataDir, 'fushun', reference), [])
})
