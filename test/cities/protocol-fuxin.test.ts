// Fuxin's protocol, byte for byte: signatures that openssl makes too, a submission's elements, and each answer of the wire document.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { openMapping, type Kind } from '../../src/cities/mapping.ts'
import { fuxinProtocol } from '../../src/cities/protocols/fuxin.ts'
import type { Protocol } from '../../src/cities/protocol.ts'
import { sign } from '../../src/cities/signing/fuxin.ts'
import type { WireAnswer, WireRequest } from '../../src/cities/wire.ts'
import { Fault } from '../../src/domain/fault.ts'
import { correction, file, KEY, message, REFERENCE, TAKEN_AT, withdrawal } from './support/city.ts'
import { full, readingOf, stamp } from './support/protocols.ts'

const protocol: Protocol = fuxinProtocol({
  appId: 'KYTBWG',
  statuses: {
    '01': 'pre-accepted',
    '03': 'correction-required',
    '04': 'refused',
    '07.1': 'approved',
    '10': 'withdrawn',
  },
  areas: { fushun: '210400' },
  mapping: openMapping(
    {
      names: { dictionary: 'fuxin' },
      values: { date: 'YYYYMMDD', flag: ['是', '否'], amount: 'fen' },
      lists: { rows: 'row' },
      codes: { sex: { '1': '男' } },
    },
    {
      kinds: new Map<string, Kind>([
        ['amountYuan', 'amount'],
        ['openedOn', 'date'],
        ['contents', 'texts'],
        ['movers', 'list'],
        ['residence', 'object'],
      ]),
      dictionaries: new Map([
        [
          'fuxin',
          {
            fundCentre: ['gongjijinzhongxin', '公积金中心'],
            amountYuan: ['jine', '金额'],
            openedOn: ['kaihuriqi', '开户日期'],
            contents: ['neirong', '内容'],
            movers: ['suiqianrenyuan', '随迁人员'],
            residence: ['xianjuzhudi', '现居住地'],
            sex: ['xingbie', '性别'],
            name: ['xingming', '姓名'],
          },
        ],
      ]),
    },
  ),
})
const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Fuxin is asked for news')

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

const said = (xml: string, type = 'application/xml;charset=UTF-8', status = 200): WireAnswer => ({
  status,
  headers: { 'content-type': type },
  bytes: Buffer.from(xml),
})

const answer = (code: string, data = ''): WireAnswer =>
  said(`${DECLARATION}<xiangying><fanhuima>${code}</fanhuima><fanhuixinxi>信息</fanhuixinxi>${data}</xiangying>`)

const shuju = (content: string): string => `<shuju>${content}</shuju>`
const TAKEN = shuju(
  `<yewubianhao>${REFERENCE}</yewubianhao><banjianhao>210900-2026-000123</banjianhao><banjianzhuangtai>01</banjianzhuangtai>`,
)
const REASONS =
  '<liyou><row><liyoubianma>GX02</liyoubianma><liyoushuoming>不属于本市管辖</liyoushuoming></row>' +
  '<row><liyoubianma>BD04</liyoubianma><liyoushuoming>表单内容不完整</liyoushuoming></row></liyou>'
const refused = {
  kind: 'refused',
  reasons: [
    { code: 'GX02', message: '不属于本市管辖' },
    { code: 'BD04', message: '表单内容不完整' },
  ],
}
const done = { kind: 'taken', backendCaseNo: '210900-2026-000123', cityStatus: '01', state: 'pre-accepted' }

/** The signature as the document says it, by the openssl command alone, over the bytes that leave. */
function signature(request: WireRequest): string {
  const body = request.body ?? Buffer.alloc(0)
  const content = body.subarray(body.indexOf('<shuju>') + 7, body.lastIndexOf('</shuju>'))
  const code = /<jiaoyima>([0-9]{4})<\/jiaoyima>/.exec(body.toString())?.[1]
  const input = Buffer.concat([Buffer.from(`${request.headers['x-fuxin-shijian']}\n${code}\n`), content])
  const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `key:${KEY}`, '-r']
  return execFileSync('openssl', args, { input }).toString().split(' ')[0] ?? ''
}

