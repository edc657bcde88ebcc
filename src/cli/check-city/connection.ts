// Checks that the test system can be reached, that its certificate holds, and that its clock goes right.

import { connect as connectTcp } from 'node:net'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Certificates } from '../../cities/certificates.ts'
import type { Sentence } from '../../domain/words.ts'
import { shownOf } from './exchanges.ts'
import { failed, notApplicable, passed, type Verdict } from './finding.ts'
import { called, type Subject } from './subject.ts'

const DAY_MS = 24 * 3_600_000
/** A certificate that ends sooner has to be renewed now: cities take their time over it. */
const CERTIFICATE_DAYS_MIN = 30
/** How far our clock is set wrong, to learn what the city tolerates. */
const STEPS_SECONDS = [30, 60, 85, 120, 240, 290, 590, 900, 1800, 3600]

export function checkReachable({ origin, backend }: Subject): Promise<Verdict> {
  const { host, port } = placeOf(origin)
  const { connectTimeoutMs } = backend.limits
  const began = performance.now()
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, timeout: connectTimeoutMs })
    const end = (verdict: Verdict): void => {
      socket.destroy()
      resolve(verdict)
    }
    const unreachable = (why: string): void =>
      end(
        failed(
          { zh: `无法连接 ${host}:${port}：${why}。`, en: `${host}:${port} cannot be reached: ${why}.` },
          {
            zh: '核对 testAddress、防火墙放行和专线路由；请该市确认测试系统已启动。',
            en: 'Check testAddress, the firewall and the leased line; ask the city whether its test system is up.',
          },
          null,
        ),
      )
    socket.once('connect', () => {
      const tookMs = Math.round(performance.now() - began)
      end(
        passed(
          { zh: `${host}:${port} 在 ${tookMs} 毫秒内连通。`, en: `${host}:${port} connected within ${tookMs} ms.` },
          null,
        ),
      )
    })
    socket.once('timeout', () => unreachable(`${connectTimeoutMs} ms`))
    socket.once('error', (error: NodeJS.ErrnoException) => unreachable(error.code ?? error.message))
  })
}

const TLS_MEND: Sentence = {
  zh: '请该市更换证书（名称含所配地址、链完整、有效期足够），或在配置中换上该市的 CA。',
  en: 'Ask the city for a certificate that names the configured address, with its whole chain and time left; or configure its CA.',
}

/** What the certificate says is looked at on a connection that carries nothing. */
export function checkTls({
  origin,
  backend,
  certificates,
}: Pick<Subject, 'origin' | 'backend' | 'certificates'>): Promise<Verdict> {
  if (!origin.startsWith('https:')) {
    return Promise.resolve(
      notApplicable({ zh: '测试地址是 http，没有证书。', en: 'The test address is http: there is no certificate.' }),
    )
  }
  const { host, port } = placeOf(origin)
  return new Promise((resolve) => {
    const socket: TLSSocket = connectTls({
      host,
      port,
      servername: /^[\d.:]+$/.test(host) ? '' : host,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      timeout: backend.limits.connectTimeoutMs,
      ...(certificates === null ? {} : { ca: certificates.ca, ...certificates.own }),
    })
    const end = (verdict: Verdict): void => {
      socket.destroy()
      resolve(verdict)
    }
    const broken = (why: string): void =>
      end(failed({ zh: `TLS 握手失败：${why}。`, en: `The TLS handshake failed: ${why}.` }, TLS_MEND, null))
    socket.once('secureConnect', () => end(judgeCertificate(socket, certificates)))
    socket.once('timeout', () => broken(`${backend.limits.connectTimeoutMs} ms`))
    socket.once('error', (error: NodeJS.ErrnoException) => broken(error.code ?? error.message))
  })
}

