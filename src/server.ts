// The process: reads the configuration, opens the gateway, says where it is, and stops it on SIGINT or SIGTERM.

import { mkdirSync } from 'node:fs'
import { pino } from 'pino'
import { tell } from './cli/output.ts'
import { welcome } from './cli/welcome.ts'
import { configOptions, loadConfig, readEnvironment } from './config.ts'
import { openGateway, type Gateway } from './gateway.ts'
import { giveBackMemory } from './operations/spare-memory.ts'

const EXIT_FAILED = 1

/** Milliseconds for everything after the drain; a part that cannot be closed must not keep the process for ever. */
const CLOSING_MS_MAX = 10_000

async function main(): Promise<void> {
  const config = loadConfig(configOptions(readEnvironment()))
  giveBackMemory()
  // Before anything else is put there: nobody else on the machine may look into the folder.
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 })
  const log = pino({ base: null }, pino.destination({ dest: config.logFile ?? 1, sync: false, mode: 0o600 }))
  const gateway = await openGateway(config, log)
  process.stdout.write(welcome(gateway, config))

  let stopping: Promise<void> | null = null
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal means now.
      if (stopping !== null) process.exit(EXIT_FAILED)
      process.stdout.write('\n正在停止：完成进行中的请求…… / Stopping: finishing what is under way …\n')
      stopping = stop(gateway, config.limits.drainMs + CLOSING_MS_MAX)
    })
  }
  void gateway.fatal.then((reason) => fail(reason))
}

async function stop(gateway: Gateway, withinMs: number): Promise<void> {
  const bound = setTimeout(() => fail(new Error('停止超时 / stopping took too long')), withinMs)
  bound.unref()
  try {
    await gateway.stop()
  } catch (error) {
    fail(error)
  }
  process.stdout.write('已停止，没有丢失任何办件。 / Stopped; no case was lost.\n')
  process.exit(0)
}

function fail(error: unknown): never {
  process.exit(tell(error))
}

main().catch(fail)
