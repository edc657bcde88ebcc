// Each protocol writes and reads exactly what its wire document shows, and whatever bytes come, it says so by a Fault.

import * as fc from 'fast-check'
import iconv from 'iconv-lite'
import t from 'tap'
import { fromCompactBeijingTime } from '../../src/cities/beijing-time.ts'
import type { Protocol, Reading } from '../../src/cities/protocol.ts'
import { fushunProtocol } from '../../src/cities/protocols/fushun.ts'
import { shenfuProtocol } from '../../src/cities/protocols/shenfu.ts'
import { shenyangProtocol } from '../../src/cities/protocols/shenyang.ts'
import { openSecret, sign } from '../../src/cities/signing/national-exchange.ts'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { Fault } from '../../src/domain/fault.ts'
import type { CityMessage } from '../../src/domain/delivery.ts'
import { KEY, message, REFERENCE, TAKEN_AT } from './support/city.ts'

const stamp = { now: TAKEN_AT, secret: Buffer.from(KEY) }
const areas = { shenyang: '210100', fushun: '210400' }
const shenfu = shenfuProtocol({ statuses: { received: 'pre-accepted', refused: 'refused' } })
const shenyang = shenyangProtocol({ rid: 'KYTB-GATEWAY', areas, statuses: { '1': 'pre-accepted', '9': 'refused' } })
const fushun = fushunProtocol({
  sender: { code: 'KYTBWG', name: '跨域通办网关' },
  receiver: { code: '210400', name: '抚顺市' },
  statuses: { '10': 'pre-accepted', '90': 'refused' },
  areas,
  dictionary: {
    fundCentre: { tag: 'ZXBM', type: 'text' },
    amountYuan: { tag: 'JE', type: 'fen' },
    accountName: { tag: 'HM', type: 'text' },
    openedOn: { tag: 'KHRQ', type: 'date' },
  },
})

/** A submission in which every optional part stands. */
const full: CityMessage = {
  ...message,
  relatedCaseNo: '210400-2026-000001',
  body: {
    handlingMode: 'collect-and-forward',
    collectingCity: 'fushun',
    applicant: {
      type: 'organization',
      name: '沈阳<清&泉>商贸有限公司',
      uscc: '91210102MA0XY2K725',
      legalRepresentative: { name: '张伟', certType: '111', certNo: '210102199003070011' },
      contact: { name: '李丽', mobile: '13800000001' },
      address: '沈阳市和平区南京北街1号',
    },
    agent: {
      name: '王芳',
      certType: '111',
      certNo: '210303198511290021',
      mobile: '13800000002',
      authorization: { kind: 'power-of-attorney', reference: '委2026-1', until: '2026-12-31' },
    },
    purpose: '办理提取',
    identityCheck: { how: 'id-card-reader', at: '2026-11-22T17:59:00+08:00' },
    form: { fundCentre: '2101', amountYuan: '12500.5' },
    materials: [{ code: 'id-card', held: 'uploaded', materialId: 'm-1' }],
  },
}

function jsonAnswer(status: number, value: unknown): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    bytes: Buffer.from(JSON.stringify(value)),
  }
}

function xmlAnswer(xml: string, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'text/xml; charset=GB18030' }, bytes: iconv.encode(xml, 'gb18030') }
}

const escape = (xml: string): string => xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** An answer as docs/wire/fushun.md shows it. */
function fushunAnswer(kind: string, reference: string, code: string, records = ''): WireAnswer {
  const inner =
    `<?xml version="1.0" encoding="GB18030"?><PACKAGE><PACKAGEHEAD><BBH>1.0</BBH><FSDW_DM>210400</FSDW_DM>` +
    `<FSDW_MC>抚顺市</FSDW_MC><JSDW_DM>KYTBWG</JSDW_DM><JSDW_MC>跨域通办网关</JSDW_MC><ZAGLYWFLDM>${kind}</ZAGLYWFLDM>` +
    `<YWXTBH>${reference}</YWXTBH><FSSJ>20261122180001</FSSJ><CODE>${code}</CODE><MESSAGE>成功</MESSAGE></PACKAGEHEAD>` +
    `<DATA>${records}</DATA></PACKAGE>`
  return xmlAnswer(
    '<?xml version="1.0" encoding="GB18030"?>\n<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">' +
      `<soapenv:Body><ns:processResponse xmlns:ns="urn:fushun:kytb"><return>${escape(inner)}</return>` +
      '</ns:processResponse></soapenv:Body></soapenv:Envelope>',
  )
}

