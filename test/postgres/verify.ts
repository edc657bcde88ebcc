// Verifies a log as an auditor does, by the project's own command.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PROJECT } from '../gateway/harness.ts'

/** `place`: a gateway's address, under the key that it shows. Status 0 = sound. */
export async function runVerify(address: string): Promise<{ readonly status: number | null; readonly output: string }> {
  const keys = (await (await fetch(`${address}/.well-known/audit-keys`)).text()).trim().split('\n')
  return runCommand(['audit', 'verify', address, ...keys.flatMap((key) => ['--key', key])])
}

/** Runs a command of the project to its end. */
export async function runCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  program = PROJECT,
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, join(program, 'src/cli.js'), ...args], {
    env: { ...process.env, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { status: child.exitCode, output }
}
