// The protocol of Fuxin, called as docs/wire/fuxin.md says: XML, signatures, codes, statuses and news.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'
import { application, call, compact, keyOf, leaf, message, openFuxin, send, sign } from './fuxin-calls.ts'
import { newCaseNo } from './submissions.ts'

const run = promisify(execFile)
const folder = t.testdir()
const city = await openFuxin(folder)
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const key = keyOf(folder)
const EXAMPLE_KEY = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
const enquiry = (caseNo: string): string => leaf('yewubianhao', `${caseNo}.decide`)
type Rows = { readonly row: readonly Readonly<Record<string, unknown>>[] }

async function signedByOpenssl(key: string, time: string, code: string, content: string): Promise<string> {
  const script = 'printf "%s\\n%s\\n%s" "$1" "$2" "$3" | openssl dgst -sha256 -mac HMAC -macopt "key:$4" -r'
  const { stdout } = await run('sh', ['-c', script, 'sh', time, code, content, key])
  return stdout.split(' ')[0]!
}

t.test(
  'the worked examples of the document are right, and calls signed by the openssl command are accepted',
  async (t) => {
    for (const [code, content, signature] of [
      [
        '1003',
        '<yewubianhao>20261122-7Q2M9X4KTB0C.decide</yewubianhao>',
        'b3073eb2439c0b4f6ecf8c6858c5d3ed320c70e8aa34957ed657392666f4cb12',
      ],
      [
        '1002',
        '<xingming>陈强</xingming><yongtu>退休提取 &amp; 销户</yongtu>',
        'e07eaa86bbee53dd5254fd87356ba69a3ed1feb4fa3dee056e54cddc933037e6',
      ],
      ['1009', '', '9fbf659dd7b8d45b79add894421566043c87312de409a4aedbf09ab7ebd9eeb9'],
    ] as const) {
      t.equal(sign(EXAMPLE_KEY, '20261122180000', code, content), signature)
      t.equal(await signedByOpenssl(EXAMPLE_KEY, '20261122180000', code, content), signature)
    }
    const caseNo = newCaseNo()
    for (const [code, content, expected] of [
      ['1002', application(caseNo), '00000'],
      ['1003', enquiry(caseNo), '00000'],
      ['1001', application('q-1', [['q-1.decide', 'q-1']]), '30001'],
      ['1004', leaf('tiaoshu', '1'), '00000'],
      ['1009', '', '00000'],
    ] as const) {
      const time = compact(Date.now())
      const headers = { 'x-fuxin-shijian': time, 'x-fuxin-qianming': await signedByOpenssl(key, time, code, content) }
      const answer = await send(address, message(code, content), headers)
      t.match(answer, { status: 200, type: 'application/xml;charset=UTF-8', code: expected }, code)
      t.ok(answer.text.startsWith('<?xml version="1.0" encoding="UTF-8"?>'))
    }
  },
)

t.test('caller, time and signature are checked in this order, before anything is done', async (t) => {
  const caseNo = newCaseNo()
  const codeOf = async (changes: Readonly<Record<string, string>>, by = key) =>
    (await call(address, by, '1002', application(caseNo), changes)).code
  const late = compact(Date.now() - 302_000)
  t.equal(await codeOf({ 'x-fuxin-yingyong': 'SOMEBODY', 'x-fuxin-shijian': late }), '40003')
  t.equal(await codeOf({ 'x-fuxin-shijian': late }, EXAMPLE_KEY), '40002')
  t.equal(await codeOf({ 'x-fuxin-shijian': '20260230000000' }), '40002')
  t.equal(await codeOf({}, EXAMPLE_KEY), '40001')
  t.equal(await codeOf({ 'x-fuxin-qianming': '' }), '40001')
  const time = compact(Date.now())
  const upper = sign(key, time, '1002', application(caseNo)).toUpperCase()
  t.equal(await codeOf({ 'x-fuxin-shijian': time, 'x-fuxin-qianming': upper }), '40001')
  const anotherCall = { 'x-fuxin-shijian': time, 'x-fuxin-qianming': sign(key, time, '1001', application(caseNo)) }
  t.equal(await codeOf(anotherCall), '40001', 'the call is signed too')
  t.equal((await call(address, key, '1111', '')).code, '10004')
  t.equal((await call(address, key, '1003', enquiry(caseNo))).code, '20002')
  await city.setFault({ fault: 'clock-skew', rate: 1 })
  t.equal(await codeOf({}), '40002')
  await city.setFault({ fault: 'off', rate: 1 })
})

