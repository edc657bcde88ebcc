// Raw calls to Shenfu over mutual TLS, and certificates by the openssl command, both as docs/wire/shenfu.md shows them.

import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest, type RequestOptions } from 'node:https'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'

const run = promisify(execFile)

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Readonly<Record<string, unknown>>
  /** Protocol and cipher of the connection. */
  readonly spoken: string
}

/** The caller's certificate and key, and the one CA that it trusts. */
export const credentialsIn = (tls: string) => ({
  ca: readFileSync(join(tls, 'ca.pem'), 'utf8'),
  cert: readFileSync(join(tls, 'client.pem'), 'utf8'),
  key: readFileSync(join(tls, 'client.key'), 'utf8'),
})

/** A GET, or with a body a POST. Rejects where the connection fails. */
export function call(
  address: string,
  path: string,
  tls: RequestOptions,
  body?: { readonly reference: string } & Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const post = { 'content-type': 'application/json', ...(body === undefined ? {} : { reference: body.reference }) }
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      `${address}${path}`,
      { agent: false, ...tls, ...(body === undefined ? {} : { method: 'POST', headers: post }) },
      (response) => resolve(read(response)),
    )
    outgoing.once('error', reject)
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

async function read(response: IncomingMessage): Promise<Answer> {
  const { headers, statusCode } = response
  const socket = response.socket as TLSSocket
  const spoken = `${socket.getProtocol()} ${socket.getCipher().name}`
  const body = JSON.parse(await text(response)) as Record<string, unknown>
  return { status: statusCode!, headers, body, spoken }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Makes ca.pem, ca.key, shenfu.*, client.* and stranger.* in the folder; those that the CA signs last `days`. */
export async function makeByOpenssl(tls: string, days = 825): Promise<void> {
  const openssl = (...args: readonly string[]) => run('openssl', args, { cwd: tls })
  const ca = [
    '-addext',
    'basicConstraints=critical,CA:TRUE,pathlen:0',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ]
  const caFiles = ['-keyout', 'ca.key', '-out', 'ca.pem']
  await openssl('req', '-x509', ...NEW_KEY, '-days', '3650', '-subj', '/CN=Shenfu sandbox CA', ...ca, ...caFiles)
  const serverNames = '\nsubjectAltName=IP:127.0.0.1,DNS:localhost'
  for (const [name, commonName, usage] of [
    ['shenfu', 'shenfu', `serverAuth${serverNames}`],
    ['client', 'kytb-gateway', 'clientAuth'],
    ['stranger', 'somebody', 'clientAuth'],
  ] as const) {
    const request = ['-subj', `/CN=${commonName}`, '-keyout', `${name}.key`, '-out', `${name}.csr`]
    await openssl('req', ...NEW_KEY, ...request)
    const extensions = `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=${usage}`
    writeFileSync(join(tls, `${name}.ext`), extensions)
    const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', String(days)]
    await openssl('x509', '-req', '-in', `${name}.csr`, ...signing, '-extfile', `${name}.ext`, '-out', `${name}.pem`)
  }
}

/** What `openssl verify` says of a certificate. */
export async function verifyByOpenssl(tls: string, file: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await run('openssl', ['verify', '-CAfile', 'ca.pem', ...options, file], { cwd: tls })
  return stdout.trim()
}
