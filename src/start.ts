// The process: reads the configuration, opens the gateway, says where it is, and stops it on SIGINT or SIGTERM.

import { mkdirSync } from 'node:fs'
import { pino } from 'pino'
import { remark, tell } from './cli/output.ts'
import { welcome } from './cli/welcome.ts'
import { configOptions, readEnvironment } from './config.ts'
import type { LoadedConfig } from './config.ts'
import { openConfig } from './config/kept.ts'
import { openGateway, type Gateway } from './gateway.ts'
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

  const config = await openConfig({ ...configOptions(readEnvironment()), clock: systemClock, remark })
  giveBackMemory()
  let gateway: Gateway
  try {
    gateway = await open(config)
  } catch (error) {
    // Ctrl-C ends a sandbox that is only starting; what then cannot be opened was closed in order, as asked.
    if (isAsked) stopped()
    throw error
  }
  void gateway.fatal.then((reason) => fail(reason))
  if (!isAsked) process.stdout.write(welcome(gateway, config))
  await stopAsked.promise
  await stop(gateway, config.limits.drainMs + CLOSING_MS_MAX)
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

async function open(config: LoadedConfig): Promise<Gateway> {
  try {
    // Before anything else is put there: nobody else on the machine may look into the folder.
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
    return await openGateway(
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
