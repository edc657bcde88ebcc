// The protocol of Fushun, called as docs/wire/fushun.md says.

import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { readForm } from '../../src/sandbox/protocols/fushun-form.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { readXml } from '../../src/sandbox/protocols/xml.ts'
import { answerFault } from './answer-schemas.ts'
import {
  beijing,
  call,
  envelope,
  firm,
  pack,
  person,
  record,
  retirement,
  retirementForm,
  send,
  textOf,
} from './fushun-calls.ts'
import { keyOf } from './shenfu-calls.ts'
import { newCaseNo } from './submissions.ts'

const folder = t.testdir()
const place = PLACES.find(({ city }) => city === 'fushun')!
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const licence = keyOf(folder, 'fushun')
const KNOWN = '210102199003070011'

const codeOf = async (packed: string, key = licence) => textOf((await call(address, key, packed)).inner, 'CODE')

t.test('an application is taken once; its reference cannot be used again; answers are GB18030', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const packed = pack('0102', reference, retirement(KNOWN))
  const first = await call(address, licence, packed)
  t.equal(first.status, 200)
  t.equal(first.contentType, 'text/xml; charset=GB18030')
  t.match(first.text, /^<\?xml version="1.0" encoding="GB18030"\?>/)
  t.equal(textOf(first.inner, 'CODE'), '0')
  t.equal(textOf(first.inner, 'MESSAGE'), '成功')
  t.equal(textOf(first.inner, 'YWXTBH'), reference)
  t.equal(textOf(first.inner, 'BJZT'), '10')
  const caseNo = textOf(first.inner, 'BJBH')
  t.match(caseNo, /^210400-20[0-9]{2}-[0-9]{6}$/)

  t.equal(await codeOf(packed), '-902')
  const known = await call(address, licence, pack('0103', reference, ''))
  t.equal(textOf(known.inner, 'BJBH'), caseNo)
  t.equal(await codeOf(pack('0103', `${newCaseNo()}.decide`, '')), '2')
})

t.test('the information may stand in CDATA', async (t) => {
  const packed = pack('0102', `${newCaseNo()}.decide`, retirement(KNOWN))
  const { inner } = await send(
    address,
    envelope(licence, `<![CDATA[<?xml version="1.0" encoding="UTF-8"?>${packed}]]>`),
  )
  t.equal(textOf(inner, 'CODE'), '0')
})

t.test('a refusal has reasons, makes no case, and is remembered', async (t) => {
  const reference = `${newCaseNo()}.decide`
  const refused = await call(address, licence, pack('0102', reference, retirement('21010219750505002X')))
  t.equal(textOf(refused.inner, 'CODE'), '-910')
  t.equal(refused.inner.split('<RECORD>').length - 1, 2, 'one record for each reason')
  t.equal(textOf(refused.inner, 'YYDM'), '05')
  const known = await call(address, licence, pack('0103', reference, ''))
  t.equal(textOf(known.inner, 'BJZT'), '90')
  t.match(known.inner, /<YYLB><ROW><YYDM>05<\/YYDM><YYSM>[^<]+<\/YYSM><\/ROW><ROW>/)
  const misrouted = pack('0102', `${newCaseNo()}.decide`, retirement(KNOWN, '2101'))
  t.equal(textOf((await call(address, licence, misrouted)).inner, 'YYDM'), '02')
})

t.test('each mistake has its code', async (t) => {
  const packed = (data: string, changes: Readonly<Record<string, string>> = {}) =>
    pack('0102', `${newCaseNo()}.decide`, data, changes)
  const good = retirement(KNOWN)
  t.equal(await codeOf(packed(good), 'wrong'), '-50')
  t.equal(await codeOf(pack('0102', 'no-case', good)), '-901')
  t.equal(await codeOf(pack('0102', `${newCaseNo()}.verify`, good)), '-901')
  t.equal(await codeOf(packed(good.replace('<LXDH>13800000000</LXDH>', ''))), '-903')
  t.equal(await codeOf(packed(good.replace('</SQR>', `</SQR>${firm}`))), '-903')
  t.equal(await codeOf(packed(good.replace('<HJBM>', '<XXXX>1</XXXX><HJBM>'))), '-904')
  t.equal(await codeOf(packed(good.replace('<BLFS>1', '<BLFS>4'))), '-904')
  t.equal(await codeOf(packed(good.replace('<SMQR>1', '<SMQR>true'))), '-905')
  t.equal(await codeOf(packed(good.replace('20260301', '20260230'))), '-905')
  t.equal(await codeOf(packed(good.replace('<SMQR>', '<WZZD>1</WZZD><SMQR>'))), '-905')
  t.equal(await codeOf(packed(good, { FSSJ: beijing(Date.now() - 601_000) })), '-906')
  t.equal(await codeOf(packed(good, { JSDW_DM: '210100' })), '-907')
  const { inner } = await call(address, licence, packed(good.replace('<JE>1250050', '<JE>12500.50')))
  t.equal(textOf(inner, 'MESSAGE'), '表单内容缺失或格式错误：RECORD/BD/JE')
  t.equal(textOf((await call(address, licence, pack('0199', 'ping', ''))).inner, 'XTZT'), '1')
})