t.test('the worked examples of the document, and every call as openssl signs it', async (t) => {
  const time = '20261122180000'
  t.equal(
    sign(stamp.secret, time, '1003', Buffer.from(`<yewubianhao>${REFERENCE}</yewubianhao>`)),
    'b3073eb2439c0b4f6ecf8c6858c5d3ed320c70e8aa34957ed657392666f4cb12',
  )
  t.equal(
    sign(stamp.secret, time, '1002', Buffer.from('<xingming>陈强</xingming><yongtu>退休提取 &amp; 销户</yongtu>')),
    'e07eaa86bbee53dd5254fd87356ba69a3ed1feb4fa3dee056e54cddc933037e6',
  )
  const calls: readonly (readonly [string, WireRequest])[] = [
    ['1009', protocol.health(stamp)],
    ['1001', protocol.query(full, stamp)],
    ['1002', protocol.deliver(full, stamp)],
    ['1003', protocol.enquire(message, stamp)],
    ['1004', news.request(null, 100, stamp)],
    ['1004', news.request('b3BhcXVlLTQxNw', 1, stamp)],
  ]
  for (const [code, request] of calls) {
    const text = request.body?.toString() ?? ''
    t.ok(text.startsWith(`${DECLARATION}<qingqiu><jiaoyima>${code}</jiaoyima><shuju>`), code)
    t.ok(text.endsWith('</shuju></qingqiu>'), code)
    t.equal(request.headers['x-fuxin-qianming'], signature(request), code)
    t.match(request, { method: 'POST', path: '/kytb/jieru', headers: { 'x-fuxin-yingyong': 'KYTBWG' } })
    t.equal(request.headers['x-fuxin-shijian'], time)
    for (const name of Object.keys(request.headers))
      t.ok([...protocol.headers, 'accept', 'content-type'].includes(name), name)
  }
  t.equal(calls[0]?.[1].headers['x-fuxin-qianming'], '9fbf659dd7b8d45b79add894421566043c87312de409a4aedbf09ab7ebd9eeb9')
  t.match(news.request('b3BhcXVlLTQxNw', 50, stamp).body?.toString(), 'b3BhcXVlLTQxNw</youbiao><tiaoshu>50</tiaoshu>')
})

t.test('a submission becomes elements in pinyin, amounts fen, codes words', async (t) => {
  const form = {
    fundCentre: '2109',
    amountYuan: '0.07',
    sex: '1',
    contents: [],
    residence: {},
    movers: [{ name: '王"<' }],
  }
  const identityCheck = { how: 'document-seen', at: '2026-11-22T09:59:00Z' }
  const sent = protocol.deliver({ ...full, body: { ...full.body, form, identityCheck } }, stamp).body?.toString() ?? ''
  t.equal(
    sent,
    `${DECLARATION}<qingqiu><jiaoyima>1002</jiaoyima><shuju><yewubianhao>${REFERENCE}</yewubianhao>` +
      '<guanlianbianhao>210400-2026-000001</guanlianbianhao><shixiangbianma>hf-retirement-withdrawal</shixiangbianma>' +
      '<huanjiebianma>decide</huanjiebianma><shoujianshijian>20261122180000</shoujianshijian>' +
      '<banlifangshi>2</banlifangshi><shoujiandi>210400</shoujiandi><shenqingren><leixing>2</leixing>' +
      '<danweimingcheng>沈阳&lt;清&amp;泉&gt;商贸有限公司</danweimingcheng>' +
      '<tongyishehuixinyongdaima>91210102MA0XY2K725</tongyishehuixinyongdaima><fadingdaibiaoren>' +
      '<xingming>张伟</xingming><zhengjianleixing>111</zhengjianleixing>' +
      '<zhengjianhaoma>210102199003070011</zhengjianhaoma></fadingdaibiaoren><lianxiren><xingming>李丽</xingming>' +
      '<shoujihaoma>13800000001</shoujihaoma></lianxiren><zhusuo>沈阳市和平区南京北街1号</zhusuo></shenqingren>' +
      '<dailiren><xingming>王芳</xingming><zhengjianleixing>111</zhengjianleixing>' +
      '<zhengjianhaoma>210303198511290021</zhengjianhaoma><shoujihaoma>13800000002</shoujihaoma>' +
      '<dailiyiju>1</dailiyiju><wenshubianhao>委2026-1</wenshubianhao><youxiaoqizhi>20261231</youxiaoqizhi></dailiren>' +
      '<yongtu>办理提取</yongtu><shenfenheyan><heyanfangshi>4</heyanfangshi>' +
      '<heyanshijian>20261122175900</heyanshijian></shenfenheyan><biaodan><gongjijinzhongxin>2109</gongjijinzhongxin>' +
      '<jine>7</jine><xingbie>男</xingbie><neirong/><xianjuzhudi/><suiqianrenyuan><row><xingming>王&quot;&lt;</xingming>' +
      '</row></suiqianrenyuan></biaodan><cailiao><row><cailiaobianma>id-card</cailiaobianma>' +
      '<tigongfangshi>1</tigongfangshi><cailiaobianhao>m-1</cailiaobianhao></row></cailiao></shuju></qingqiu>',
  )
  const bare = protocol.query({ ...message, body: { applicant: message.body.applicant, form: {} } }, stamp)
  t.match(bare.body?.toString(), '</shenqingren><biaodan/></shuju>')
  t.match(bare.body?.toString(), '<shenqingren><leixing>1</leixing><xingming>张伟</xingming>')
})