function soapFault(code: string): WireAnswer {
  return xmlAnswer(
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>' +
      `<faultcode>e:${code}</faultcode><faultstring>无法识别</faultstring></e:Fault></e:Body></e:Envelope>`,
    500,
  )
}

/** What a reading comes to: its answer, `sent CODE`, or the code of what was thrown. */
function readingOf(read: () => Reading<unknown>): unknown {
  try {
    const reading = read()
    if (reading.kind === 'answer') return reading.answer
    return `${reading.sent} ${reading.code}${reading.renewSecret ? ' renew' : ''}`
  } catch (error) {
    return error instanceof Fault ? error.code : error
  }
}

t.test('shenfu: the example of the wire document, byte for byte', (t) => {
  const request = shenfu.deliver(message, stamp)
  t.same(request.headers, {
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: `Bearer ${KEY}`,
    reference: REFERENCE,
  })
  t.equal(request.path, '/v1/applications')
  t.equal(
    request.body?.toString(),
    '{"reference":"20261122-7Q2M9X4KTB0C.decide","item":"hf-retirement-withdrawal","leg":"decide",' +
      '"takenAt":"2026-11-22T10:00:00.000Z","handlingMode":"full-online","applicant":{"type":"person","name":"张伟",' +
      '"certType":"111","certNo":"210102199003070011","mobile":"13800000000"},"form":{"fundCentre":"2115"},' +
      '"materials":[{"code":"id-card","held":"sharedData"}]}',
  )
  t.equal(shenfu.enquire(message, stamp).path, `/v1/applications/by-reference/${REFERENCE}`)
  t.equal(shenfu.health(stamp).path, '/v1/health')
  t.end()
})

function error(code: string): unknown {
  return { error: { code, message: '' } }
}

t.test('shenfu: each answer of the wire document', (t) => {
  const reasons = [{ code: 'NOT_COMPETENT', message: '不属于本地管辖' }]
  const taken = { kind: 'taken', backendCaseNo: '211500-2026-000123', cityStatus: 'received', state: 'pre-accepted' }
  const body = { caseNo: '211500-2026-000123', status: 'received' }
  const deliver = (status: number, value: unknown) =>
    readingOf(() => shenfu.readDeliver(message, jsonAnswer(status, value)))
  const enquiry = (status: number, value: unknown) =>
    readingOf(() => shenfu.readEnquiry(message, jsonAnswer(status, value)))
  const query = (status: number, value: unknown) =>
    readingOf(() => shenfu.readQuery(message, jsonAnswer(status, value)))

  t.same(deliver(201, body), taken)
  t.same(deliver(200, body), taken)
  t.same(deliver(422, { reasons }), { kind: 'refused', reasons })
  t.same(deliver(201, { ...body, status: 'queued' }), { ...taken, cityStatus: 'queued' }, 'an unknown status is kept')
  t.equal(deliver(409, error('REFERENCE_REUSED')), 'maybe CITY_MESSAGE_REFUSED')
  t.equal(deliver(400, error('MALFORMED')), 'no CITY_MESSAGE_REFUSED')
  t.equal(deliver(413, error('TOO_LARGE')), 'no CITY_MESSAGE_REFUSED')
  t.equal(deliver(401, error('UNAUTHORIZED')), 'no CITY_SIGNATURE_REFUSED')
  t.equal(deliver(500, error('INTERNAL')), 'CITY_ERROR')
  t.equal(deliver(422, { reasons: [] }), 'CITY_GARBLED')
  t.same(enquiry(200, { reference: REFERENCE, ...body }), taken)
  t.same(enquiry(200, { reference: REFERENCE, status: 'refused', reasons }), { kind: 'refused', reasons })
  t.same(enquiry(404, error('REFERENCE_UNKNOWN')), { kind: 'not-known' })
  t.equal(enquiry(404, error('NOT_FOUND')), 'no CITY_MESSAGE_REFUSED', 'a wrong path is not an unknown reference')
  t.equal(enquiry(200, { reference: 'another', ...body }), 'CITY_GARBLED')
  t.same(query(200, { found: true, result: { balance: 1 } }), { kind: 'found', result: { balance: 1 } })
  t.same(query(200, { found: false }), { kind: 'nothing-found' })
  t.equal(query(200, { found: 'yes' }), 'CITY_GARBLED')
  t.equal(
    readingOf(() => shenfu.readHealth(jsonAnswer(200, { status: 'ok', city: 'shenfu' }))),
    true,
  )
  t.equal(
    readingOf(() => shenfu.readHealth(jsonAnswer(200, { status: 'sick' }))),
    'CITY_GARBLED',
  )
  t.end()
})

