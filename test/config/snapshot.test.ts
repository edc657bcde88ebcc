// What a loaded configuration is: whole, frozen, versioned by its bytes, and shaped by the environment.

import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { ConfigProblems } from '../../src/config/problems.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const load = (env: Readonly<Record<string, string>> = {}) => loadConfig(configOptions(env))
const refused = (env: Readonly<Record<string, string>>) => {
  try {
    load(env)
    return []
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems.map(({ file, line }) => `${file}:${line}`)
    throw error
  }
}

t.test('the configuration as it is shipped loads from any folder', async (t) => {
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  process.chdir(tmpdir())
  const config = load()
  t.strictSame(config.listen, { host: '127.0.0.1', port: 8080 })
  t.equal(config.dataDir, join(PROJECT, 'data'))
  t.equal(config.sandbox, true)
  t.strictSame(config.cities.map(({ key }) => key).toSorted(), [
    'anshan',
    'benxi',
    'fushun',
    'fuxin',
    'liaoyang',
    'shenfu',
    'shenyang',
    'tieling',
  ])
  t.equal(config.logFile, join(PROJECT, 'data', 'gateway.log'))
  const { items, schemas, samples } = config.catalogue
  t.ok(items.length > 0)
  t.strictSame([...samples.keys()].toSorted(), items.map(({ code }) => code).toSorted(), 'each item has a sample')
  t.strictSame(new Set(schemas.map(({ file }) => file.split('/')[1])), new Set(['answers', 'items', 'parts']))
  t.match(config.identity.issuers, [{ issuer: 'urn:cross-city-gateway:local', keys: 'local', speaksFor: null }])
})

t.test('nothing in it can be changed', async (t) => {
  const thawed: string[] = []
  const seen = new Set<unknown>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return
    seen.add(value)
    if (!Object.isFrozen(value)) thawed.push(path)
    for (const [key, member] of Object.entries(value)) walk(member, `${path}/${key}`)
  }
  walk(load(), '')
  t.strictSame(thawed, [])
})

t.test('the version is that of the bytes: the same for equal files, another after any change', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-version-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const dir = join(folder, 'config')
  cpSync(join(PROJECT, 'config'), dir, { recursive: true })
  const version = () => load({ GATEWAY_CONFIG_DIR: dir }).version
  const first = version()
  t.match(first, /^[0-9a-f]{16}$/)
  t.equal(version(), first)
  for (const file of ['gateway.yaml', 'cities/anshan.yaml', 'items/housing-fund.yaml']) {
    const path = join(dir, file)
    const text = readFileSync(path)
    appendFileSync(path, '# a remark\n')
    t.not(version(), first, file)
    writeFileSync(path, text)
    t.equal(version(), first, `${file} as before`)
  }
})

t.test('the environment wins over the file', async (t) => {
  const config = load({
    GATEWAY_PORT: '0',
    GATEWAY_HOST: '::1',
    GATEWAY_DATA_DIR: '/var/lib/gateway',
    GATEWAY_SANDBOX: 'on',
  })
  t.strictSame(config.listen, { host: '::1', port: 0 })
  t.equal(config.dataDir, '/var/lib/gateway')
  t.equal(config.sandbox, true)
  t.equal(load({ GATEWAY_DATA_DIR: 'elsewhere' }).dataDir, join(process.cwd(), 'elsewhere'), 'as a shell means it')
})

t.test('a setting that is not written as prescribed stops the start', async (t) => {
  for (const port of ['', '-1', '65536', '8e3', '0x50', ' 80']) {
    t.strictSame(refused({ GATEWAY_PORT: port }), ['GATEWAY_PORT:0'], JSON.stringify(port))
  }
  for (const host of ['', 'a b', 'http://127.0.0.1', '127.0.0.1/8', '沈阳']) {
    t.strictSame(refused({ GATEWAY_HOST: host }), ['GATEWAY_HOST:0'], JSON.stringify(host))
  }
  for (const folder of ['', '  ']) {
    t.strictSame(refused({ GATEWAY_DATA_DIR: folder }), ['GATEWAY_DATA_DIR:0'])
    t.strictSame(refused({ GATEWAY_CONFIG_DIR: folder }), ['GATEWAY_CONFIG_DIR:0'])
  }
  for (const sandbox of ['', 'ON', 'true', '1', 'yes']) {
    t.strictSame(refused({ GATEWAY_SANDBOX: sandbox }), ['GATEWAY_SANDBOX:0'], JSON.stringify(sandbox))
  }
})

t.test('the local issuer is refused wherever others could reach the listener', async (t) => {
  for (const host of ['127.0.0.1', '::1', 'localhost']) t.strictSame(refused({ GATEWAY_HOST: host }), [], host)
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'gateway.example', '127.0.0.1.example']) {
    t.match(refused({ GATEWAY_HOST: host }), [/^config\/gateway\.yaml:\d+$/], host)
  }
})

t.test('the sandbox runs by itself only while every address is a sandbox one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-sandbox-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const dir = join(folder, 'config')
  cpSync(join(PROJECT, 'config'), dir, { recursive: true })
  const path = join(dir, 'cities/anshan.yaml')
  writeFileSync(path, readFileSync(path, 'utf8').replace('address: sandbox', 'address: https://10.1.2.3:8443'))
  t.equal(load({ GATEWAY_CONFIG_DIR: dir }).sandbox, false)
  t.equal(load({ GATEWAY_CONFIG_DIR: dir, GATEWAY_SANDBOX: 'on' }).sandbox, true)
  t.equal(load({ GATEWAY_SANDBOX: 'off' }).sandbox, false)
})