t.test('each answer of the wire document', async (t) => {
  const deliver = (given: WireAnswer) => readingOf(() => protocol.readDeliver(message, given))
  t.strictSame(deliver(answer('00000', TAKEN)), done)
  t.strictSame(deliver(answer('30001', shuju(REASONS))), refused)
  const codes: readonly (readonly [string, string])[] = [
    ['10001', 'no CITY_MESSAGE_REFUSED'],
    ['10002', 'no CITY_MESSAGE_REFUSED'],
    ['10003', 'no CITY_MESSAGE_REFUSED'],
    ['10004', 'no CITY_MESSAGE_REFUSED'],
    ['10005', 'no CITY_MESSAGE_REFUSED'],
    ['20001', 'maybe CITY_MESSAGE_REFUSED'],
    ['40001', 'no CITY_SIGNATURE_REFUSED'],
    ['40002', 'no CITY_SIGNATURE_REFUSED'],
    ['40003', 'no CITY_SIGNATURE_REFUSED'],
    ['90001', 'CITY_ERROR'],
    ['90002', 'no CITY_IN_MAINTENANCE'],
    ['90003', 'no CITY_BUSY'],
    ['00001', 'CITY_GARBLED'],
    ['20002', 'CITY_GARBLED'],
    ['77777', 'CITY_GARBLED'],
  ]
  for (const [code, end] of codes) t.equal(deliver(answer(code, TAKEN)), end, code)

  const enquiry = (given: WireAnswer) => readingOf(() => protocol.readEnquiry(message, given))
  t.strictSame(enquiry(answer('20002')), { kind: 'not-known' })
  t.strictSame(enquiry(answer('00000', TAKEN)), done)
  t.match(
    enquiry(
      answer('00000', TAKEN.replace('>01<', '>07<').replace('</shuju>', '<zhuangtaixifen>1</zhuangtaixifen></shuju>')),
    ),
    {
      cityStatus: '07.1',
      state: 'approved',
    },
  )
  const late = `<yewubianhao>${REFERENCE}</yewubianhao><banjianzhuangtai>04</banjianzhuangtai>${REASONS}`
  t.strictSame(enquiry(answer('00000', shuju(late))), refused)

  const query = (given: WireAnswer) => readingOf(() => protocol.readQuery(message, given))
  t.strictSame(query(answer('00001')), { kind: 'nothing-found' })
  t.strictSame(query(answer('30001', shuju(REASONS))), refused)
  const result =
    '<jieguo><xingming> 陈&#x5F3A; </xingming><jine>120050</jine><kaihuriqi>20190301</kaihuriqi><neirong/><xianjuzhudi></xianjuzhudi></jieguo>'
  t.strictSame(query(answer('00000', shuju(result))), {
    kind: 'found',
    result: { name: '陈强', amountYuan: '1200.50', openedOn: '2019-03-01', contents: [], residence: {} },
  })
  t.equal(query(answer('00000')), 'CITY_GARBLED', 'no jieguo')
  t.equal(query(answer('00000', shuju('<jieguo/>'))) instanceof Object, true, 'a result without members')

  const health = (data: string) => readingOf(() => protocol.readHealth(answer('00000', data)))
  t.equal(health(shuju('<xitongzhuangtai>1</xitongzhuangtai>')), true)
  t.equal(health(shuju('<xitongzhuangtai>0</xitongzhuangtai>')), 'CITY_GARBLED')
})