t.test('what is no message of this document is refused whole', async (t) => {
  const good = message('1009', '')
  const time = compact(Date.now())
  const headers = { 'x-fuxin-shijian': time, 'x-fuxin-qianming': sign(key, time, '1009', '') }
  const codeOf = async (text: string | Buffer, changes: Readonly<Record<string, string>> = {}, path?: string) =>
    (await send(address, text, { ...headers, ...changes }, path)).code
  t.equal(await codeOf(good), '00000')
  t.equal(await codeOf(good, { 'content-type': 'application/xml;charset=utf-8' }), '00000')
  t.equal(await codeOf(good.replaceAll('><', '>\n  <').replace('<shuju>\n  </shuju>', '<shuju></shuju>')), '00000')
  for (const wrong of [
    good.replace('UTF-8', 'GBK'),
    `\ufeff${good}`,
    good.replace('<qingqiu>', '<!DOCTYPE qingqiu><qingqiu>'),
    good.replaceAll('qingqiu', 'request'),
    good.replace('<shuju></shuju>', '<shuju/>'),
    good.replace('<shuju></shuju>', ''),
    good.replace('<shuju>', '<shuju >'),
    good.replace('<jiaoyima>', '<jiaoyima a="1">'),
    good.replace('<shuju>', '<!-- --><shuju>'),
    good.replace('1009', '<![CDATA[1009]]>'),
    good.replace('1009', '&nbsp;'),
    good.replace('1009', '&#0;'),
    good.replace('</qingqiu>', '<jiaoyima>1009</jiaoyima></qingqiu>'),
    good.replace('</qingqiu>', '</qingqiu><qingqiu/>'),
    good.replace('</qingqiu>', ''),
    good.replace('<shuju></shuju>', '<shuju>x<y>1</y></shuju>'),
    Buffer.concat([Buffer.from(good.slice(0, -10)), Buffer.from([0xff]), Buffer.from(good.slice(-10))]),
  ]) {
    t.equal(await codeOf(wrong), '10001', String(wrong))
  }
  t.equal(await codeOf(good, { 'content-type': 'text/xml; charset=UTF-8' }), '10001')
  t.equal(await codeOf(good, { 'content-type': 'application/xml' }), '10001')
  t.equal(await codeOf(good, {}, '/kytb'), '10005')
  t.equal(await codeOf(good + ' '.repeat(1_048_576)), '10003')
  const got = await (await fetch(`${address}/kytb/jieru`)).text()
  t.match(got, '<fanhuima>10005</fanhuima>')
  t.equal(await codeOf(good.replace('1009', '&#x31;009')), '00000', 'a reference to a character is read')
})

t.test('a missing, unknown or malformed element is named', async (t) => {
  const wrongAt = async (...replace: readonly (readonly [string | RegExp, string])[]) => {
    const { code, data } = await call(address, key, '1002', application(newCaseNo(), replace))
    t.equal(code, '10002')
    return data?.['cuowuxiang']
  }
  const inForm = (xml: string) => wrongAt(['</biaodan>', `${xml}</biaodan>`])
  t.equal(await wrongAt([/<shoujianshijian>\d+/, '<shoujianshijian>20260230000000']), 'shoujianshijian')
  t.equal(await wrongAt([/<shoujianshijian>\d+/, '<shoujianshijian>20990101000000']), 'shoujianshijian')
  t.equal(await wrongAt([/<biaodan>.*<\/biaodan>/, '']), 'biaodan')
  t.equal(await wrongAt(['.decide', '.verify']), 'yewubianhao')
  t.equal(await wrongAt([/<xingming>[^<]+/, '<xingming>']), 'shenqingren/xingming')
  t.equal(await wrongAt(['<leixing>1', '<leixing>2']), 'shenqingren/xingming')
  t.equal(await wrongAt(['210100</shoujiandi>', '110000</shoujiandi>']), 'shoujiandi')
  t.equal(await wrongAt(['<tigongfangshi>2', '<tigongfangshi>7']), 'cailiao/row[1]/tigongfangshi')
  t.equal(await wrongAt(['<cailiao>', '<fujian>1</fujian><cailiao>']), 'fujian')
  t.equal(await inForm('<weizhi>1</weizhi>'), 'biaodan/weizhi')
  for (const [tag, text] of [
    ['jine', '350.00'],
    ['jine', '0350'],
    ['chushengriqi', '19880230'],
    ['qishiyuefen', '202613'],
    ['xingbie', '1'],
    ['hunyinzhuangkuang', 'married'],
    ['minzu', ''],
    ['neirong', 'a'],
  ] as const) {
    t.equal(await inForm(leaf(tag, text)), `biaodan/${tag}`, text)
  }
  t.equal(await inForm('<neirong><row>a</row><row/></neirong>'), 'biaodan/neirong/row[2]')
  const contentOf = async (code: string, content: string) => (await call(address, key, code, content)).data
  t.match(await contentOf('1003', ''), { cuowuxiang: 'yewubianhao' })
  t.match(await contentOf('1003', leaf('yewubianhao', '-')), { cuowuxiang: 'yewubianhao' })
  t.match(await contentOf('1009', '<a>1</a>'), { cuowuxiang: 'a' })
  for (const many of ['0', '101', 'x'])
    t.match(await contentOf('1004', leaf('tiaoshu', many)), { cuowuxiang: 'tiaoshu' })
  t.equal((await call(address, key, '1004', leaf('tiaoshu', '5') + leaf('youbiao', 'nobodys'))).code, '10006')
})

