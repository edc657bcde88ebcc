// Says where each city's backend is: at the address of its configuration, or in the sandbox, which is started or taken over here.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { BackendConfig, CityConfig } from './cities/config.ts'
import type { LoadedConfig } from './config.ts'
import { StartProblem } from './operations/start-problem.ts'
import { readSandboxFile, startOrAdoptSandbox, type SandboxHandle } from './sandbox/control.ts'

export interface CityAddresses extends AsyncDisposable {
  /** Origin of a backend, e.g. `http://127.0.0.1:40123`. */
  of(city: CityConfig, backend: BackendConfig): string
  /** A secret or a certificate, by its file's name relative to the data folder. Rejects with StartProblem. */
  secretOf(name: string): Promise<Buffer>
}

/** Starts the sandbox where the configuration has it on; where it is off, a sandbox that runs already is used and left alone. */
export async function openCityAddresses(config: LoadedConfig, log: Logger): Promise<CityAddresses> {
  const sandboxCities = config.cities.filter((city) => city.backends.some(({ address }) => address === 'sandbox'))
  const keys = sandboxCities.map(({ key }) => key)
  const sandbox = config.sandbox ? await openSandbox(config.dataDir, keys) : null
  if (sandbox !== null) log.info({ pid: sandbox.pid, adopted: sandbox.adopted }, 'sandbox cities')
  const found = sandbox?.addresses ?? runningAddresses(config.dataDir, keys)

  return {
    of({ key }, { address }) {
      if (address !== 'sandbox') return address
      const place = found.get(key)
      if (place === undefined) throw noSandboxFor(key)
      return place
    },
    secretOf: (name) => readSecret(join(config.dataDir, name)),
    async [Symbol.asyncDispose]() {
      await sandbox?.stop()
    },
  }
}

async function readSecret(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    throw new StartProblem(
      `读不到城市的密钥或证书文件 ${path}（${code}）。请核对城市配置中的 secretFile 和 tls。`,
      `The file ${path} with a city’s key or certificate cannot be read (${code}). Check secretFile and tls in the city’s configuration.`,
      error,
    )
  }
}

export interface TestAddress extends AsyncDisposable {
  /** Null where the city has no test system. */
  readonly origin: string | null
}

/**
 * Where the test system of a backend is; its live address is not looked at. A sandbox that runs in the data folder is used
 * and left to its owner; where none runs, one of this city alone is started, and stopped on disposal.
 */
export async function openTestAddress(dataDir: string, city: string, backend: BackendConfig): Promise<TestAddress> {
  const { testAddress = null } = backend
  if (testAddress !== 'sandbox') return { origin: testAddress, async [Symbol.asyncDispose]() {} }
  const running = readSandboxFile(dataDir)
  if (running !== null && isRunning(running.pid)) {
    const place = running.cities[city]
    if (place === undefined) throw noSandboxFor(city)
    return { origin: place.address, async [Symbol.asyncDispose]() {} }
  }
  const sandbox = await openSandbox(dataDir, [city])
  return { origin: sandbox.addresses.get(city) ?? null, [Symbol.asyncDispose]: () => sandbox.stop() }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function noSandboxFor(city: string): StartProblem {
  return new StartProblem(
    `沙箱中没有城市 ${city}。用 GATEWAY_SANDBOX=on 启动沙箱，或在城市配置中填写真实地址。`,
    `No sandbox runs for the city ${city}. GATEWAY_SANDBOX=on starts one; or give the city a real address.`,
    null,
  )
}

async function openSandbox(dataDir: string, cities: readonly string[]): Promise<SandboxHandle> {
  try {
    return await startOrAdoptSandbox({ dataDir, cities, ownerPid: process.pid })
  } catch (error) {
    const log = join(dataDir, 'sandbox', 'sandbox.log')
    throw new StartProblem(
      `沙箱城市未能启动，原因见 ${log}。`,
      `The sandbox cities did not start; ${log} says why.`,
      error,
    )
  }
}

function runningAddresses(dataDir: string, keys: readonly string[]): ReadonlyMap<string, string> {
  if (keys.length === 0) return new Map()
  const file = readSandboxFile(dataDir)
  return new Map(Object.entries(file?.cities ?? {}).map(([city, { address }]) => [city, address]))
}
