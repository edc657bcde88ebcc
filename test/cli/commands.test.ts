// Runs the commands as their users do: as processes of their own, told apart by stdout, stderr and exit status.

import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeJwt, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import t from 'tap'
import type { Test } from 'tap'
import { tokenFor } from '../../src/cli/token.ts'
import type { TokenOptions } from '../../src/cli/token.ts'
import { projectConfig, seedProject } from '../project-config.ts'

const PROJECT = join(import.meta.dirname, '..', '..')
const CLI = join(PROJECT, 'src', 'cli.js')

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

// Without tap's own hooks, which every process would load first.
const { GATEWAY_CONFIG_DIR: _, NODE_OPTIONS: __, ...ENV } = process.env

function run(dataDir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: { ...ENV, GATEWAY_DATA_DIR: dataDir, ...env }, cwd: tmpdir() }
    execFile(process.execPath, [CLI, ...args], options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

function folder(t: Test): string {
  const path = mkdtempSync(join(tmpdir(), 'gateway-cli-'))
  seedProject(path)
  t.teardown(() => rmSync(path, { recursive: true }))
  return path
}

/** The claims of a token as the command makes it, without a process for each. */
function claimsIn(dataDir: string): (options: Omit<TokenOptions, 'ttl'> & { readonly ttl?: string }) => JWTPayload {
  const config = { ...projectConfig, dataDir }
  return (options) => decodeJwt(tokenFor(config, { ttl: '8h', ...options }))
}

const bothLanguages = /[一-鿿].*\n.*[A-Za-z]/

t.test('token prints a token and nothing else, and processes that start at once make one key', async (t) => {
  const dataDir = folder(t)
  const all = await Promise.all([
    run(dataDir, ['token', '--as', 'clerk', '--city', 'shenfu']),
    run(dataDir, ['token', '--as', 'auditor']),
    run(dataDir, ['token']),
  ])
  const jwk = JSON.parse(readFileSync(join(dataDir, 'keys', 'local-issuer.json'), 'utf8')) as JsonWebKey
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  for (const { status, stdout, stderr } of all) {
    t.equal(status, 0)
    t.equal(stderr, '')
    t.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/)
    // All started in an empty folder: the one key that was kept has signed each of them.
    const { payload } = await jwtVerify(stdout.trim(), key)
    t.ok((payload.exp ?? 0) - (payload.iat ?? 0) >= 3600, 'good for an hour or longer')
  }
})

t.test('a token says what was asked for, and has a default for the rest', async (t) => {
  const claims = claimsIn(folder(t))
  t.match(claims({ as: 'clerk' }), {
    iss: 'urn:cross-city-gateway:local',
    aud: 'urn:cross-city-gateway',
    role: 'clerk',
    city: 'shenyang',
    hall: 'shenyang-civic',
  })
  t.match(claims({ as: 'clerk', city: 'shenfu', hall: 'lishi', subject: 'window-3' }), {
    role: 'clerk',
    city: 'shenfu',
    hall: 'lishi',
    sub: 'window-3',
  })
  t.match(claims({ as: 'resident' }), { role: 'resident', sub: '210102199003070011' })
  t.match(claims({ as: 'resident', subject: '21040219990630003X' }), { sub: '21040219990630003X' })
  t.match(claims({ as: 'auditor' }), { role: 'auditor', sub: 'auditor-01' })
  t.match(claims({ as: 'operator' }), { role: 'operator', sub: 'operator-01' })
  t.match(claims({ as: 'city', city: 'anshan' }), { role: 'city', city: 'anshan', sub: 'anshan-backend' })
})

t.test('--ttl takes seconds, minutes, hours and days, up to what the configuration allows', async (t) => {
  const claims = claimsIn(folder(t))
  for (const [ttl, seconds] of Object.entries({ '90': 90, '90s': 90, '30m': 1800, '2h': 7200, '1d': 86_400 })) {
    const { exp = 0, iat = 0 } = claims({ as: 'auditor', ttl })
    t.equal(exp - iat, seconds, ttl)
  }
  for (const ttl of ['0', '', '-5', '1.5h', 'soon', '2d', '1w']) {
    t.throws(() => claims({ as: 'auditor', ttl }), { name: 'CommandError', exitCode: 2 }, ttl)
  }
})

t.test('no token is made that would be refused', async (t) => {
  const dataDir = folder(t)
  const claims = claimsIn(dataDir)
  t.throws(() => claims({ as: 'clerk', city: 'atlantis' }), { message: /choose one of/ })
  t.throws(() => claims({ as: 'clerk', city: 'anshan', hall: 'shenyang-civic' }), { message: /choose one of/ })
  t.throws(() => claims({ as: 'resident', subject: 'zhang' }), { code: 'TOKEN_INVALID' })
  t.throws(() => claims({ as: 'clerk', subject: '210102199003070011' }), { code: 'TOKEN_INVALID' })
  t.throws(() => claims({ as: 'auditor', subject: '13800000000' }), { code: 'TOKEN_INVALID' })

  const wrong = await run(dataDir, ['token', '--as', 'resident', '--subject', 'zhang'])
  t.equal(wrong.status, 1)
  t.equal(wrong.stdout, '')
  t.match(wrong.stderr, bothLanguages)
})