t.test('what is not this protocol’s XML is garbled, and the fault says why', async (t) => {
  const whole = answer('00000', TAKEN).bytes.toString()
  const page = '<html><body>系统繁忙，请稍后再试</body></html>'
  const rows: readonly (readonly [string, WireAnswer, string?])[] = [
    ['media type', said(page, 'text/html;charset=GBK')],
    ['media type', said(whole, 'text/xml;charset=UTF-8')],
    ['empty body', said('')],
    ['not well-formed XML', said(whole.slice(0, -20))],
    ['charset', said(whole, 'application/xml;charset=GBK')],
    ['not utf-8', { ...said(''), bytes: Buffer.concat([Buffer.from(whole), Buffer.from([0xb3, 0xc9])]) }],
    ['XML declaration', said(whole.replace('UTF-8', 'GBK'))],
    ['XML declaration', said(whole.slice(DECLARATION.length))],
    ['DOCTYPE', said(whole.replace('\n', '<!DOCTYPE xiangying [<!ENTITY x "y">]>'))],
    ['an entity', said(whole.replace('信息', '&nbsp;'))],
    ['an entity', said(whole.replace('信息', '&x;'))],
    ['a character reference', said(whole.replace('信息', '&#0;'))],
    ['a character reference', said(whole.replace('信息', '&#x1FFFFF;'))],
    ['a character that XML cannot hold', said(whole.replace('信息', '\u0001'))],
    ['an element that stands twice', said(whole.replace('<fanhuima>', '<fanhuima>00000</fanhuima><fanhuima>'))],
    ['an element that stands twice', said(whole.replace('<banjianhao>', '<banjianhao>1</banjianhao><banjianhao>'))],
    ['not well-formed XML', said(whole + whole.slice(DECLARATION.length))],
    ['text after the last element', said(`${whole}完`)],
    ['another root than xiangying', said(`${DECLARATION}<qingqiu/>`)],
    ['not one root element', said(`${whole}<qingqiu/>`)],
    ['fanhuima', said(whole.replace('<fanhuima>00000', '<fanhuima>0'))],
    ['another yewubianhao', said(whole.replace(REFERENCE, '20261122-7Q2M9X4KTB0D.decide'))],
    ['a short text was expected', answer('00000', TAKEN.replace(/<banjianhao>.*<\/banjianhao>/, ''))],
    ['reasons were expected', answer('30001', shuju('<liyou/>'))],
    ['HTTP status 302', said(whole, undefined, 302)],
    ['HTTP status 503', said(whole, undefined, 503), 'CITY_ERROR'],
  ]
  for (const [why, given, code = 'CITY_GARBLED'] of rows) {
    try {
      protocol.readDeliver(message, given)
      t.fail(why)
    } catch (error) {
      t.ok(error instanceof Fault && error.code === code, why)
      t.equal(error instanceof Fault && error.cause instanceof Error ? error.cause.message : error, why)
    }
  }
  t.match(
    readingOf(() => protocol.readDeliver(message, said(whole.replaceAll('><', '>\n  <')))),
    done,
    'white space',
  )
})

const EVENT =
  `<row><shijianbianhao>FX20261123-00000417</shijianbianhao><yewubianhao>${REFERENCE}</yewubianhao>` +
  '<banjianhao>210900-2026-000123</banjianhao><xuhao>2</xuhao><fashengshijian>20261123091502</fashengshijian>' +
  '<banjianzhuangtai>03</banjianzhuangtai><beizhu>请在五个工作日内补正。</beizhu><buzheng><row>' +
  '<cailiaobianma>retirement-document</cailiaobianma><shuoming>退休审批表缺少盖章页。</shuoming></row>' +
  '<row><biaodanxiang>zhanghao</biaodanxiang><shuoming>账号与户名不符。</shuoming></row>' +
  '<row><shuoming>其他</shuoming></row></buzheng></row>'
const paged = (rows: string, next = 'b3BhcXVlLTQxNw', more = '否'): string =>
  shuju(`<dongtai>${rows}</dongtai><xiayoubiao>${next}</xiayoubiao><haiyou>${more}</haiyou>`)

