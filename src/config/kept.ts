// Opens the configuration for the gateway: from what was checked and kept while no file has changed since, else checked anew.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { loadConfig, PROJECT_DIR } from '../config.ts'
import type { ConfigOptions, LoadedConfig } from '../config.ts'
import type { Clock } from '../domain/clock.ts'
import type { Sentence } from '../domain/words.ts'
import { readSettings } from './environment.ts'
import type { Environment } from './environment.ts'
import { openFileReader } from './files.ts'
import { deepFreeze } from './freeze.ts'
import type { GatewayFile } from './gateway-file.ts'
import { readIssuers } from './issuer-checks.ts'
import type { KeepAnswer } from './keep.ts'
import { openKept } from './kept-file.ts'
import { findKept, forgetKept } from './kept-note.ts'
import { ConfigProblems } from './problems.ts'
import { dataDirOf, hostOf, snapshotOf } from './snapshot.ts'

export interface KeptOptions extends ConfigOptions {
  readonly clock: Clock
  /** Told that everything is being checked anew, and how long it took; or why it could not be kept. */
  readonly remark: (sentence: Sentence) => void
}

const KEEP = join(import.meta.dirname, 'keep.ts')

// Who waits longer is told that it goes on, and then every ten seconds.
const SILENT_MS = 2000
const AGAIN_MS = 10_000

/**
 * The same as `loadConfig` gives, but for what only a check needs; that reads every file, while this reads an index and
 * then each part when it is first asked for. Throws ConfigProblems.
 */
export async function openConfig(options: KeptOptions): Promise<LoadedConfig> {
  const folder = keptFolder(options)
  // Where even the folder is not known, `loadConfig` says what is wrong; so it does below with what the environment changes.
  if (folder === null) return loadConfig(options)
  const path = findKept(options, folder) ?? (await keepAnew(options, folder))
  return (path === null ? null : opened(path, folder, options)) ?? loadConfig(options)
}

/**
 * For commands, which change nothing in the data folder: what a gateway has kept there if it is of the files as they are, else
 * the same as `loadConfig` gives. Throws ConfigProblems.
 */
export function lookUpConfig(options: ConfigOptions): LoadedConfig {
  const folder = keptFolder(options)
  const path = folder === null ? null : findKept(options, folder)
  return (folder === null || path === null ? null : opened(path, folder, options)) ?? loadConfig(options)
}

function keptFolder({ configDir, env }: ConfigOptions): string | null {
  const { settings } = readSettings(env)
  const dataDir = settings.dataDir ?? writtenDataDir(configDir)
  return typeof dataDir === 'string' ? join(dataDirOf(PROJECT_DIR, settings, { dataDir }), 'config-cache') : null
}

/** Reading YAML takes a start some 40 ms, and who says in the environment where the data is spares them. */
function writtenDataDir(configDir: string): unknown {
  const gateway = openFileReader(PROJECT_DIR).read(join(configDir, 'gateway.yaml'))?.value
  return (gateway as Partial<GatewayFile> | null | undefined)?.dataDir
}

/** Null where what is kept, or what the environment says to it, is not in order. */
function opened(path: string, folder: string, { configDir, env }: ConfigOptions): LoadedConfig | null {
  const { settings, problems } = readSettings(env)
  if (problems.length > 0) return null
  const kept = openedFile(path, folder)
  if (kept === null) return null
  const { gateway, cities } = kept.written
  const file = 'config/gateway.yaml'
  const read = readIssuers(gateway, {
    source: { file, value: gateway, problems: [], problemAt: (_, message) => ({ file, line: 0, message }) },
    configDir,
    files: openFileReader(PROJECT_DIR),
    host: hostOf(settings, gateway),
    cities: cities.map(({ key }) => key),
  })
  if (read.problems.length > 0) return null
  const around = { projectDir: PROJECT_DIR, configDir, settings, issuers: read.issuers, stock: kept.stock }
  return deepFreeze(snapshotOf(kept.written, around))
}

function openedFile(path: string, folder: string): ReturnType<typeof openKept> | null {
  try {
    return openKept(path, () => forgetKept(folder))
  } catch {
    return null
  }
}

/** Reads and checks everything in a process of its own. Null if it is in order but could not be kept. */
async function keepAnew(options: KeptOptions, folder: string): Promise<string | null> {
  const { clock, remark } = options
  const began = clock.monotonic()
  const seconds = (): string => ((clock.monotonic() - began) / 1000).toFixed(1)
  const ended = new AbortController()
  const progress = async (): Promise<void> => {
    for (let waitMs = SILENT_MS; ; waitMs = AGAIN_MS) {
      await clock.delay(waitMs, ended.signal)
      const sofar = seconds()
      remark({
        zh: `配置有变化，正在全部检查……已 ${sofar} 秒`,
        en: `The configuration has changed and is being checked … ${sofar} s`,
      })
    }
  }
  progress().catch(() => {}) // it ends by being given up
  const { problems, failed } = await answerOf(folder, options.env).finally(() => ended.abort())
  if (problems.length > 0) throw new ConfigProblems(problems)
  const path = failed === null ? findKept(options, folder) : null
  const took = seconds()
  remark(
    path === null
      ? {
          zh: `配置没有问题，但未能保存检查结果，下次启动会再检查（${failed ?? folder}）`,
          en: `The configuration is in order but could not be kept; the next start checks it again (${failed ?? folder})`,
        }
      : {
          zh: `配置有变化，已全部检查（${took} 秒）`,
          en: `The configuration has changed; all of it was checked (${took} s)`,
        },
  )
  return path
}

async function answerOf(folder: string, env: Environment): Promise<KeepAnswer> {
  const child = spawn(process.execPath, [KEEP, folder], { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [said, complaint, [, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>,
  ])
  if (signal !== null) throw new Error(`checking the configuration was ended by ${signal}`)
  try {
    return JSON.parse(said) as KeepAnswer
  } catch {
    return { problems: [], failed: complaint.trim().split('\n').at(-1) ?? '' }
  }
}