t.test('shenyang: the signatures and the secret that openssl made in the wire document', (t) => {
  const rtime = '1795341600000'
  t.equal(
    sign(Buffer.from(KEY), 'SY-AUTH-0001', 'KYTB-GATEWAY', rtime, Buffer.from('{}')),
    'sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE=',
  )
  const secret = openSecret(
    Buffer.from(KEY),
    'RVdfQcRh40NFWROu0x2eNn/vIV13zMIOuyX40IC+DHnt431G2Buvyviq8DpkRAnW',
    'AAECAwQFBgcICQoLDA0ODw==',
  )
  t.equal(secret.toString(), 'f3Kp9sWzQ1vN7yTb2LmR8xHcD4jU6gEaV0oIiP5kYtZ')
  const body =
    '{"project_no":"20261122-7Q2M9X4KTB0C.decide","task_code":"hf-retirement-withdrawal","task_handle_item":"decide","applyer_name":"张伟"}'
  t.equal(
    sign(secret, 'SY-APPLY-0001', 'KYTB-GATEWAY', rtime, Buffer.from(body)),
    'ofQq5w0FmU/8tU6VdB4YPvqKcF13i9zVHzLn9zQuiQo=',
  )
  t.same(shenyang.secret?.request(stamp).headers, {
    'content-type': 'application/json',
    accept: 'application/json',
    gjgxjhpt_rid: 'KYTB-GATEWAY',
    gjgxjhpt_sid: 'SY-AUTH-0001',
    gjgxjhpt_rtime: rtime,
    gjgxjhpt_sign: 'sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE=',
  })
  t.equal(shenyang.secret?.request(stamp).body?.toString(), '{}')
  t.end()
})

t.test('shenyang: every member of a message stands where the table says', (t) => {
  t.same(JSON.parse(shenyang.deliver(full, stamp).body?.toString() ?? ''), {
    project_no: REFERENCE,
    related_project_no: '210400-2026-000001',
    task_code: 'hf-retirement-withdrawal',
    task_handle_item: 'decide',
    apply_date: '2026-11-22 18:00:00',
    handle_mode: '2',
    accept_area: '210400',
    applyer_type: '2',
    applyer_name: '沈阳<清&泉>商贸有限公司',
    applyer_page_type: '001',
    applyer_page_code: '91210102MA0XY2K725',
    legal: '张伟',
    legal_page_type: '111',
    legal_page_code: '210102199003070011',
    contact_name: '李丽',
    contact_mobile: '13800000001',
    address: '沈阳市和平区南京北街1号',
    agent_name: '王芳',
    agent_page_type: '111',
    agent_page_code: '210303198511290021',
    agent_mobile: '13800000002',
    agent_basis: 'power-of-attorney',
    agent_basis_no: '委2026-1',
    agent_basis_end: '2026-12-31',
    apply_purpose: '办理提取',
    verify_type: 'id-card-reader',
    verify_time: '2026-11-22 17:59:00',
    form_data: { fundCentre: '2101', amountYuan: '12500.5' },
    material_list: [{ material_code: 'id-card', get_type: '1', attach_id: 'm-1' }],
  })
  t.same(JSON.parse(shenyang.query(message, stamp).body?.toString() ?? ''), {
    project_no: REFERENCE,
    task_code: 'hf-retirement-withdrawal',
    task_handle_item: 'decide',
    apply_date: '2026-11-22 18:00:00',
    handle_mode: '1',
    applyer_type: '1',
    applyer_name: '张伟',
    applyer_page_type: '111',
    applyer_page_code: '210102199003070011',
    contact_mobile: '13800000000',
    form_data: { fundCentre: '2115' },
    material_list: [{ material_code: 'id-card', get_type: '4' }],
  })
  t.equal(shenyang.enquire(message, stamp).body?.toString(), `{"project_no":"${REFERENCE}"}`)
  t.end()
})

