// Fuxin takes corrections, withdrawals and files in the words of docs/wire/fuxin.md, each once, and tells of them.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { receivedMaterials, receivedSupplements } from '../../src/sandbox/received.ts'
import { type Answer, application, call, compact, keyOf, leaf, message, openFuxin, send, sign } from './fuxin-calls.ts'
import { newCaseNo } from './submissions.ts'

const dataDir = t.testdir({ sandbox: {} })
const folder = join(dataDir, 'sandbox')
let city = await openFuxin(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const key = keyOf(folder)
const ask = (code: string, content: string): Promise<Answer> => call(city.address, key, code, content)
const told = ({ code, data }: Answer) => [code, data] as const

const step = (status: 'correction' | 'accepted' | 'approved') => ({ status, remark: null, points: [], results: [] })

/** A case that the city has; its reference and the city's number. */
async function filed(): Promise<{ readonly caseNo: string; readonly reference: string; readonly number: string }> {
  const caseNo = newCaseNo()
  const { code, data } = await ask('1002', application(caseNo))
  t.equal(code, '00000')
  return { caseNo, reference: `${caseNo}.decide`, number: String(data?.['banjianhao']) }
}

/** The whole new version of the application of `filed`. */
function correction(caseNo: string, no: string, changes: readonly (readonly [string | RegExp, string])[] = []): string {
  const numbered: readonly [RegExp, string] = [/(<\/yewubianhao>)/, `$1${leaf('buzhengxuhao', no)}`]
  return application(caseNo, [numbered, ...changes])
}

t.test('a correction is taken while the case stands at 03, once for each number', async (t) => {
  const { caseNo, reference, number } = await filed()
  t.strictSame(told(await ask('1005', correction(caseNo, '1'))), ['20003', { banjianzhuangtai: '01' }])
  await city.advance(reference, step('accepted'))
  await city.advance(reference, step('correction'))
  t.strictSame(told(await ask('1005', correction(caseNo, '2'))), ['20004', { buzhengxuhao: '1' }])
  const numbered: readonly [RegExp, string] = [/(<\/yewubianhao>)/, `$1${leaf('banjianhao', number)}`]
  const first = correction(caseNo, '1', [numbered])
  const taken = ['00000', { yewubianhao: reference, buzhengxuhao: '1', banjianzhuangtai: '05' }]
  t.strictSame(told(await ask('1005', first)), taken)
  t.strictSame(told(await ask('1005', first)), taken, 'the same again is answered alike')
  t.strictSame(told(await ask('1005', correction(caseNo, '1', [['all', 'part']]))), ['20005', null])
  t.match(await ask('1003', leaf('yewubianhao', reference)), { code: '00000', data: { banjianzhuangtai: '05' } })
  t.strictSame(told(await ask('1005', correction(caseNo, '2'))), ['20003', { banjianzhuangtai: '05' }])

  await city[Symbol.asyncDispose]()
  city = await openFuxin(folder)
  t.strictSame(told(await ask('1005', first)), taken, 'after a restart too')
  const kept = receivedSupplements(dataDir, 'fuxin', reference)
  t.match(kept, [{ kind: 'correction', correctionNo: 1, body: { form: { scope: 'all' } } }])
})

t.test('what does not mend is refused under its number, and the next is awaited', async (t) => {
  const { caseNo, reference } = await filed()
  await city.advance(reference, step('correction'))
  const elsewhere = correction(caseNo, '1', [['>2109<', '>2101<']])
  const refused = await ask('1005', elsewhere)
  t.match(refused, { code: '30001', data: { liyou: { row: [{ liyoubianma: 'GX02' }] } } })
  t.strictSame(told(await ask('1005', elsewhere)), told(refused))
  t.match(await ask('1003', leaf('yewubianhao', reference)), { data: { banjianzhuangtai: '03' } })
  const second = await ask('1005', correction(caseNo, '2'))
  t.match(second, { code: '00000', data: { banjianzhuangtai: '02' } }, 'it was never accepted before')
  const news = await ask('1004', leaf('tiaoshu', '100'))
  const { row: rows } = news.data!['dongtai'] as { readonly row: readonly Readonly<Record<string, unknown>>[] }
  const own = rows.filter(({ yewubianhao }) => yewubianhao === reference)
  t.strictSame(
    own.map(({ banjianzhuangtai }) => banjianzhuangtai),
    ['01', '03', '02'],
  )
})

t.test('of what is wrong with a correction the city names the element', async (t) => {
  const { caseNo, reference, number } = await filed()
  await city.advance(reference, step('correction'))
  for (const [from, to, path] of [
    ['<buzhengxuhao>1<', '<buzhengxuhao>0<', 'buzhengxuhao'],
    ['<buzhengxuhao>1<', '<buzhengxuhao>100<', 'buzhengxuhao'],
    ['<buzhengxuhao>1</buzhengxuhao>', '', 'buzhengxuhao'],
    ['<shixiangbianma>', '<guanlianbianhao>A</guanlianbianhao><shixiangbianma>', 'guanlianbianhao'],
    ['<shixiangbianma>', '<banjianhao>1</banjianhao><shixiangbianma>', 'banjianhao'],
    ['>decide<', '>origin<', 'yewubianhao'],
    ['20261122180000', compact(Date.now() + 600_000), 'shoujianshijian'],
    ['id-document', 'ID', 'cailiao/row[1]/cailiaobianma'],
  ] as const) {
    const answer = await ask('1005', correction(caseNo, '1', [[from, to]]))
    t.strictSame(told(answer), ['10002', { cuowuxiang: path }], `${from} → ${to}`)
  }
  const another = number.replace(/\d{6}$/, '999999')
  t.strictSame(
    told(
      await ask(
        '1005',
        correction(caseNo, '1', [['<shixiangbianma>', `${leaf('banjianhao', another)}<shixiangbianma>`]]),
      ),
    ),
    ['20002', null],
    'of another number',
  )
  t.strictSame(told(await ask('1005', correction(newCaseNo(), '1'))), ['20002', null], 'of another reference')
  t.strictSame(receivedSupplements(dataDir, 'fuxin', reference), [], 'nothing of all that was kept')
})

const withdrawal = (reference: string, extra = ''): string =>
  leaf('yewubianhao', reference) + leaf('shoujianshijian', '20261122190000') + extra

t.test('a withdrawal ends a case that is not decided, and makes news', async (t) => {
  const { reference, number } = await filed()
  const content = withdrawal(reference, leaf('banjianhao', number) + leaf('chehuiliyou', '改由单位代办\n<并> & 其他'))
  const taken = ['00000', { yewubianhao: reference, banjianzhuangtai: '10', zhuangtaixifen: '1' }]
  t.strictSame(told(await ask('1006', content)), taken)
  t.strictSame(told(await ask('1006', content)), taken, 'a second one is answered alike')
  t.strictSame(told(await ask('1006', withdrawal(reference))), taken, 'without a reason, too')
  t.match(await ask('1003', leaf('yewubianhao', reference)), { data: { banjianzhuangtai: '10', zhuangtaixifen: '1' } })
  t.match(receivedSupplements(dataDir, 'fuxin', reference), [
    { kind: 'withdrawal', reason: '改由单位代办\n<并> & 其他' },
  ])

  const late = await filed()
  await city.advance(late.reference, step('approved'))
  const tooLate = ['20006', { banjianzhuangtai: '07', zhuangtaixifen: '1' }]
  t.strictSame(told(await ask('1006', withdrawal(late.reference))), tooLate)
  t.strictSame(told(await ask('1006', withdrawal(`${newCaseNo()}.decide`))), ['20002', null])
  for (const [changed, path] of [
    [withdrawal('A1'), 'yewubianhao'],
    [withdrawal(late.reference, leaf('chehuiliyou', '长'.repeat(201))), 'chehuiliyou'],
    [withdrawal(late.reference, leaf('yuanyin', 'x')), 'yuanyin'],
    [leaf('yewubianhao', late.reference), 'shoujianshijian'],
    [leaf('yewubianhao', late.reference) + leaf('shoujianshijian', compact(Date.now() + 600_000)), 'shoujianshijian'],
  ] as const) {
    t.strictSame(told(await ask('1006', changed)), ['10002', { cuowuxiang: path }], path)
  }
})

/** A file's message, posted where files are taken. */
async function handOver(reference: string, changes: Readonly<Record<string, string>> = {}, path = '/kytb/cailiao') {
  const members = {
    yewubianhao: reference,
    cailiaobianhao: 'm-1',
    cailiaobianma: 'retirement-document',
    wenjianming: 'retirement-document.pdf',
    wenjianleixing: '1',
    wenjianzhaiyao: digest(PDF),
    wenjianneirong: PDF.toString('base64'),
    ...changes,
  }
  const content = Object.entries(members)
    .map(([name, text]) => leaf(name, text))
    .join('')
  const time = compact(Date.now())
  // No connection is kept: to make a large message takes longer than the city leaves an idle one open.
  const headers = { 'x-fuxin-shijian': time, 'x-fuxin-qianming': sign(key, time, '1007', content), connection: 'close' }
  return send(city.address, message('1007', content), headers, path)
}
const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')
const PDF = Buffer.from('%PDF-1.4\n%%EOF\n')

t.test('the file of the document’s example, before its application, once', async (t) => {
  t.equal(digest(PDF), '14bcd090baf31edba64e9cbd8cdfc15f943344aa72cb3675ad8e91bfcbce03ad')
  const reference = `${newCaseNo()}.decide`
  const taken = ['00000', { yewubianhao: reference, cailiaobianhao: 'm-1' }]
  t.strictSame(told(await handOver(reference)), taken)
  t.strictSame(told(await handOver(reference, { wenjianming: 'again.pdf' })), taken, 'the same file again')
  const other = Buffer.from('%PDF-1.7\n')
  const changed = { wenjianzhaiyao: digest(other), wenjianneirong: other.toString('base64') }
  t.strictSame(told(await handOver(reference, changed)), ['20007', null])
  t.strictSame(told(await handOver(reference, { ...changed, cailiaobianhao: 'm-2' })), [
    '00000',
    { yewubianhao: reference, cailiaobianhao: 'm-2' },
  ])
  const kept = receivedMaterials(dataDir, 'fuxin', reference)
  t.match(kept, [
    { materialId: 'm-1', code: 'retirement-document', name: 'retirement-document.pdf', mediaType: 'application/pdf' },
    { materialId: 'm-2' },
  ])
  t.ok(kept[0]?.bytes.equals(PDF) && kept[1]?.bytes.equals(other))
})

t.test('of what is wrong with a file the city says what', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const misfits: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ wenjianzhaiyao: digest(Buffer.from('another')) }, 'wenjianzhaiyao'],
    [{ wenjianneirong: 'JVBERi0xLjQK*SVFT0YK' }, 'wenjianneirong'],
    [{ wenjianneirong: 'JVBERi0xLjQK\nJSVFT0YK' }, 'wenjianneirong'],
    [{ wenjianneirong: 'JVBERi0xLjQKJSVFT0Y' }, 'wenjianneirong'],
    [{ wenjianneirong: '' }, 'wenjianneirong'],
    [{ wenjianming: '../passwd' }, 'wenjianming'],
    [{ wenjianleixing: '4' }, 'wenjianleixing'],
    [{ cailiaobianhao: 'a b' }, 'cailiaobianhao'],
  ]
  for (const [changes, path] of misfits) {
    t.strictSame(told(await handOver(reference, changes)), ['10002', { cuowuxiang: path }], JSON.stringify(changes))
  }
  const notThat = await handOver(reference, { wenjianleixing: '2' })
  t.match(notThat, { code: '30001', data: { liyou: { row: [{ liyoubianma: 'CL07' }] } } })
  t.strictSame(receivedMaterials(dataDir, 'fuxin', reference), [])
  t.equal((await handOver(reference, {}, '/kytb/jieru')).code, '10004', 'files have a path of their own')
  const time = compact(Date.now())
  const headers = { 'x-fuxin-shijian': time, 'x-fuxin-qianming': sign(key, time, '1009', '') }
  t.equal((await send(city.address, message('1009', ''), headers, '/kytb/cailiao')).code, '10004')
})