t.test('what cannot be read is a SOAP Fault with HTTP 500', async (t) => {
  const good = envelope(licence, pack('0199', 'ping', '').replaceAll('<', '&lt;'))
  const faults: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
    ['not XML', 'hello'],
    ['not well-formed', good.replace('</k:process>', '')],
    ['DOCTYPE', good.replace('<s:Envelope', '<!DOCTYPE x [<!ENTITY e "x">]><s:Envelope')],
    ['DOCTYPE inside', envelope(licence, '&lt;!DOCTYPE x>&lt;PACKAGE/>')],
    ['wrong namespace', good.replace('urn:fushun:kytb', 'urn:other')],
    ['no PACKAGE', envelope(licence, '&lt;OTHER/>')],
    ['wrong SOAPAction', good, { soapaction: 'process' }],
    ['wrong media type', good, { 'content-type': 'application/json' }],
  ]
  for (const [name, body, headers] of faults) {
    const { status, text } = await send(address, body, headers)
    t.equal(status, 500, name)
    t.match(text, /<faultcode>soapenv:Client<\/faultcode><faultstring>[^<]+<\/faultstring>/, name)
  }
  t.equal((await send(address, good)).status, 200)
})

t.test('four queries, written out by hand, answer by the dictionary, and know nothing of strangers', async (t) => {
  const month = '<QSYF>202601</QSYF><JZYF>202603</JZYF>'
  const queries = {
    'ss-personal-rights-record': `<CBDQHDM>210402</CBDQHDM><XZLX>110</XZLX>${month}<CXNR><ROW>contributions</ROW><ROW>account</ROW></CXNR><JGXS>printable</JGXS>`,
    'hf-account-loan-query': `<ZXBM>2104</ZXBM>${month}<CXNR><ROW>account</ROW><ROW>contributions</ROW><ROW>loan</ROW></CXNR>`,
    're-registry-query':
      '<BDCQHDM>210402</BDCQHDM><CXRLB>holder</CXRLB><CXFS>owner</CXFS><CXNR><ROW>rights</ROW></CXNR><CXMD>own-use</CXMD><CJZM>0</CJZM><YTCN>1</YTCN>',
    'mr-registration-archive-query':
      '<DJJGQHDM>210402</DJJGQHDM><ZTMC>沈阳示例科技有限公司</ZTMC><TYSHXYDM>91210102MA0XY2K725</TYSHXYDM><CXRLB>public</CXRLB><DAXS>machine-readable</DAXS><CXNR><ROW>basic</ROW><ROW>shareholders</ROW></CXNR>',
  }
  for (const [item, form] of Object.entries(queries)) {
    const ask = (who: string) => call(address, licence, pack('0101', 'q-1', record(item, 'answer', who, form)))
    const { inner } = await ask(item.startsWith('mr-') ? firm : person(KNOWN))
    t.equal(textOf(inner, 'CODE'), '0', item)
    const result = readXml(inner).children.find(({ name }) => name === 'DATA')!.children[0]!.children[0]!
    t.equal(result.name, 'JG')
    const read = readForm(result)
    t.equal(read.kind === 'read' && answerFault(item, read.form), null, item)
    if (item === 'hf-account-loan-query') t.equal(textOf(inner, 'YE'), '11234568', '112345.68 yuan in fen')
    if (!item.startsWith('mr-')) {
      t.equal(textOf((await ask(person('11010519491231002X'))).inner, 'CODE'), '1', item)
    }
  }
})

t.test('a form with every type is read as the document says', async (t) => {
  const xml =
    '<BD><ZXBM>2104</ZXBM><JE>1250050</JE><POTQ>0</POTQ><SGZF><XZQHDM>210402</XZQHDM><HTQDRQ>20260301</HTQDRQ></SGZF>' +
    '<GTGFR><ROW><XM>李&#20029;&amp;lt;</XM><GXDM>10</GXDM></ROW></GTGFR><CXNR/><QSYF>202601</QSYF><CQFE>-0.5</CQFE></BD>'
  t.same(readForm(readXml(xml)), {
    kind: 'read',
    form: {
      fundCentre: '2104',
      amountYuan: '12500.50',
      spouseWithdraws: false,
      property: { division: '210402', contractDate: '2026-03-01' },
      coBuyers: [{ name: '李丽&lt;', relation: '10' }],
      contents: [],
      startMonth: '2026-01',
      ownershipSharePercent: -0.5,
    },
  })
  t.match(readForm(readXml(`<BD>${retirementForm('2104')}</BD>`)), {
    form: { amountYuan: '12500.50', retiredOn: '2026-03-01' },
  })
  for (const [fen, yuan] of [
    ['0', '0.00'],
    ['5', '0.05'],
    ['120', '1.20'],
    ['0007', '0.07'],
  ] as const) {
    t.match(readForm(readXml(`<BD><JE>${fen}</JE></BD>`)), { form: { amountYuan: yuan } }, fen)
  }
})