function answer(code: string, data: unknown): WireAnswer {
  return jsonAnswer(200, { code, msg: '', data })
}

t.test('shenyang: each answer of the wire document', (t) => {
  const deliver = (code: string, data: unknown) => readingOf(() => shenyang.readDeliver(message, answer(code, data)))
  const enquiry = (code: string, data: unknown) => readingOf(() => shenyang.readEnquiry(message, answer(code, data)))
  const query = (code: string, data: unknown) => readingOf(() => shenyang.readQuery(message, answer(code, data)))
  const theirs = { project_no: REFERENCE, accept_no: '210100-2026-000123', status: '1' }
  const taken = { kind: 'taken', backendCaseNo: '210100-2026-000123', cityStatus: '1', state: 'pre-accepted' }
  const reasons = [{ reason_code: 'B02', reason_desc: '不属于本市管辖' }]
  const refused = { kind: 'refused', reasons: [{ code: 'B02', message: '不属于本市管辖' }] }

  t.same(deliver('0000', theirs), taken)
  t.equal(deliver('0000', { ...theirs, project_no: 'another' }), 'CITY_GARBLED')
  t.same(deliver('3001', { reasons }), refused)
  t.equal(deliver('2001', null), 'maybe CITY_MESSAGE_REFUSED')
  for (const code of ['1001', '1002', '4014', '4040']) t.equal(deliver(code, null), 'no CITY_MESSAGE_REFUSED')
  for (const code of ['4010', '4012']) t.equal(deliver(code, null), 'no CITY_SIGNATURE_REFUSED renew')
  for (const code of ['4011', '4013']) t.equal(deliver(code, null), 'no CITY_SIGNATURE_REFUSED')
  t.equal(deliver('5000', null), 'CITY_ERROR')
  t.equal(deliver('7777', null), 'CITY_GARBLED')
  t.same(enquiry('0000', theirs), taken)
  t.same(enquiry('0000', { project_no: REFERENCE, status: '9', reasons }), refused)
  t.same(enquiry('2002', null), { kind: 'not-known' })
  t.same(query('0000', { exist: '1', result: { a: 1 } }), { kind: 'found', result: { a: 1 } })
  t.same(query('0000', { exist: '0' }), { kind: 'nothing-found' })
  t.same(query('3001', { reasons }), refused)
  t.equal(
    readingOf(() => shenyang.readHealth(answer('0000', { status: 'UP' }))),
    true,
  )
  t.equal(
    readingOf(() => shenyang.readDeliver(message, jsonAnswer(404, { code: '0000' }))),
    'CITY_GARBLED',
  )
  t.end()
})

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
  t.equal(deliver('-908'), 'CITY_GARBLED')
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

t.test('points in time of Beijing read back, and days that do not exist do not', (t) => {
  t.equal(fromCompactBeijingTime('20261122180000'), '2026-11-22T18:00:00+08:00')
  t.equal(fromCompactBeijingTime('20260230000000'), null)
  t.equal(fromCompactBeijingTime('2026112218000'), null)
  t.end()
})

