// Starts the server as a process group of its own and sees how it ends: for tests of its life, not of its answers.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'
import { copyConfig, IMPATIENT, PROJECT, type RunningGateway } from './harness.ts'
import { prepare } from './prepared.ts'

const WITHIN_MS = 60_000

export interface Folder {
  readonly dataDir: string
  readonly configDir: string
  /** Lets later folders with the same configuration do without checking it; once a gateway has been ready on this one. */
  readonly keep: () => void
}

export interface Launched extends RunningGateway {
  readonly folder: Folder
  readonly stdout: () => string
  readonly stderr: () => string
  /** Exit status, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** To the process alone. */
  signal(name: NodeJS.Signals): void
  /** To the whole process group, sandbox included, as Ctrl-C on a terminal is. */
  signalGroup(name: NodeJS.Signals): void
  /** Closes our end of its stdout, as a reader that goes away does. */
  stopReading(): void
}

export function makeFolder(t: Pick<Test, 'teardown'>, changes: readonly [RegExp, string][] = []): Folder {
  const root = mkdtempSync(join(tmpdir(), 'gateway-life-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const dataDir = join(root, 'data')
  const { configDir, seed, keep } = prepare([...IMPATIENT, ...changes], root, copyConfig)
  seed(dataDir)
  return { dataDir, configDir, keep: () => keep(dataDir) }
}

export interface LaunchOptions {
  readonly uid?: number
  readonly program?: string
  /** They come before the program's own file. */
  readonly nodeOptions?: readonly string[]
}

/** Nothing is waited for: see `ready` and `ended`. What still runs when the test ends is killed, with its group. */
export function launch(
  t: Pick<Test, 'teardown'>,
  folder: Folder,
  env: Record<string, string> = {},
  { uid, program = PROJECT, nodeOptions = [] }: LaunchOptions = {},
): Launched {
  const { dataDir, configDir } = folder
  // By way of env, because the test runner would load itself, its signal handlers too, into a process that it sees is node's.
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, ...nodeOptions, join(program, 'src/server.js')], {
    cwd: program,
    detached: true,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      GATEWAY_PORT: '0',
      GATEWAY_DATA_DIR: dataDir,
      GATEWAY_CONFIG_DIR: configDir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const pid = child.pid ?? 0
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  })
  const send = (to: number, signal: NodeJS.Signals): void => {
    try {
      process.kill(to, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
  t.teardown(async () => {
    send(-pid, 'SIGKILL')
    await ended
  })
  return {
    get address() {
      const { address } = JSON.parse(readFileSync(join(dataDir, 'gateway.json'), 'utf8')) as { address: string }
      return address
    },
    dataDir,
    env: { GATEWAY_DATA_DIR: dataDir, GATEWAY_CONFIG_DIR: configDir, ...env },
    folder,
    pid,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    output: () => stdout + stderr,
    signal: (name) => send(pid, name),
    signalGroup: (name) => send(-pid, name),
    stopReading: () => child.stdout.destroy(),
    async kill() {
      send(pid, 'SIGKILL')
      await ended
    },
    restart: () => Promise.reject(new Error('launch it again')),
    async stop() {
      send(pid, 'SIGTERM')
      const end = await ended
      return typeof end === 'number' ? end : null
    },
  }
}

/** Waits until it listens. Throws with its output if it ends instead. */
export async function ready(gateway: Launched): Promise<Launched> {
  let end: number | string | null = null
  void gateway.ended.then((status) => (end = status))
  await waitFor(() => end !== null || gateway.stdout().includes('Ctrl-C'))
  if (end !== null) throw new Error(`it ended with ${String(end)}:\n${gateway.output()}`)
  gateway.folder.keep()
  return gateway
}

/** Where it has said that it listens: the folder's own note is of the one that was started last. Throws where it has said nothing. */
export function addressSaidBy(gateway: Launched): string {
  const address = /Address\s+(http:\S+)/.exec(gateway.stdout())?.[1]
  if (address === undefined) throw new Error(`it says no address:\n${gateway.output()}`)
  return address
}

export async function waitFor(condition: () => boolean, withinMs = WITHIN_MS): Promise<boolean> {
  const until = performance.now() + withinMs
  while (!condition()) {
    if (performance.now() > until) return false
    await delay(5)
  }
  return true
}

/** The process of the sandbox of this folder, null if none was noted. */
export function sandboxPid({ dataDir }: { readonly dataDir: string }): number | null {
  const file = join(dataDir, 'sandbox.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number }).pid : null
}

/** A process that has ended but was not collected yet counts as ended. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && process.platform !== 'linux'
  }
}