function judgeCertificate(socket: TLSSocket, certificates: Certificates | null): Verdict {
  const peer: PeerCertificate = socket.getPeerCertificate()
  const days = Math.floor((Date.parse(peer.valid_to) - Date.now()) / DAY_MS)
  const list = [
    `${socket.getProtocol() ?? ''} ${socket.getCipher().name}`,
    `subject: ${String(peer.subject?.CN ?? '')}`,
    `names: ${peer.subjectaltname ?? ''}`,
    `issuer: ${String(peer.issuer?.CN ?? '')}`,
    `valid to: ${peer.valid_to}`,
    certificates === null
      ? '未配置我方证书 / no certificate of ours is configured'
      : `出示了我方证书 / ours was shown, valid to: ${new Date(certificates.endsAt).toUTCString()}`,
  ]
  // Chain and names both: with rejectUnauthorized off the connection stands, and the reason is kept here.
  if (!socket.authorized) {
    const why = String(socket.authorizationError)
    return failed(
      { zh: `证书未通过校验：${why}。`, en: `The certificate does not check: ${why}.` },
      TLS_MEND,
      null,
      list,
    )
  }
  const daysOurs = certificates === null ? Infinity : Math.floor((certificates.endsAt - Date.now()) / DAY_MS)
  if (daysOurs < CERTIFICATE_DAYS_MIN) {
    return failed(
      { zh: `我方证书还有 ${daysOurs} 天到期。`, en: `Our own certificate has ${daysOurs} days left.` },
      {
        zh: '请向该市申请新证书，换上配置中 tls 所列的文件后重启网关。',
        en: 'Ask the city for a new one, put it in the place of the files that tls names, and restart the gateway.',
      },
      null,
      list,
    )
  }
  const left = { zh: `证书还有 ${days} 天到期。`, en: `The certificate has ${days} days left.` }
  return days < CERTIFICATE_DAYS_MIN ? failed(left, TLS_MEND, null, list) : passed(left, null, list)
}

/**
 * How far the city's clock is from ours, and how far it may be: calls are signed with a clock that is set wrong on purpose,
 * step by step, until they are refused.
 */
export async function checkClock(subject: Subject): Promise<Verdict> {
  const { exchanged } = await called(subject, subject.open.health)
  const skewMs = subject.open.line.view().clockSkewMs
  const [ahead, behind] = [await tolerated(subject, 1), await tolerated(subject, -1)]
  const limit = Math.min(ahead ?? Infinity, behind ?? Infinity)
  const shown = shownOf(exchanged, null)
  const list = [
    `+ ${ahead === null ? '不核对时间 / the time is not checked' : `${ahead} s`}`,
    `- ${behind === null ? '不核对时间 / the time is not checked' : `${behind} s`}`,
  ]
  const tolerance: Sentence =
    limit === Infinity
      ? { zh: '对方不核对呼叫的时间', en: 'the city does not check the time of calls' }
      : { zh: `对方至少容许 ${limit} 秒`, en: `the city tolerates ${limit} s at least` }
  if (skewMs === null) {
    return passed(
      { zh: `答复中没有时间，${tolerance.zh}。`, en: `Its answers carry no time; ${tolerance.en}.` },
      shown,
      list,
    )
  }
  const seconds = (skewMs / 1000).toFixed(1)
  const found = {
    zh: `对方时钟与我方相差 ${seconds} 秒，${tolerance.zh}。`,
    en: `Its clock differs from ours by ${seconds} s; ${tolerance.en}.`,
  }
  // What is tolerated is measured from our own clock: the smaller side is what is left of it.
  if (Math.abs(skewMs) / 1000 <= Math.max(limit, STEPS_SECONDS[0] ?? 0) && limit > 0) return passed(found, shown, list)
  return failed(
    found,
    {
      zh: '双方都应与国家授时中心的 NTP 服务器对时；先核对我方时钟，再请该市核对。',
      en: 'Both sides should follow an NTP server: check our own clock first, then ask the city to check its.',
    },
    shown,
    list,
  )
}

/** The largest step that the city takes; 0 = not even the smallest, null = all of them. */
async function tolerated(subject: Subject, sign: 1 | -1): Promise<number | null> {
  let largest = 0
  for (const seconds of STEPS_SECONDS) {
    const open = subject.reopen({ clockOffMs: sign * seconds * 1000 })
    const { outcome } = await called(subject, open.health)
    await open.line[Symbol.asyncDispose]()
    if (outcome.sent !== 'answered') return largest
    largest = seconds
  }
  return null
}

function placeOf(origin: string): { readonly host: string; readonly port: number } {
  const { hostname, port, protocol } = new URL(origin)
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  }
}
