// Checks that the test system takes our key, and takes no other.

import type { BackendConfig } from '../../cities/config.ts'
import type { CallOutcome } from '../../domain/delivery.ts'
import { FAULTS, type FaultCode } from '../../domain/fault.ts'
import type { Sentence } from '../../domain/words.ts'
import { shownOf } from './exchanges.ts'
import { failed, passed, type Verdict } from './finding.ts'
import { called, type Subject } from './subject.ts'

/** In the middle of the second line of docs/wire/liaoyang.md's secret file: 32 digits, LF, 64 digits. */
const LIAOYANG_OWN_KEY_AT = 33 + 32

export async function checkSignature(subject: Subject): Promise<Verdict> {
  const { outcome, exchanged } = await called(subject, subject.open.health)
  const shown = shownOf(exchanged, null)
  if (outcome.sent === 'answered') {
    return passed({ zh: '健康检查的签名被接受。', en: 'The signature of the health call is accepted.' }, shown)
  }
  return failed(faultOf(outcome), mendOf(outcome, subject), shown)
}

/** A city that takes any key would take anybody's messages. */
export async function checkWrongSignature(subject: Subject): Promise<Verdict> {
  if (subject.certificates !== null) return checkNoCertificate(subject)
  const open = subject.reopen({ key: spoilt(subject.key, subject.backend.protocol) })
  const { outcome, exchanged } = await called(subject, open.health)
  await open.line[Symbol.asyncDispose]()
  const shown = shownOf(exchanged, null)
  if (outcome.sent === 'answered') {
    return failed(
      {
        zh: '用改动过的密钥签名，对方照样接受：任何人都可以冒充网关。',
        en: 'A signature made with a spoilt key is accepted: anybody could pose as the gateway.',
      },
      {
        zh: '请该市打开验签，并核对它用的是约定的密钥，而不是只看请求方标识。',
        en: 'Ask the city to check signatures, with the key that was agreed and not by the name of the caller alone.',
      },
      shown,
    )
  }
  if (outcome.fault.code === 'CITY_SIGNATURE_REFUSED') {
    return passed({ zh: '错误的签名被拒绝。', en: 'A wrong signature is refused.' }, shown)
  }
  return failed(
    {
      zh: `错误的签名没有按文档拒绝，而是：${faultOf(outcome).zh}`,
      en: `A wrong signature is not refused as the document says, but: ${faultOf(outcome).en}`,
    },
    {
      zh: '请该市对错误签名返回文档约定的代码；否则网关分不清是密钥错了还是系统坏了。',
      en: 'Ask the city to answer a wrong signature with the code of the document; else the gateway cannot tell a wrong key from a broken system.',
    },
    shown,
  )
}

/** Where a certificate is all that says who calls, one that shows none must be nobody. */
async function checkNoCertificate(subject: Subject): Promise<Verdict> {
  const { certificates } = subject
  const open = subject.reopen({ certificates: certificates === null ? null : { ...certificates, own: null } })
  const { outcome, exchanged } = await called(subject, open.health)
  await open.line[Symbol.asyncDispose]()
  const shown = shownOf(exchanged, null)
  // Some cities end the handshake, others answer.
  const refusals: readonly FaultCode[] = ['CITY_CERTIFICATE_REFUSED', 'CITY_RESET', 'CITY_UNREACHABLE']
  if (outcome.sent !== 'answered' && refusals.includes(outcome.fault.code)) {
    return passed({ zh: '不出示证书的呼叫被拒绝。', en: 'A call that shows no certificate is refused.' }, shown)
  }
  return failed(
    {
      zh: '不出示证书的呼叫没有被拒绝：任何人都可以冒充网关。',
      en: 'A call that shows no certificate is not refused: anybody could pose as the gateway.',
    },
    {
      zh: '请该市要求客户端证书，并核对签发的 CA 和主体。',
      en: 'Ask the city to demand a certificate of its callers, and to check who issued it and to whom.',
    },
    shown,
  )
}

