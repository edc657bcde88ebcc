// Shenfu's certificates: a CA, the city's and the caller's, made at the first start and again before they end.

import { createPrivateKey, KeyObject, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { makeFolder, readIfThere, replaceFile } from '../disk.ts'
import type { Context, ServerTls } from './wire.ts'

const DAY_MS = 24 * 3_600_000
const LIFE_MS = 5 * 365 * DAY_MS
const LEFT_MS_MIN = 30 * DAY_MS
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const FILES = { ca: 'ca.pem', cert: 'shenfu.pem', key: 'shenfu.key', clientCert: 'client.pem', clientKey: 'client.key' }
type Name = keyof typeof FILES
type Pems = Readonly<Record<Name, string>>

/**
 * Reads the files of docs/wire/shenfu.md below `tls/` in the sandbox's folder. Where one is missing, does not fit the others or
 * ends within 30 days, all are made anew: the CA's key is not kept. After a crash in between they do not fit either.
 */
export async function readOrMakeCertificates({ folder }: Context): Promise<ServerTls> {
  const tls = join(folder, 'tls')
  const kept = readAll(tls)
  if (kept !== null && areGood(kept)) return kept
  const made = await make()
  makeFolder(tls)
  for (const [name, file] of Object.entries(FILES)) replaceFile(join(tls, file), made[name as Name])
  return made
}

function readAll(tls: string): Pems | null {
  const read = Object.entries(FILES).map(([name, file]) => [name, readIfThere(join(tls, file))] as const)
  return read.some(([, pem]) => pem === null) ? null : (Object.fromEntries(read) as Pems)
}

function areGood(pems: Pems): boolean {
  try {
    const ca = new X509Certificate(pems.ca)
    const pairs = [
      [new X509Certificate(pems.cert), pems.key],
      [new X509Certificate(pems.clientCert), pems.clientKey],
    ] as const
    return (
      lasts(ca) &&
      pairs.every(
        ([of, key]) =>
          lasts(of) && of.checkIssued(ca) && of.verify(ca.publicKey) && of.checkPrivateKey(createPrivateKey(key)),
      )
    )
  } catch {
    return false
  }
}

const lasts = ({ validToDate }: X509Certificate): boolean => validToDate.getTime() - Date.now() > LEFT_MS_MIN

async function make(): Promise<Pems> {
  // Only a first start pays for loading these.
  await import('reflect-metadata')
  const x509 = await import('@peculiar/x509')
  const { KeyUsageFlags, X509CertificateGenerator } = x509

  const makeKeys = () => crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const period = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + LIFE_MS) }
  const caKeys = await makeKeys()
  const caName = 'CN=Shenfu sandbox CA'
  const ca = await X509CertificateGenerator.createSelfSigned({
    ...period,
    name: caName,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  })

  async function issue(commonName: string, usage: string, names: readonly { type: 'ip' | 'dns'; value: string }[]) {
    const keys = await makeKeys()
    const certificate = await X509CertificateGenerator.create({
      ...period,
      subject: `CN=${commonName}`,
      issuer: caName,
      publicKey: keys.publicKey,
      signingKey: caKeys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([usage]),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension([...names])]),
      ],
    })
    const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' })
    return { cert: pem(certificate), key: key as string }
  }

  const pem = (certificate: { toString(format: 'pem'): string }): string => `${certificate.toString('pem')}\n`
  const server = await issue('shenfu', x509.ExtendedKeyUsage.serverAuth, [
    { type: 'ip', value: '127.0.0.1' },
    { type: 'dns', value: 'localhost' },
  ])
  const client = await issue('kytb-gateway', x509.ExtendedKeyUsage.clientAuth, [])
  return { ca: pem(ca), ...server, clientCert: client.cert, clientKey: client.key }
}