t.test('news are read with their order, points, results and two-part statuses', async (t) => {
  const page = (data: string) => readingOf(() => news.read(answer('00000', data)))
  t.strictSame(page(paged(EVENT, 'b3BhcXVlLTQxNw', '是')), {
    news: [
      {
        id: 'FX20261123-00000417',
        reference: REFERENCE,
        backendCaseNo: '210900-2026-000123',
        order: 2,
        at: Date.UTC(2026, 10, 23, 1, 15, 2),
        cityStatus: '03',
        state: 'correction-required',
        remark: '请在五个工作日内补正。',
        reasons: [
          { code: 'retirement-document', message: '退休审批表缺少盖章页。' },
          { code: 'zhanghao', message: '账号与户名不符。' },
          { code: '', message: '其他' },
        ],
        results: [],
      },
    ],
    next: 'b3BhcXVlLTQxNw',
    more: true,
  })
  const decided = EVENT.replace('>03<', '>07<')
    .replace(/<buzheng>.*<\/buzheng>/, `<zhuangtaixifen>1</zhuangtaixifen>`)
    .replace(
      '</row>',
      '<jieguowenshu><row><wenshubianma>A</wenshubianma><mingcheng>决定书</mingcheng><haoma>决-1</haoma></row></jieguowenshu></row>',
    )
  t.match(page(paged(decided)), {
    news: [{ cityStatus: '07.1', state: 'approved', results: [{ code: 'A', name: '决定书', number: '决-1' }] }],
  })
  const refusal = EVENT.replace('>03<', '>04<').replace(/<buzheng>.*<\/buzheng>/, REASONS)
  t.match(page(paged(refusal)), { news: [{ cityStatus: '04', state: 'refused', reasons: refused.reasons }] })
  t.match(page(paged(EVENT.replace('>03<', '>77<'))), { news: [{ cityStatus: '77', state: null }] })
  t.strictSame(page(paged('')), { news: [], next: 'b3BhcXVlLTQxNw', more: false })
  for (const [from, to] of [
    ['<xuhao>2', '<xuhao>0'],
    ['<xuhao>2', '<xuhao>zwei'],
    ['20261123091502', '20260230000000'],
    ['FX20261123-00000417', 'a b'],
    [REFERENCE, 'fremd'],
    ['<shuoming>其他</shuoming>', ''],
    ['<banjianzhuangtai>03</banjianzhuangtai>', ''],
    ['b3BhcXVlLTQxNw', 'a b'],
    ['否', '0'],
    ['<dongtai>', '<dongtai>0</dongtai><dongtai>'],
  ] as const) {
    t.equal(page(paged(EVENT).replace(from, to)), 'CITY_GARBLED', `${from} → ${to}`)
  }
  t.equal(page(shuju('<xiayoubiao>a</xiayoubiao><haiyou>否</haiyou>')), 'CITY_GARBLED', 'no dongtai')
  t.equal(
    readingOf(() => news.read(answer('10006'))),
    'no CITY_MESSAGE_REFUSED',
  )
})

t.test('the time of an attempt is that of the attempt, the time of taking that of the message', async (t) => {
  const later = protocol.deliver(message, { ...stamp, now: TAKEN_AT + 60_000 })
  t.equal(later.headers['x-fuxin-shijian'], '20261122180100')
  t.match(later.body?.toString(), '<shoujianshijian>20261122180000</shoujianshijian>')
})

t.test('what follows an application is signed as openssl signs it, and goes where it belongs', async (t) => {
  const { correct, withdraw, handOver } = protocol
  if (correct === null || withdraw === null || handOver === null) throw new Error('Fuxin has all three')
  const calls = [
    [correct(correction, stamp), '/kytb/jieru', '<jiaoyima>1005</jiaoyima>'],
    [withdraw(withdrawal, stamp), '/kytb/jieru', '<jiaoyima>1006</jiaoyima>'],
    [handOver(file, stamp), '/kytb/cailiao', '<jiaoyima>1007</jiaoyima>'],
  ] as const
  for (const [request, path, code] of calls) {
    t.equal(request.path, path)
    t.match(request.body?.toString(), code)
    t.equal(request.headers['x-fuxin-qianming'], signature(request), code)
  }
  const text = (request: WireRequest): string => request.body?.toString() ?? ''
  const application = text(protocol.deliver(message, stamp))
  const numbered = '<banjianhao>210900-2026-000123</banjianhao><buzhengxuhao>12</buzhengxuhao><shixiangbianma>'
  const corrected = application.replace('>1002<', '>1005<').replace('<shixiangbianma>', numbered)
  t.equal(text(correct(correction, stamp)), corrected, 'a correction is the application with two numbers more')
  t.notMatch(text(correct({ ...correction, backendCaseNo: null }, stamp)), 'banjianhao')
  t.match(text(withdraw({ ...withdrawal, reason: ' a&b ' }, stamp)), '<chehuiliyou>a&amp;b</chehuiliyou>')
  for (const reason of [null, ' ']) t.notMatch(text(withdraw({ ...withdrawal, reason }, stamp)), 'chehuiliyou')
  t.match(
    text(handOver(file, stamp)),
    '<wenjianleixing>1</wenjianleixing><wenjianzhaiyao>14bcd090baf31edba64e9cbd8cdfc15f943344aa72cb3675ad8e91bfcbce03ad' +
      '</wenjianzhaiyao><wenjianneirong>JVBERi0xLjQKJSVFT0YK</wenjianneirong></shuju>',
  )
})

