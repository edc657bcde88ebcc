// Proves the signature of a golden request by the openssl command: the shell scripts of each city know nothing of our code.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface Signed {
  readonly call: string
  readonly key: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

const scriptOf = (city: string, name: string): string => join(import.meta.dirname, '..', city, `${name}.sh`)

/** Whether a city has any proof at all. */
export const hasProof = (city: string): boolean => ['sign', 'verify'].some((name) => existsSync(scriptOf(city, name)))

/** The header lines that openssl makes of a request; none where the city's signatures are random or where it has none. */
export function signedLines(city: string, request: Signed): readonly string[] {
  if (!existsSync(scriptOf(city, 'sign'))) return []
  const { status, stdout, stderr } = runOn(scriptOf(city, 'sign'), request)
  if (status !== 0 || stdout === '') throw new Error(`${city}/sign.sh failed: ${stderr}`)
  return stdout.trimEnd().split('\n')
}

/** What `verify.sh` has against a request; '' where it is good, or where the city has no such script. */
export function objection(city: string, request: Signed): string {
  if (!existsSync(scriptOf(city, 'verify'))) return ''
  const { status, stdout, stderr } = runOn(scriptOf(city, 'verify'), request)
  return status === 0 ? '' : `verify.sh ended with ${status}: ${stdout}${stderr}`
}

/** Runs a script in a folder that holds the request as files: call, method, path, headers, body, key. */
function runOn(
  script: string,
  { headers, ...rest }: Signed,
): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'))
  try {
    for (const [name, content] of Object.entries(rest)) writeFileSync(join(folder, name), content)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\n`)
    writeFileSync(join(folder, 'headers'), lines.join(''))
    return spawnSync('sh', [script], { cwd: folder, encoding: 'utf8' })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