t.test('a key that others may read is refused in both languages, without a stack', async (t) => {
  const dataDir = folder(t)
  t.equal((await run(dataDir, ['token'])).status, 0)
  chmodSync(join(dataDir, 'keys', 'local-issuer.json'), 0o644)
  const { status, stdout, stderr } = await run(dataDir, ['token'])
  t.equal(status, 1)
  t.equal(stdout, '')
  t.match(stderr, bothLanguages)
  t.match(stderr, /0600/)
  t.notMatch(stderr, /\n +at /)
})

t.test('check says that nothing is wrong, or names each fault with file and line', async (t) => {
  const dataDir = folder(t)
  const broken = async (name: string, file: string, from: string, to: string) => {
    const configDir = join(dataDir, name)
    cpSync(join(PROJECT, 'config'), configDir, { recursive: true })
    const path = join(configDir, file)
    const text = readFileSync(path, 'utf8')
    const place = text.indexOf(from)
    if (place < 0) throw new Error(`${file} must hold ${from}`)
    writeFileSync(path, text.slice(0, place) + to + text.slice(place + from.length))
    const line = text.slice(0, place).split('\n').length
    return { ...(await run(dataDir, ['check'], { GATEWAY_CONFIG_DIR: configDir })), at: `${path}:${line}: ` }
  }
  const [sound, number, twice, unmapped] = await Promise.all([
    run(dataDir, ['check']),
    broken('a', 'gateway.yaml', 'port: 8080', 'port: many'),
    broken('b', 'items/housing-fund.yaml', 'code: hf-purchase-withdrawal', 'code: hf-account-loan-query'),
    broken('c', 'dictionaries/fushun.json', '"insuranceType":', '"insuranceKind":'),
  ])
  t.equal(sound.status, 0, sound.stdout)
  t.match(sound.stdout, /^配置没有问题：8 个城市.*\nNo problems: 8 cities/)

  t.equal(number.status, 1)
  t.equal(number.stdout, `${number.at}listen.port：类型应为 integer / listen.port: must be of type integer\n`)
  t.equal(number.stderr, '共 1 个问题。\n1 problem found.\n')

  t.equal(twice.status, 1, 'the catalogue’s own check takes part')
  t.ok(twice.stdout.includes(twice.at), twice.stdout)

  t.equal(unmapped.status, 1, 'and so does the check of the cities’ dictionaries')
  t.match(unmapped.stdout, /fushun\.\w+:\d+: .*insuranceType.*在对照表中没有名称/)
})

t.test('a wrong setting stops a command, in both languages', async (t) => {
  const { status, stdout, stderr } = await run(folder(t), ['token'], { GATEWAY_PORT: 'http' })
  t.equal(status, 1)
  t.equal(stdout, '')
  t.match(stderr, 'GATEWAY_PORT: 应为 0 到 65535 的整数 / must be a whole number from 0 to 65535\n')
})

t.test('help is in Chinese and English and names every setting', async (t) => {
  const dataDir = folder(t)
  const { status, stdout } = await run(dataDir, ['--help'])
  t.equal(status, 0)
  for (const name of ['PORT', 'HOST', 'DATA_DIR', 'CONFIG_DIR', 'SANDBOX']) t.match(stdout, `GATEWAY_${name}`)
  for (const command of ['check', 'token', 'item', 'sandbox', 'demo'])
    t.match(stdout, new RegExp(`^  ${command}\\b`, 'm'))
  t.match(stdout, '用法 Usage: gateway')

  const misuses = [[], ['frobnicate'], ['token', '--as', 'king'], ['sandbox', 'fault', 'anshan', 'slow', '--rate', '2']]
  await Promise.all(
    misuses.map(async (args) => {
      const wrong = await run(dataDir, args)
      t.equal(wrong.status, 2, args.join(' '))
      t.equal(wrong.stdout, '', args.join(' '))
      t.match(wrong.stderr, bothLanguages, args.join(' '))
    }),
  )
})

t.test('item sample prints a body for the city asked for', async (t) => {
  const dataDir = folder(t)
  const { status, stdout } = await run(dataDir, ['item', 'sample', 'hf-account-loan-query', '--city', 'shenfu'])
  t.equal(status, 0)
  t.match(JSON.parse(stdout), { applicant: { type: 'person' }, form: { fundCentre: '2115' } })
  for (const args of [['no-such-item'], ['hf-account-loan-query', '--city', 'atlantis']]) {
    t.equal((await run(dataDir, ['item', 'sample', ...args])).status, 2, args.join(' '))
  }
})

t.test('the sandbox commands say so where no sandbox runs', async (t) => {
  const dataDir = folder(t)
  const fault = await run(dataDir, ['sandbox', 'fault', 'anshan', 'hang'])
  t.equal(fault.status, 1)
  t.equal(fault.stdout, '')
  t.match(fault.stderr, /没有运行的沙箱.*\nNo sandbox runs/)
  const received = await run(dataDir, ['sandbox', 'received', 'anshan'])
  t.strictSame(received, { status: 0, stdout: '', stderr: '' }, 'nothing was received, and nothing is said')
  t.equal((await run(dataDir, ['sandbox', 'received', 'atlantis'])).status, 2)
})
