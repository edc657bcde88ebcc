// What Fuxin says to us: each answer of the wire document, XML that is none, and news.

import t from 'tap'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { Fault } from '../../src/domain/fault.ts'
import { correction, file, message, REFERENCE, withdrawal } from './support/city.ts'
import { answer, DECLARATION, protocol, said, shuju } from './support/fuxin.ts'
import { readingOf } from './support/protocols.ts'

const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Fuxin is asked for news')

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