/** The fault that ended a call, in words. */
export function faultOf(outcome: Exclude<CallOutcome<unknown>, { readonly sent: 'answered' }>): Sentence {
  const { title } = FAULTS[outcome.fault.code]
  const { cause } = outcome.fault.details
  // What a protocol notes as the cause is its own words, never the city's.
  const why = cause instanceof Error && cause.message !== '' ? ` (${cause.message})` : ''
  return {
    zh: `${title.zh}（${outcome.fault.code}）${why}。`,
    en: `${title.en} [${outcome.fault.code}]${why}.`,
  }
}

const NOT_ITS_PROTOCOL: Sentence = {
  zh: '对方的答复不符合接口文档：把下面的报文发给该市，核对地址、字符集和版本。',
  en: 'The answer does not follow the document: show the messages below to the city; check address, charset and version.',
}

const MENDS: Readonly<Partial<Record<FaultCode, (backend: BackendConfig) => Sentence>>> = {
  CITY_SIGNATURE_REFUSED: ({ secretFile }) => ({
    zh: `核对密钥文件 ${secretFile}、请求方标识，以及双方时钟。`,
    en: `Check the key file ${secretFile}, the name given to us, and both clocks.`,
  }),
  CITY_CERTIFICATE_REFUSED: ({ tls }) => ({
    zh: `核对证书 ${tls?.cert ?? ''} 的有效期和主体，并请该市登记它。`,
    en: `Check the period and the subject of the certificate ${tls?.cert ?? ''}, and have the city register it.`,
  }),
  CITY_CERTIFICATE_INVALID: ({ tls }) => ({
    zh: `对方的证书须由 ${tls?.ca ?? 'CA'} 签发、在有效期内，且名称含所配地址。`,
    en: `The city’s certificate must be issued by the CA in ${tls?.ca ?? ''}, within its period, and name the configured address.`,
  }),
  CITY_MESSAGE_REFUSED: () => ({
    zh: '按下面的报文核对 protocolOptions 和 mapping；对方若指出字段，从该字段查起。',
    en: 'Hold protocolOptions and mapping against the messages below; begin with the field that the city names, if it does.',
  }),
  CITY_GARBLED: () => NOT_ITS_PROTOCOL,
  CITY_ANSWER_UNSIGNED: ({ secretFile }) => ({
    zh: `答复的签名、时间或随机串不符：核对 ${secretFile} 中该市的公钥，以及双方时钟。`,
    en: `The answer’s signature, time or nonce is wrong: check the city’s public key in ${secretFile}, and both clocks.`,
  }),
  CITY_ANSWER_TOO_LARGE: () => NOT_ITS_PROTOCOL,
  CITY_ERROR: () => ({
    zh: '对方系统内部出错：把时间和下面的报文发给该市查日志。',
    en: 'The city’s system broke: give it the time and the messages below to look through its log.',
  }),
  CITY_TIMEOUT: ({ limits: { deadlineMs } }) => ({
    zh: `对方未在时限（${deadlineMs} 毫秒）内答复：请该市查处理时间，确有需要再放宽 limits。`,
    en: `No answer within the deadline (${deadlineMs} ms): ask the city where the time goes; widen limits only if it must be.`,
  }),
}

/** What usually helps against the fault that ended a call. */
export function mendOf(
  outcome: Exclude<CallOutcome<unknown>, { readonly sent: 'answered' }>,
  { backend }: Pick<Subject, 'backend'>,
): Sentence {
  return (
    MENDS[outcome.fault.code]?.(backend) ?? {
      zh: '核对 testAddress、网络和证书，再试一次。',
      en: 'Check testAddress, the network and the certificates, and try again.',
    }
  )
}

/** One character in the middle, of a file with several keys in the middle of ours, is another of its kind: the key keeps its form. */
function spoilt(key: Buffer, protocol: BackendConfig['protocol']): Buffer {
  const other = Buffer.from(key)
  // Of Liaoyang's three keys the second is the one that signs.
  const middle = protocol === 'liaoyang' ? LIAOYANG_OWN_KEY_AT : other.length >> 1
  const at = other.findIndex((byte, index) => index >= middle && /[0-9A-Za-z]/.test(String.fromCharCode(byte)))
  const place = at < 0 ? middle : at
  const was = String.fromCharCode(other[place] ?? 0)
  other.write(/[0-9]/.test(was) ? (was === '7' ? '3' : '7') : was === 'a' || was === 'A' ? 'c' : 'a', place, 'latin1')
  return other
}