t.test('a reference is used up by its first application, taken or refused', async (t) => {
  const caseNo = newCaseNo()
  const taken = await call(address, key, '1002', application(caseNo))
  t.match(taken, { code: '00000', data: { banjianhao: /^210900-20\d\d-\d{6}$/, banjianzhuangtai: '01' } })
  t.match(await call(address, key, '1002', application(caseNo)), { code: '20001', data: null })
  t.equal((await call(address, key, '1002', application(caseNo, [['销户', '提取']]))).code, '20001')
  t.strictSame((await call(address, key, '1003', enquiry(caseNo))).data, taken.data)
  const codesOf = (data: Readonly<Record<string, unknown>> | null) =>
    (data!['liyou'] as Rows).row.map(({ liyoubianma }) => liyoubianma)
  for (const [replace, codes] of [
    [['hf-retirement-withdrawal', 'xx-unknown'], ['SX01']],
    [['2109<', '2103<'], ['GX02']],
    [['210102199003070011', '210102199003070012'], ['ZJ03']],
    [[/<([a-z]+)>20260630<\/\1>/, ''], ['BD04']],
    [
      ['210102199003070011', '21010219750505002X'],
      ['RY05', 'RY05'],
    ],
  ] as const) {
    const refusedNo = newCaseNo()
    const content = application(refusedNo, [replace])
    const refused = await call(address, key, '1002', content)
    t.equal(refused.code, '30001')
    t.strictSame(codesOf(refused.data), codes)
    const known = await call(address, key, '1003', enquiry(refusedNo))
    t.match(known.data, { yewubianhao: `${refusedNo}.decide`, banjianzhuangtai: '04', ...refused.data })
    t.notOk('banjianhao' in known.data!)
    t.equal((await call(address, key, '1002', content)).code, '20001')
    t.equal(
      await city.advance(`${refusedNo}.decide`, { status: 'accepted', remark: null, points: [], results: [] }),
      null,
    )
  }
})

interface NewsPage {
  readonly events: readonly Readonly<Record<string, unknown>>[]
  readonly next: string
  readonly more: boolean
}

async function page(limit: number, cursor: string | null): Promise<NewsPage> {
  const { data } = await call(
    address,
    key,
    '1004',
    leaf('youbiao', cursor ?? undefined) + leaf('tiaoshu', String(limit)),
  )
  const events = data!['dongtai'] === '' ? [] : (data!['dongtai'] as Rows).row
  return { events, next: data!['xiayoubiao'] as string, more: data!['haiyou'] === '是' }
}

async function all(limit = 100): Promise<NewsPage['events']> {
  const events = []
  for (let cursor: string | null = null; ;) {
    const found = await page(limit, cursor)
    if (found.events.length > limit) throw new Error('more than asked for')
    events.push(...found.events)
    if (!found.more) return events
    cursor = found.next
  }
}