t.test('a file of 20 MiB is taken whole, a larger one is not', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const largest = Buffer.alloc(20 * 1024 * 1024, 7)
  PDF.copy(largest)
  const file = (bytes: Buffer) => ({ wenjianzhaiyao: digest(bytes), wenjianneirong: bytes.toString('base64') })
  t.equal((await handOver(reference, file(largest))).code, '00000')
  const [kept] = receivedMaterials(dataDir, 'fuxin', reference)
  t.equal(digest(kept?.bytes ?? Buffer.alloc(0)), digest(largest))
  const larger = await handOver(reference, { ...file(Buffer.concat([largest, PDF])), cailiaobianhao: 'm-2' })
  t.match(larger, { code: '30001', data: { liyou: { row: [{ liyoubianma: 'CL06' }] } } })
  // The size is looked at before anything else.
  const sized = async (bytes: number, path: string) =>
    (await send(city.address, Buffer.alloc(bytes, 'x'), {}, path)).code
  t.equal(await sized(28_311_553, '/kytb/cailiao'), '10003')
  t.equal(await sized(28_311_552, '/kytb/cailiao'), '10001')
  t.equal(await sized(1_048_577, '/kytb/jieru'), '10003')
})

t.test('the worked examples of the document are signed as it says', async (t) => {
  const examples = readFileSync(join(import.meta.dirname, '../../docs/wire/fuxin.md'), 'utf8')
  const secret = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
  const correct =
    /X-Fuxin-Qianming: ([0-9a-f]{64})\n\n<\?xml[^\n]*\n<qingqiu><jiaoyima>1005<\/jiaoyima><shuju>(.*)<\/shuju>/.exec(
      examples,
    )
  t.equal(sign(secret, '20261123180001', '1005', correct?.[2] ?? ''), correct?.[1])
  t.equal(Buffer.byteLength(correct?.[2] ?? ''), 1115)
  for (const code of ['1006', '1007']) {
    const found = new RegExp(`printf '(\\d{14})\\\\n${code}\\\\n([^']*)' \\\\\\n[^\\n]*\\n([0-9a-f]{64})`).exec(
      examples,
    )
    t.equal(sign(secret, found?.[1] ?? '', code, found?.[2] ?? ''), found?.[3], code)
  }
})
