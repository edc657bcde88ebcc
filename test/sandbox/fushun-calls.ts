// Raw calls in Fushun's protocol, written from docs/wire/fushun.md.

export interface Reply {
  readonly status: number
  readonly contentType: string | null
  /** Bytes decoded as GB18030. */
  readonly text: string
  /** The string inside `return`, '' if there is none. */
  readonly inner: string
}

const unescape = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#13;', '\r').replaceAll('&amp;', '&')

const escape = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The text of the first element of that tag, null if there is none. */
export function textOf(xml: string, tag: string): string | null {
  const found = new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)
  return found === null ? null : unescape(found[1]!)
}

export function beijing(moment: number): string {
  return new Date(moment + 8 * 3_600_000)
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9]/g, '')
}

export function pack(kind: string, reference: string, data: string, changes: Readonly<Record<string, string>> = {}) {
  const head = {
    BBH: '1.0',
    FSDW_DM: 'KYTBWG',
    FSDW_MC: '跨域通办网关',
    JSDW_DM: '210400',
    JSDW_MC: '抚顺市',
    ZAGLYWFLDM: kind,
    YWXTBH: reference,
    FSSJ: beijing(Date.now()),
    ...changes,
  }
  const elements = Object.entries(head).map(([tag, text]) => `<${tag}>${text}</${tag}>`)
  return `<PACKAGE><PACKAGEHEAD>${elements.join('')}</PACKAGEHEAD><DATA>${data}</DATA></PACKAGE>`
}

export const envelope = (licence: string, information: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:k="urn:fushun:kytb">
  <s:Body><k:process><sqzcm>${licence}</sqzcm><information>${information}</information></k:process></s:Body>
</s:Envelope>`

export async function send(
  address: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${address}/services/KytbService`, {
    method: 'POST',
    headers: {
      'content-type': 'text/xml; charset=utf-8',
      soapaction: '"urn:fushun:kytb#process"',
      ...headers,
    },
    body,
  })
  const text = new TextDecoder('gb18030', { fatal: true }).decode(await response.arrayBuffer())
  return {
    status: response.status,
    contentType: response.headers.get('content-type'),
    text,
    inner: textOf(text, 'return') ?? '',
  }
}

export const call = (address: string, licence: string, packed: string) =>
  send(address, envelope(licence, escape(packed)))

export const person = (certNo: string) =>
  `<SQR><XM>张伟</XM><ZJLXDM>111</ZJLXDM><GMSFHM>${certNo}</GMSFHM><LXDH>13800000000</LXDH></SQR>`

export const firm =
  '<SQDW><DWMC>沈阳示例科技有限公司</DWMC><TYSHXYDM>91210102MA0XY2K725</TYSHXYDM>' +
  '<FDDBR><XM>张伟</XM><ZJLXDM>111</ZJLXDM><GMSFHM>210102199003070011</GMSFHM></FDDBR>' +
  '<LXR><XM>王芳</XM><LXDH>13900000000</LXDH></LXR></SQDW>'

export const record = (item: string, leg: string, who: string, form: string) =>
  `<RECORD><SXBM>${item}</SXBM><HJBM>${leg}</HJBM><SLSJ>20261122090000</SLSJ><BLFS>1</BLFS>${who}` +
  `<BD>${form}</BD><CLLB><ROW><CLBM>id-document</CLBM><TJFS>4</TJFS></ROW></CLLB></RECORD>`

export const retirementForm = (centre: string) =>
  `<ZXBM>${centre}</ZXBM><ZHHM>210400012345</ZHHM><TXRQ>20260301</TXRQ><TXYJ>age</TXYJ><DKZT>settled</DKZT>` +
  '<FW>part</FW><JE>1250050</JE><SKZH><HM>张伟</HM><KHYH>中国建设银行</KHYH><ZHHM>6217000730012345670</ZHHM></SKZH><SMQR>1</SMQR>'

export const retirement = (certNo: string, centre = '2104') =>
  record('hf-retirement-withdrawal', 'decide', person(certNo), retirementForm(centre))
