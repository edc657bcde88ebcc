// Fushun's protocol writes and reads exactly what its wire document shows.

import t from 'tap'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { KEY, message, REFERENCE } from './support/city.ts'
import { stamp, fushun, full, xmlAnswer, escape, fushunAnswer, soapFault, readingOf } from './support/protocols.ts'

t.test('fushun: the envelope and the string inside it', (t) => {
  const request = fushun.deliver(full, stamp)
  t.same(request.headers, {
    'content-type': 'text/xml; charset=utf-8',
    accept: 'text/xml',
    soapaction: '"urn:fushun:kytb#process"',
  })
  const outer = request.body?.toString() ?? ''
  const [, before, information, after] = /^(.*<information>)(.*)(<\/information>.*)$/s.exec(outer) ?? []
  t.equal(
    `${before}${after}`,
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"' +
      ` xmlns:kytb="urn:fushun:kytb"><soapenv:Body><kytb:process><sqzcm>${KEY}</sqzcm><information></information>` +
      '</kytb:process></soapenv:Body></soapenv:Envelope>',
  )
  const inner = information?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
  t.equal(
    inner,
    '<PACKAGE><PACKAGEHEAD><BBH>1.0</BBH><FSDW_DM>KYTBWG</FSDW_DM><FSDW_MC>跨域通办网关</FSDW_MC>' +
      '<JSDW_DM>210400</JSDW_DM><JSDW_MC>抚顺市</JSDW_MC><ZAGLYWFLDM>0102</ZAGLYWFLDM>' +
      `<YWXTBH>${REFERENCE}</YWXTBH><FSSJ>20261122180000</FSSJ></PACKAGEHEAD><DATA><RECORD>` +
      '<SXBM>hf-retirement-withdrawal</SXBM><HJBM>decide</HJBM><GLYWBH>210400-2026-000001</GLYWBH>' +
      '<SLSJ>20261122180000</SLSJ><BLFS>2</BLFS><SJDQHDM>210400</SJDQHDM><SQDW>' +
      '<DWMC>沈阳&lt;清&amp;泉&gt;商贸有限公司</DWMC><TYSHXYDM>91210102MA0XY2K725</TYSHXYDM>' +
      '<FDDBR><XM>张伟</XM><ZJLXDM>111</ZJLXDM><GMSFHM>210102199003070011</GMSFHM></FDDBR>' +
      '<LXR><XM>李丽</XM><LXDH>13800000001</LXDH></LXR><DWDZ>沈阳市和平区南京北街1号</DWDZ></SQDW>' +
      '<DLR><XM>王芳</XM><ZJLXDM>111</ZJLXDM><GMSFHM>210303198511290021</GMSFHM><LXDH>13800000002</LXDH>' +
      '<SQLX>power-of-attorney</SQLX><SQWH>委2026-1</SQWH><SQJZRQ>20261231</SQJZRQ></DLR><YTSM>办理提取</YTSM>' +
      '<SFHY><HYFS>id-card-reader</HYFS><HYSJ>20261122175900</HYSJ></SFHY>' +
      '<BD><ZXBM>2101</ZXBM><JE>1250050</JE></BD>' +
      '<CLLB><ROW><CLBM>id-card</CLBM><TJFS>1</TJFS><CLBH>m-1</CLBH></ROW></CLLB></RECORD></DATA></PACKAGE>',
  )
  t.match(fushun.enquire(message, stamp).body?.toString(), '&lt;ZAGLYWFLDM&gt;0103')
  t.match(fushun.health(stamp).body?.toString(), '&lt;DATA/&gt;')
  t.throws(() => fushun.deliver({ ...message, body: { ...message.body, form: { unheard: 'of' } } }, stamp), {
    code: 'INTERNAL',
  })
  t.end()
})

