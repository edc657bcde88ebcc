// Starts the processes of the benchmark, each on its processor, and ends exactly those.

import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

/** Gateways on the first processor, the city and the load on the second, so that no gateway waits for its own load. */
export type Core = 0 | 1 | null

const canPin =
  process.platform === 'linux' && availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0

export const pinned = canPin

export interface Started {
  readonly child: ChildProcess
  readonly pid: number
}

export interface Processes extends AsyncDisposable {
  /** Any program, by its name and arguments. */
  run(command: readonly string[], options: RunOptions): Started
  start(script: string, options: StartOptions): Started
  /** Starts a server and waits for the line in which it names its port. */
  serve(script: string, options: StartOptions): Promise<Started & { readonly port: number }>
}

export interface RunOptions {
  readonly core: Core
  readonly env?: Readonly<Record<string, string>>
  readonly stdio?: StdioOptions | undefined
}

export interface StartOptions extends RunOptions {
  readonly nodeOptions?: readonly string[]
  readonly args?: readonly string[]
}

const END_MS = 10_000

/** Disposing ends all that were started, those started last first; one that does not end in time is killed. */
export function openProcesses(): Processes {
  const running: ChildProcess[] = []

  function run(command: readonly string[], { core, env = {}, stdio }: RunOptions): Started {
    const whole = canPin && core !== null ? ['taskset', '-c', String(core), ...command] : command
    const child = spawn(whole[0] ?? '', whole.slice(1), {
      env: { ...process.env, ...env },
      stdio: stdio ?? ['pipe', 'pipe', 'inherit'],
    })
    running.push(child)
    return { child, pid: child.pid ?? 0 }
  }

  const start: Processes['start'] = (script, { nodeOptions = [], args = [], ...options }) =>
    run([process.execPath, ...nodeOptions, script, ...args], options)

  return {
    run,
    start,
    async serve(script, options) {
      const started = start(script, options)
      const { stdout } = started.child
      if (stdout === null) throw new Error('a server tells its port on stdout')
      for await (const line of createInterface(stdout)) {
        return { ...started, ...(JSON.parse(line) as { port: number }) }
      }
      throw new Error(`${script} ended before it listened`)
    },
    async [Symbol.asyncDispose]() {
      for (const child of running.toReversed()) {
        if (child.exitCode !== null || child.signalCode !== null) continue
        const ended = once(child, 'exit')
        child.kill('SIGTERM')
        const kill = setTimeout(() => child.kill('SIGKILL'), END_MS)
        await ended
        clearTimeout(kill)
      }
    },
  }
}