t.test('each answer to what follows an application', async (t) => {
  const { readCorrection, readWithdrawal, readHandOver } = protocol
  if (readCorrection === null || readWithdrawal === null || readHandOver === null)
    throw new Error('Fuxin has all three')
  const readers = {
    correct: (given: WireAnswer) => readingOf(() => readCorrection(correction, given)),
    withdraw: (given: WireAnswer) => readingOf(() => readWithdrawal(withdrawal, given)),
    handOver: (given: WireAnswer) => readingOf(() => readHandOver(file, given)),
  }
  const ours = `<yewubianhao>${REFERENCE}</yewubianhao>`
  const stood = shuju('<banjianzhuangtai>07</banjianzhuangtai><zhuangtaixifen>1</zhuangtaixifen>')
  const withStatus = (status: string): string => shuju(`${ours}<banjianzhuangtai>${status}</banjianzhuangtai>`)
  const numbered = (no: string): string =>
    withStatus('03').replace('<banjian', `<buzhengxuhao>${no}</buzhengxuhao><banjian`)
  const named = (id: string): string => shuju(`${ours}<cailiaobianhao>${id}</cailiaobianhao>`)
  const tooLate = (code: string) => ({ kind: 'refused', reasons: [{ code, message: '信息' }] })
  const rows: readonly (readonly [keyof typeof readers, string, string, unknown])[] = [
    ['correct', '00000', numbered('12'), { kind: 'taken', cityStatus: '03', state: 'correction-required' }],
    ['correct', '00000', numbered('1'), 'CITY_GARBLED'],
    ['correct', '00000', numbered('12').replace(REFERENCE, 'another'), 'CITY_GARBLED'],
    ['correct', '00000', numbered('12').replace('>03<', '><'), 'CITY_GARBLED'],
    ['correct', '30001', shuju(REASONS), refused],
    ['correct', '20002', '', 'no CITY_MESSAGE_REFUSED'],
    ['correct', '20003', stood, tooLate('20003')],
    ['correct', '20003', '', 'CITY_GARBLED'],
    ['correct', '20004', shuju('<buzhengxuhao>2</buzhengxuhao>'), 'no CITY_MESSAGE_REFUSED'],
    ['correct', '20005', '', 'maybe CITY_MESSAGE_REFUSED'],
    ['correct', '20006', stood, 'CITY_GARBLED'],
    ['correct', '90001', '', 'CITY_ERROR'],
    ['withdraw', '00000', withStatus('10'), { kind: 'withdrawn', cityStatus: '10' }],
    ['withdraw', '00000', withStatus('01'), 'CITY_GARBLED'],
    ['withdraw', '00000', shuju(ours), 'CITY_GARBLED'],
    ['withdraw', '20002', '', 'no CITY_MESSAGE_REFUSED'],
    ['withdraw', '20006', stood, tooLate('20006')],
    ['withdraw', '20003', stood, 'CITY_GARBLED'],
    ['withdraw', '90003', '', 'no CITY_BUSY'],
    ['handOver', '00000', named('m-1'), { kind: 'taken' }],
    ['handOver', '00000', named('m-2'), 'CITY_GARBLED'],
    ['handOver', '30001', shuju(REASONS), refused],
    ['handOver', '20007', '', 'maybe CITY_MESSAGE_REFUSED'],
    ['handOver', '10002', shuju('<cuowuxiang>wenjianzhaiyao</cuowuxiang>'), 'no CITY_MESSAGE_REFUSED'],
    ['handOver', '40001', '', 'no CITY_SIGNATURE_REFUSED'],
  ]
  for (const [call, code, data, end] of rows)
    t.strictSame(readers[call](answer(code, data)), end, `${call} ${code} ${data}`)
  for (const read of Object.values(readers)) t.equal(read(said('<html>', 'text/html')), 'CITY_GARBLED')
})
