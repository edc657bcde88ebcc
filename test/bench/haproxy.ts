// Debian's haproxy as it is set up to let nobody through without a valid token: it verifies ES256 and checks nothing else.

import { spawnSync } from 'node:child_process'
import { createPublicKey, type JsonWebKey } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../postgres/server.ts'
import type { Processes } from './processes.ts'

const START_MS = 10_000

/** What it needs came with 2.5. */
export const hasHaproxy = (): boolean => spawnSync('haproxy', ['-v']).status === 0

/** `keyFile` holds the key pair that the tokens are signed with, as a JWK. Throws where it does not start. */
export async function startHaproxy(
  processes: Processes,
  folder: string,
  {
    keyFile,
    upstreamPort,
    callers,
  }: { readonly keyFile: string; readonly upstreamPort: number; readonly callers: number },
): Promise<{ readonly port: number; readonly pid: number }> {
  const key = JSON.parse(readFileSync(keyFile, 'utf8')) as JsonWebKey
  const pem = join(folder, 'token-key.pem')
  writeFileSync(pem, createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
  const port = await freePort()
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(
    file,
    `global
  nbthread 1
defaults
  mode http
  http-reuse always
  timeout connect 5s
  timeout client 75s
  timeout server 75s
frontend callers
  bind 127.0.0.1:${port}
  http-request set-var(txn.token) http_auth_bearer
  http-request deny unless { var(txn.token),jwt_header_query('$.alg') -m str ES256 }
  http-request deny unless { var(txn.token),jwt_verify("ES256","${pem}") -m int 1 }
  default_backend city
backend city
  server city 127.0.0.1:${upstreamPort} maxconn ${callers}
`,
  )
  const { child, pid } = processes.run(['haproxy', '-db', '-f', file], {
    core: 0,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const started = performance.now()
  // Whoever has no token is refused: it would be fast, too, if it let everybody through.
  while ((await statusWithout(port)) !== 403) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}`)
    if (performance.now() - started > START_MS) throw new Error('haproxy did not start')
    await delay(25)
  }
  return { port, pid }
}

/** Null until it listens. */
const statusWithout = (port: number): Promise<number | null> =>
  fetch(`http://127.0.0.1:${port}/`, { headers: { authorization: 'Bearer e30.e30.AAAA' } }).then(
    ({ status }) => status,
    () => null,
  )
