// What we say to Fuxin, byte for byte: signatures that openssl makes too, and a submission's elements.

import { execFileSync } from 'node:child_process'
import t from 'tap'
import { sign } from '../../src/cities/signing/fuxin.ts'
import type { WireRequest } from '../../src/cities/wire.ts'
import { correction, file, KEY, message, REFERENCE, TAKEN_AT, withdrawal } from './support/city.ts'
import { DECLARATION, protocol } from './support/fuxin.ts'
import { full, stamp } from './support/protocols.ts'

const { news } = protocol
if (news?.kind !== 'poll') throw new Error('Fuxin is asked for news')

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