t.test('fushun: each answer of the wire document, in GB18030', (t) => {
  const deliver = (code: string, records = '') =>
    readingOf(() => fushun.readDeliver(message, fushunAnswer('0102', REFERENCE, code, records)))
  const enquiry = (code: string, records = '') =>
    readingOf(() => fushun.readEnquiry(message, fushunAnswer('0103', REFERENCE, code, records)))
  const query = (code: string, records = '') =>
    readingOf(() => fushun.readQuery(message, fushunAnswer('0101', REFERENCE, code, records)))
  const record = `<RECORD><YWXTBH>${REFERENCE}</YWXTBH><BJBH>210400-2026-000123</BJBH><BJZT>10</BJZT></RECORD>`
  const taken = { kind: 'taken', backendCaseNo: '210400-2026-000123', cityStatus: '10', state: 'pre-accepted' }
  // 㙍 and 𠮷 lie outside GBK: only the four-byte part of GB18030 has them.
  const rows = '<YYDM>02</YYDM><YYSM>不属于本市管辖，㙍𠮷</YYSM>'
  const refused = { kind: 'refused', reasons: [{ code: '02', message: '不属于本市管辖，㙍𠮷' }] }

  t.same(deliver('0', record), taken)
  t.equal(deliver('0', record.replace(REFERENCE, 'another')), 'CITY_GARBLED')
  t.equal(
    readingOf(() => fushun.readDeliver(message, fushunAnswer('0102', 'another', '0', record))),
    'CITY_GARBLED',
  )
  t.equal(
    readingOf(() => fushun.readDeliver(message, fushunAnswer('0101', REFERENCE, '0', record))),
    'CITY_GARBLED',
  )
  t.same(deliver('-910', `<RECORD>${rows}</RECORD>`), refused)
  t.match(deliver('-910', `<RECORD>${rows}</RECORD><RECORD>${rows}</RECORD>`), { reasons: { length: 2 } })
  t.equal(deliver('-910'), 'CITY_GARBLED')
  t.equal(deliver('-50'), 'no CITY_SIGNATURE_REFUSED')
  for (const code of ['-901', '-903', '-904', '-905', '-906', '-907']) {
    t.equal(deliver(code), 'no CITY_MESSAGE_REFUSED')
  }
  t.equal(deliver('-902'), 'maybe CITY_MESSAGE_REFUSED')
  t.equal(deliver('-999'), 'CITY_ERROR')
  t.equal(deliver('-988'), 'CITY_GARBLED')
  t.same(enquiry('0', record), taken)
  t.same(
    enquiry('0', `<RECORD><YWXTBH>${REFERENCE}</YWXTBH><BJZT>90</BJZT><YYLB><ROW>${rows}</ROW></YYLB></RECORD>`),
    refused,
  )
  t.same(enquiry('2'), { kind: 'not-known' })
  t.same(query('1'), { kind: 'nothing-found' })
  t.same(
    query('0', '<RECORD><JG><HM>张&#20255;</HM><JE>1250050</JE><KHRQ>20200101</KHRQ><XX>1</XX></JG></RECORD>'),
    { kind: 'found', result: { accountName: '张伟', amountYuan: '12500.50', openedOn: '2020-01-01', XX: '1' } },
    'a tag that the dictionary lacks is left for the answer’s schema to refuse',
  )
  t.equal(query('0'), 'CITY_GARBLED')
  const health = fushunAnswer('0199', 'health', '0', '<RECORD><XTZT>1</XTZT></RECORD>')
  t.equal(
    readingOf(() => fushun.readHealth(health)),
    true,
  )
  t.equal(
    readingOf(() => fushun.readDeliver(message, soapFault('Client'))),
    'no CITY_MESSAGE_REFUSED',
  )
  t.equal(
    readingOf(() => fushun.readDeliver(message, soapFault('Server'))),
    'CITY_ERROR',
  )
  t.equal(
    readingOf(() => fushun.readDeliver(message, xmlAnswer('Bad Gateway', 502))),
    'CITY_ERROR',
  )
  t.end()
})

t.test('fushun: a document type is refused outside and inside, and nothing expands', (t) => {
  const bomb = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><PACKAGE>&b;</PACKAGE>'
  const wrapped = (inner: string): WireAnswer =>
    xmlAnswer(`<e:Envelope><e:Body><processResponse><return>${inner}</return></processResponse></e:Body></e:Envelope>`)
  for (const answer of [xmlAnswer(bomb), wrapped(escape(bomb)), wrapped(`<![CDATA[${bomb}]]>`)]) {
    t.equal(
      readingOf(() => fushun.readDeliver(message, answer)),
      'CITY_GARBLED',
    )
  }
  const utf8 = { ...xmlAnswer(''), bytes: Buffer.from('<a>不是国标</a>é') }
  t.equal(
    readingOf(() => fushun.readDeliver(message, utf8)),
    'CITY_GARBLED',
  )
  t.end()
})
