// Protocols as the wire documents describe their cities, and answers in the form that each city gives.

import iconv from 'iconv-lite'
import type { Reading } from '../../../src/cities/protocol.ts'
import { openMapping } from '../../../src/cities/mapping.ts'
import { fushunProtocol } from '../../../src/cities/protocols/fushun.ts'
import { shenfuProtocol } from '../../../src/cities/protocols/shenfu.ts'
import { shenyangProtocol } from '../../../src/cities/protocols/shenyang.ts'
import { tielingProtocol } from '../../../src/cities/protocols/tieling.ts'
import type { WireAnswer } from '../../../src/cities/wire.ts'
import { Fault } from '../../../src/domain/fault.ts'
import type { CityMessage } from '../../../src/domain/delivery.ts'
import { systemIds } from '../../../src/system.ts'
import { KEY, message, TAKEN_AT } from './city.ts'

export const stamp = { now: TAKEN_AT, secret: Buffer.from(KEY) }
export const areas = { shenyang: '210100', fushun: '210400' }
export const shenfu = shenfuProtocol({
  statuses: { received: 'pre-accepted', refused: 'refused' },
})
export const shenyang = shenyangProtocol({
  bytes: (size) => Buffer.alloc(size, 1),
  rid: 'KYTB-GATEWAY',
  cityRid: 'SY-210100',
  areas,
  statuses: { '1': 'pre-accepted', '9': 'refused' },
})
export const fushun = fushunProtocol({
  sender: { code: 'KYTBWG', name: '跨域通办网关' },
  receiver: { code: '210400', name: '抚顺市' },
  statuses: { '10': 'pre-accepted', '90': 'refused' },
  areas,
  mapping: openMapping(
    {
      names: { dictionary: 'fushun' },
      values: { date: 'YYYYMMDD', amount: 'fen' },
      lists: { rows: 'ROW' },
    },
    {
      kinds: new Map([
        ['amountYuan', 'amount'],
        ['openedOn', 'date'],
      ]),
      dictionaries: new Map([
        [
          'fushun',
          {
            fundCentre: ['ZXBM', '中心编码'],
            amountYuan: ['JE', '金额'],
            accountName: ['HM', '户名'],
            openedOn: ['KHRQ', '开户日期'],
          },
        ],
      ]),
    },
  ),
})

export const tieling = tielingProtocol({
  clientId: 'kytb-gateway',
  statuses: {
    registered: 'pre-accepted',
    not_accepted: 'refused',
    supplement: 'correction-required',
    closed: 'completed',
  },
  areas,
  bytes: systemIds.bytes,
  mapping: openMapping(
    {
      names: 'snake_case',
      exceptions: { name: 'full_name', accountNo: 'acct_no', amountYuan: 'amount_yuan' },
      values: { date: 'YYYY-MM-DD 00:00:00' },
      lists: { joined: ';' },
    },
    {
      kinds: new Map([
        ['openedOn', 'date'],
        ['employers', 'texts'],
        ['payee', 'object'],
      ]),
      dictionaries: new Map(),
    },
  ),
})

/** A submission in which every optional part stands. */
export const full: CityMessage = {
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

export function jsonAnswer(status: number, value: unknown): WireAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    bytes: Buffer.from(JSON.stringify(value)),
  }
}

export function xmlAnswer(xml: string, status = 200): WireAnswer {
  return { status, headers: { 'content-type': 'text/xml; charset=GB18030' }, bytes: iconv.encode(xml, 'gb18030') }
}

export const escape = (xml: string): string =>
  xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** An answer as docs/wire/fushun.md shows it. */
export function fushunAnswer(kind: string, reference: string, code: string, records = ''): WireAnswer {
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

export function soapFault(code: string): WireAnswer {
  return xmlAnswer(
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault>' +
      `<faultcode>e:${code}</faultcode><faultstring>无法识别</faultstring></e:Fault></e:Body></e:Envelope>`,
    500,
  )
}

/** What a reading comes to: its answer, `sent CODE`, or the code of what was thrown. */
export function readingOf(read: () => Reading<unknown>): unknown {
  try {
    const reading = read()
    if (reading.kind === 'answer') return reading.answer
    return `${reading.sent} ${reading.code}${reading.renewSecret ? ' renew' : ''}`
  } catch (error) {
    return error instanceof Fault ? error.code : error
  }
}