t.test('each status of a case has its code, in the enquiry and in the news', async (t) => {
  const caseNo = newCaseNo()
  const reference = `${caseNo}.decide`
  await call(address, key, '1002', application(caseNo))
  const statuses = {
    accepted: ['02'],
    correction: ['03'],
    reviewing: ['05'],
    suspended: ['06'],
    approved: ['07', '1'],
    rejected: ['07', '2'],
    completed: ['08'],
    delivered: ['09'],
    withdrawn: ['10', '1'],
    returned: ['10', '2'],
    refused: ['04'],
  } as const
  const points = [
    { code: 'bank-card', message: '照片 < 不清晰 & 缺页' },
    { code: 'accountNo', message: '账号与户名不符' },
    { code: null, message: '其他' },
  ]
  const results = [{ code: 'letter', name: '准予通知书', number: '1' }]
  for (const [status, [whole, part]] of Object.entries(statuses)) {
    await city.advance(reference, { status: status as keyof typeof statuses, remark: '备注', points, results })
    const { data } = await call(address, key, '1003', enquiry(caseNo))
    t.match(data, { banjianzhuangtai: whole, banjianhao: /^210900-/ })
    t.equal(data!['zhuangtaixifen'], part)
  }
  const events = (await all()).filter(({ yewubianhao }) => yewubianhao === reference)
  t.strictSame(
    events.map(({ banjianzhuangtai: whole, zhuangtaixifen: part, xuhao }) => [xuhao, whole, part]),
    [['01'], ...Object.values(statuses)].map(([whole, part], place) => [String(place + 1), whole, part]),
  )
  t.match(events[0], { banjianhao: /^210900-/, fashengshijian: /^\d{14}$/, shijianbianhao: /^[A-Za-z0-9_-]{1,64}$/ })
  t.strictSame((events[2]!['buzheng'] as Rows).row, [
    { cailiaobianma: 'bank-card', shuoming: points[0]!.message },
    { biaodanxiang: 'zhanghao', shuoming: '账号与户名不符' },
    { shuoming: '其他' },
  ])
  t.match(events.at(-1)!['liyou'], { row: [{ liyoubianma: 'RY05' }, {}, {}] })
  t.strictSame(
    events.flatMap(({ jieguowenshu: papers, banjianzhuangtai: status }) =>
      papers === undefined ? [] : [[status, papers]],
    ),
    ['07', '08'].map((status) => [status, { row: [{ wenshubianma: 'letter', mingcheng: '准予通知书', haoma: '1' }] }]),
  )
})

t.test('news come in pages, twice or out of order as the faults say', async (t) => {
  // The taking itself is told a moment later: what the tests before have filed must have been told.
  let events = await all()
  for (let before = -1; before !== events.length; events = await all()) {
    before = events.length
    await new Promise((resolve) => void setTimeout(resolve, 600))
  }
  t.ok(events.length > 12)
  t.notOk(
    events.some(({ banjianhao }) => banjianhao === undefined),
    'refused at once is no news',
  )
  t.strictSame(await all(1), events)
  t.strictSame(await all(5), events)
  const { next } = await page(100, null)
  t.strictSame(await page(3, next), { events: [], next, more: false })
  const ids = (some: NewsPage['events']) => some.map(({ shijianbianhao: id }) => String(id))
  await city.setFault({ fault: 'duplicate-news', rate: 1 })
  const told = ids(await all(6))
  t.equal(told.length, events.length * 2)
  t.strictSame([...new Set(told)], ids(events))
  await city.setFault({ fault: 'shuffled-news', rate: 1 })
  t.strictSame(ids(await all()), ids(events).toReversed())
  await city.setFault({ fault: 'off', rate: 1 })
})

t.test('in trouble it shows a page for people, and the application may have been taken all the same', async (t) => {
  for (const [fault, code] of [
    ['error-500', '20002'],
    ['error-500-after', '00000'],
  ] as const) {
    const caseNo = newCaseNo()
    await city.setFault({ fault, rate: 1 })
    const shown = await call(address, key, '1002', application(caseNo))
    t.match(shown, { status: 200, type: 'text/html;charset=GBK', text: '系统繁忙，请稍后再试' })
    await city.setFault({ fault: 'off', rate: 1 })
    t.equal((await call(address, key, '1003', enquiry(caseNo))).code, code)
  }
})
