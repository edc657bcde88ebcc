// Reads the certificates of a line over mutual TLS, and says in both languages what is wrong with them.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { Sentence } from '../domain/words.ts'

/** Files in PEM, relative to the data folder: the one CA that is trusted, our certificate, and its key. */
export interface CertificateFiles {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/** What a connection needs, in PEM. */
export interface Certificates {
  /** The one authority that is trusted. */
  readonly ca: Buffer
  /** What we show; null = nothing, to see that the city then refuses us. */
  readonly own: { readonly cert: Buffer; readonly key: Buffer } | null
  /** When the first of both certificates ends, in milliseconds since 1970. One that has ended is no problem of the files: the city refuses it. */
  readonly endsAt: number
}

/** Thrown for files that can never do; `sentence` is for people. */
export class CertificateProblem extends Error {
  readonly sentence: Sentence

  constructor(zh: string, en: string, cause?: unknown) {
    super(en, cause === undefined ? undefined : { cause })
    this.name = 'CertificateProblem'
    this.sentence = { zh, en }
  }
}

/** Extended key usage `clientAuth`. */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'

/** Throws CertificateProblem for a file that is none, a key of another certificate, or a certificate of another CA. */
export async function readCertificates(
  files: CertificateFiles,
  read: (name: string) => Promise<Buffer> | Buffer,
): Promise<Certificates> {
  const [caPem, certPem, keyPem] = await Promise.all([read(files.ca), read(files.cert), read(files.key)])
  const ca = certificateIn(files.ca, caPem)
  const cert = certificateIn(files.cert, certPem)
  const key = keyIn(files.key, keyPem)
  if (!cert.checkPrivateKey(key)) {
    throw new CertificateProblem(
      `密钥 ${files.key} 与证书 ${files.cert} 不是一对。请换上同一次签发的两个文件。`,
      `The key ${files.key} is not that of the certificate ${files.cert}. Put the two files there that were issued together.`,
    )
  }
  if (!cert.checkIssued(ca) || !cert.verify(ca.publicKey)) {
    throw new CertificateProblem(
      `证书 ${files.cert} 不是由 ${files.ca} 中的 CA 签发的。请向该市索取配套的证书和 CA。`,
      `The certificate ${files.cert} was not issued by the CA in ${files.ca}. Ask the city for a certificate and a CA that belong together.`,
    )
  }
  // Without the extension a certificate is good for anything.
  if (cert.keyUsage !== undefined && !cert.keyUsage.includes(CLIENT_AUTH)) {
    throw new CertificateProblem(
      `证书 ${files.cert} 的用途不含 clientAuth，不能用来呼叫对方。`,
      `The certificate ${files.cert} is not meant for callers: its extended key usage lacks clientAuth.`,
    )
  }
  const endsAt = Math.min(ca.validToDate.getTime(), cert.validToDate.getTime())
  return { ca: caPem, own: { cert: certPem, key: keyPem }, endsAt }
}

function certificateIn(name: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new CertificateProblem(`${name} 不是 PEM 格式的证书。`, `${name} is not a certificate in PEM.`, error)
  }
}

function keyIn(name: string, pem: Buffer): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch (error) {
    throw new CertificateProblem(
      `${name} 不是 PEM 格式的未加密私钥。`,
      `${name} is not an unencrypted private key in PEM.`,
      error,
    )
  }
}