const protocols: readonly (readonly [string, Protocol, readonly WireAnswer[]])[] = [
  [
    'shenfu',
    shenfu,
    [
      jsonAnswer(201, { caseNo: '211500-2026-000123', status: 'received' }),
      jsonAnswer(200, { found: true, result: {} }),
      jsonAnswer(422, { reasons: [{ code: 'A', message: 'b' }] }),
      jsonAnswer(404, { error: { code: 'REFERENCE_UNKNOWN', message: '' } }),
    ],
  ],
  [
    'shenyang',
    shenyang,
    [
      jsonAnswer(200, {
        code: '0000',
        data: { project_no: REFERENCE, accept_no: '1', status: '1', exist: '1', result: {} },
      }),
      jsonAnswer(200, { code: '3001', data: { reasons: [{ reason_code: 'B01', reason_desc: '' }] } }),
      jsonAnswer(200, { code: '0000', data: { secret: 'AAAA', iv: 'AAAA', secretEndTime: 1 } }),
    ],
  ],
  [
    'fushun',
    fushun,
    [
      fushunAnswer(
        '0102',
        REFERENCE,
        '0',
        `<RECORD><YWXTBH>${REFERENCE}</YWXTBH><BJBH>1</BJBH><BJZT>10</BJZT></RECORD>`,
      ),
      fushunAnswer('0101', REFERENCE, '0', '<RECORD><JG><HM>a</HM><ZXBM><ROW>1</ROW></ZXBM></JG></RECORD>'),
      fushunAnswer('0102', REFERENCE, '-910', '<RECORD><YYDM>02</YYDM><YYSM>x</YYSM></RECORD>'),
      soapFault('Client'),
    ],
  ],
]

for (const [name, protocol, samples] of protocols) {
  t.test(`${name}: whatever comes back, reading it gives an answer or a Fault of the city`, (t) => {
    const readers = [
      (answer: WireAnswer) => protocol.readDeliver(message, answer),
      (answer: WireAnswer) => protocol.readQuery(message, answer),
      (answer: WireAnswer) => protocol.readEnquiry(message, answer),
      (answer: WireAnswer) => protocol.readHealth(answer),
      (answer: WireAnswer) => protocol.secret?.read(answer, stamp.secret) ?? protocol.readHealth(answer),
    ]
    const holds = (answer: WireAnswer): boolean =>
      readers.every((read) => {
        try {
          const { kind } = read(answer)
          return kind === 'answer' || kind === 'not-done'
        } catch (error) {
          return error instanceof Fault && (error.code === 'CITY_GARBLED' || error.code === 'CITY_ERROR')
        }
      })
    const header = fc.constantFrom(
      undefined,
      'text/html',
      'application/json',
      'application/json;charset=utf-8',
      'text/xml; charset=GB18030',
      'text/xml',
      'application/json; charset="',
    )
    const anything = fc.record({
      status: fc.constantFrom(200, 201, 204, 302, 400, 401, 404, 409, 422, 429, 500, 503),
      headers: fc.record({ 'content-type': header }),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
        fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(`<a>${text}</a>`)),
      ),
    })
    // A true answer with some bytes overwritten gets deeper than noise does.
    const spoiled = fc
      .record({
        sample: fc.constantFrom(...samples),
        at: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        cutTo: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
      })
      .map(({ sample, at, cutTo }): WireAnswer => {
        const bytes = Buffer.from(sample.bytes)
        for (const [place, byte] of at) bytes[place % bytes.length] = byte
        return { ...sample, bytes: cutTo === undefined ? bytes : bytes.subarray(0, cutTo % bytes.length) }
      })
    t.doesNotThrow(() => fc.assert(fc.property(anything, holds), { numRuns: 2000 }))
    t.doesNotThrow(() => fc.assert(fc.property(spoiled, holds), { numRuns: 2000 }))
    t.ok(samples.some((sample) => readers.some((read) => readingOf(() => read(sample)) instanceof Object)))
    t.end()
  })
}
