// Starts the gateway: reads the configuration, opens the gateway, says where it is, and stops it on SIGINT or SIGTERM.

import { mkdirSync } from 'node:fs'
import { flushCompileCache } from 'node:module'
import { pino } from 'pino'
import { tell } from './cli/output.ts'
import { welcome } from './cli/welcome.ts'
import { configOptions, readEnvironment } from './config.ts'
import type { LoadedConfig } from './config.ts'
import { openConfig } from './config/kept.ts'
import type { Sentence } from './domain/words.ts'
import type { Gateway, openGateway } from './gateway.ts'
import { openLogFile } from './operations/log-file.ts'
import { loggableError } from './operations/loggable-error.ts'
import { startProblem } from './operations/start-problem.ts'
import { giveBackMemory } from './operations/spare-memory.ts'
import { systemClock } from './system.ts'

const EXIT_FAILED = 1

/** Milliseconds for everything after the drain; a part that cannot be closed must not keep the process for ever. */
const CLOSING_MS_MAX = 10_000

async function main(): Promise<void> {
  // Whoever read our output may have gone (a closed terminal, `| tee` after Ctrl-C); that must not cut requests.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const stopAsked = Promise.withResolvers<void>()
  let isAsked = false
  onStopSignal(() => {
    process.stdout.write('\n正在停止：完成进行中的请求…… / Stopping: finishing what is under way …\n')
    isAsked = true
    stopAsked.resolve()
  })

  // Both take time, and where the configuration has changed, that is another process's.
  const loading = import('./gateway.ts')
  loading.catch(() => undefined) // told where it is awaited
  let isChecked = false
  const remark = (sentence: Sentence): void => {
    isChecked = true
    say(sentence)
  }
  const config = await openConfig({ ...configOptions(readEnvironment()), clock: systemClock, remark })
  let gateway: Gateway
  try {
    const { openGateway: opening } = await loading
    // A start that checks everything takes seconds anyway, and leaves more behind.
    giveBackMemory({ shrink: isChecked })
    gateway = await open(config, opening)
  } catch (error) {
    // Ctrl-C ends a sandbox that is only starting; what then cannot be opened was closed in order, as asked.
    if (isAsked) stopped()
    throw error
  }
  void gateway.fatal.then((reason) => fail(reason))
  if (!isAsked) process.stdout.write(welcome(gateway, config))
  // Now rather than at the end, which kill -9 does not have.
  flushCompileCache()
  await stopAsked.promise
  await stop(gateway, config.limits.drainMs + CLOSING_MS_MAX)
}

/** To whoever watches the start; on stdout, since nothing is wrong. */
function say({ zh, en }: Sentence): void {
  process.stdout.write(`${zh} / ${en}\n`)
}

function onStopSignal(stop: () => void): void {
  let signals = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      signals++
      if (signals === 1) stop()
      // A second signal means now.
      else process.exit(EXIT_FAILED)
    })
  }
}

async function open(config: LoadedConfig, opening: typeof openGateway): Promise<Gateway> {
  try {
    // Before anything else is put there: nobody else on the machine may look into the folder.
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
    return await opening(
      config,
      pino({ base: null, serializers: { err: (error) => loggableError(error) } }, logDestination(config.logFile)),
    )
  } catch (error) {
    throw startProblem(error, { dataDir: config.dataDir, ...config.listen })
  }
}

function logDestination(path: string | null): pino.DestinationStream {
  if (path === null) return { write: (line) => void process.stdout.write(line) }
  const file = openLogFile(path)
  process.on('exit', () => file.end())
  return file
}

async function stop(gateway: Gateway, withinMs: number): Promise<void> {
  const bound = setTimeout(() => fail(new Error('停止超时 / stopping took too long')), withinMs)
  bound.unref()
  await gateway.stop()
  stopped()
}

function stopped(): never {
  process.stdout.write('已停止，没有丢失任何办件。 / Stopped; no case was lost.\n')
  process.exit(0)
}

function fail(error: unknown): never {
  process.exit(tell(error))
}

main().catch(fail)
