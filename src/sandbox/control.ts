// What the gateway and its commands do with the sandbox: start or take over, make a city sick, let its cases go on.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from './disk.ts'
import { FAULT_KINDS, type FaultKind, isRate as isShare } from './faults.ts'
import type { HeardSubmission } from './heard.ts'
import { CASE_STATUSES as LIFE_STATUSES, type CaseStatus as LifeStatus, type Fee } from './life.ts'
import { isAlive } from './liveness.ts'
import { findSandboxFile, removeSandboxFile, type SandboxFile, sourceVersion } from './sandbox-file.ts'

const CALL_MS = 10_000
const POLL_MS = 20
const START_MS = 60_000
const STOP_MS = 5000
const MAIN = join(import.meta.dirname, 'main.ts')

/** What a city can be made to suffer; docs/wire/sandbox.md describes each. */
export type SandboxFault = FaultKind
export const SANDBOX_FAULTS: readonly SandboxFault[] = FAULT_KINDS

/** The share of calls that a fault strikes: 0 to 1. */
export function isRate(value: unknown): value is number {
  return isShare(value)
}

/** Where the sandbox of this data folder listens; null if none was started or it was stopped. After kill -9 it is still told. */
export function readSandboxFile(dataDir: string): SandboxFile | null {
  return findSandboxFile(dataDir)
}

export interface SandboxExit {
  /** Both null if it was not our child, so that nothing more is known. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface SandboxHandle {
  readonly addresses: ReadonlyMap<string, string>
  readonly pid: number
  /** True if it had been started by another process before. */
  readonly adopted: boolean
  /** Resolves when the process has ended, asked for or not; does not keep this process alive. */
  readonly exited: Promise<SandboxExit>
  /** Asks it to end, and kills it if it does not. What it had taken is on disk. */
  stop(): Promise<void>
}

/**
 * Takes over the sandbox that runs in this data folder, if it is the same code with the same cities; else ends that one
 * and starts another, with the cases, faults and (where free) ports of before. Throws with the end of its log if it does not come up.
 */
export async function startOrAdoptSandbox(options: {
  readonly dataDir: string
  readonly cities: readonly string[]
  readonly ownerPid: number
}): Promise<SandboxHandle> {
  const { dataDir, cities, ownerPid } = options
  const found = readSandboxFile(dataDir)
  if (found !== null) {
    const state = await stateOf(found)
    if (state !== null && isSame(state, found, cities)) {
      await call(found, 'POST', '/owner', { pid: ownerPid })
      return handleOf(dataDir, found, true, endOf(found.pid))
    }
    await end(dataDir, found, state !== null)
  }
  return start(dataDir, cities, ownerPid)
}

interface State {
  readonly pid: number
  readonly version: string
  readonly owner: number
  readonly cities: Readonly<Record<string, object>>
}

/** Null if nobody answers there with this token. */
async function stateOf(file: SandboxFile): Promise<State | null> {
  try {
    return (await call(file, 'GET', '/state')) as State
  } catch {
    return null
  }
}

function isSame(state: State, file: SandboxFile, cities: readonly string[]): boolean {
  const open = Object.keys(state.cities)
  return (
    state.pid === file.pid &&
    state.version === sourceVersion() &&
    open.length === cities.length &&
    cities.every((city) => open.includes(city))
  )
}

/** Ends the sandbox of this file. One that does not answer is killed only if the process is plainly a sandbox of this folder. */
async function end(dataDir: string, file: SandboxFile, answers: boolean): Promise<void> {
  if (answers) await call(file, 'POST', '/stop').catch(() => {})
  else if (isSandboxProcess(file.pid, dataDir)) kill(file.pid)
  else return removeSandboxFile(dataDir)
  if (!(await waitFor(() => !isAlive(file.pid), STOP_MS))) {
    kill(file.pid)
    await waitFor(() => !isAlive(file.pid), STOP_MS)
  }
  removeSandboxFile(dataDir)
}

function isSandboxProcess(pid: number, dataDir: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return words.includes(MAIN) && words.includes(dataDir)
  } catch {
    return false
  }
}

async function start(dataDir: string, cities: readonly string[], ownerPid: number): Promise<SandboxHandle> {
  makeFolder(join(dataDir, 'sandbox'))
  const logPath = join(dataDir, 'sandbox', 'sandbox.log')
  const log = openSync(logPath, 'a', 0o600)
  const child = spawn(
    process.execPath,
    [MAIN, '--data-dir', dataDir, '--cities', cities.join(','), '--owner', String(ownerPid)],
    { stdio: ['ignore', log, log] },
  )
  closeSync(log)
  child.unref()
  const { pid } = child
  const exited = new Promise<SandboxExit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
  let running = true
  child.once('exit', () => {
    running = false
  })
  child.once('error', () => {
    running = false
  })
  await waitFor(() => !running || readSandboxFile(dataDir)?.pid === pid, START_MS)
  const file = readSandboxFile(dataDir)
  if (pid === undefined || file === null || file.pid !== pid || !running) {
    if (running) child.kill('SIGKILL')
    throw new Error(`the sandbox did not start; its log ends with:\n${readFileSync(logPath, 'utf8').slice(-2000)}`)
  }
  return handleOf(dataDir, file, false, exited)
}

function handleOf(dataDir: string, file: SandboxFile, adopted: boolean, exited: Promise<SandboxExit>): SandboxHandle {
  return {
    addresses: new Map(Object.entries(file.cities).map(([city, { address }]) => [city, address])),
    pid: file.pid,
    adopted,
    exited,
    async stop() {
      if (isAlive(file.pid)) await end(dataDir, file, true)
    },
  }
}

/** Makes a city sick, or well again with `off`, from the next call on. Throws if no sandbox runs in this folder. */
export async function setFault(dataDir: string, city: string, fault: SandboxFault, rate: number): Promise<void> {
  await call(running(dataDir), 'POST', `/faults/${city}`, { fault, rate })
}

/** Ends all tokens or signing secrets of a city that gives any, as if their time were over. Throws if no sandbox runs in this folder. */
export async function expireTokens(dataDir: string, city: string): Promise<void> {
  await call(running(dataDir), 'POST', `/expire/${city}`)
}

export type CaseStatus = LifeStatus
export const CASE_STATUSES: readonly CaseStatus[] = LIFE_STATUSES

/** What happened in a city to a case, as its clerk enters it. */
export interface CaseStep {
  readonly status: CaseStatus
  readonly remark?: string
  readonly points?: readonly { readonly code: string | null; readonly message: string }[]
  readonly results?: readonly { readonly code: string; readonly name: string; readonly number: string }[]
  readonly fees?: readonly Fee[]
}

/** Lets something happen to a case that a city holds under our reference, and resolves with the event's id. Throws if it has no such case. */
export async function advanceCase(dataDir: string, city: string, reference: string, step: CaseStep): Promise<string> {
  const event = await call(running(dataDir), 'POST', `/advance/${city}`, {
    reference,
    remark: null,
    points: [],
    results: [],
    ...step,
  })
  return (event as { readonly id: string }).id
}

/** Lets the cases of a city go on by themselves, a step each `stepMs`, or stand still (null). Throws if no sandbox runs in this folder. */
export async function setPace(dataDir: string, city: string, stepMs: number | null): Promise<void> {
  await call(running(dataDir), 'POST', `/pace/${city}`, { stepMs })
}

/**
 * What a city has understood of a submission under this reference, and what it had found for a query, both in our words; it
 * remembers the last few hundred, until it is stopped. Throws if it has not heard of it, or no sandbox runs in this folder.
 */
export async function heardSubmission(dataDir: string, city: string, reference: string): Promise<HeardSubmission> {
  const path = `/heard/${city}?reference=${encodeURIComponent(reference)}`
  return (await call(running(dataDir), 'GET', path)) as HeardSubmission
}

function running(dataDir: string): SandboxFile {
  const file = readSandboxFile(dataDir)
  if (file === null) throw new Error('no sandbox runs in this data folder')
  return file
}

async function call(file: SandboxFile, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${file.control.address}${path}`, {
    method,
    headers: { authorization: `Bearer ${file.control.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_MS),
  })
  const answer = (await response.json()) as { readonly error?: string }
  if (!response.ok) throw new Error(answer.error ?? `the sandbox answered ${response.status}`)
  return answer
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** Whether the condition came true in time. */
async function waitFor(condition: () => boolean, patienceMs: number): Promise<boolean> {
  const until = performance.now() + patienceMs
  while (!condition()) {
    if (performance.now() > until) return false
    await new Promise<void>((resolve) => {
      setTimeout(resolve, POLL_MS)
    })
  }
  return true
}

/** The end of a process that is not our child. */
function endOf(pid: number): Promise<SandboxExit> {
  return new Promise((resolve) => {
    const watch = setInterval(() => {
      if (isAlive(pid)) return
      clearInterval(watch)
      resolve({ code: null, signal: null })
    }, 500)
    watch.unref()
  })
}
