// A ninth city is added by the one file of docs/adding-a-city.md, checked, and gets an application over HTTP.

import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openGateway } from '../../src/gateway.ts'
import { openCity, type SandboxCity } from '../../src/sandbox/city.ts'
import { root } from '../project/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'adding-a-city-'))
cpSync(join(root, 'config'), join(folder, 'config'), { recursive: true })
const dataDir = join(folder, 'data')
const SETTINGS = {
  GATEWAY_CONFIG_DIR: join(folder, 'config'),
  GATEWAY_DATA_DIR: dataDir,
  GATEWAY_PORT: '0',
  GATEWAY_SANDBOX: 'on',
}
const KEY = 'Yk2mVxc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
const place = {
  city: 'yingkou',
  name: '营口市',
  areaCode: '210800',
  protocol: 'shenyang',
  isAsynchronous: false,
} as const

/** Yingkou's own system, with the key that it has agreed with us. */
function openYingkou(name: string): Promise<SandboxCity> {
  const own = join(folder, name)
  mkdirSync(join(own, 'secrets'), { recursive: true })
  writeFileSync(join(own, 'secrets', 'yingkou'), `${KEY}\n`)
  return openCity({ place, folder: own })
}

const live = await openYingkou('live')
const test = await openYingkou('test')
t.teardown(async () => {
  await live[Symbol.asyncDispose]()
  await test[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

function gateway(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  // Without tap's own hooks, which every process would load first.
  const { NODE_OPTIONS: _, ...env } = process.env
  return new Promise((resolve) => {
    const command = [join(root, 'src/cli.js'), ...args]
    execFile(process.execPath, command, { env: { ...env, ...SETTINGS } }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

t.test('the file of the document is all that check needs', async (t) => {
  const document = readFileSync(join(root, 'docs/adding-a-city.md'), 'utf8')
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(document) ?? []
  const file = yaml
    .replace('http://kytb.yingkou.example:9109', live.address)
    .replace('http://test.kytb.yingkou.example:9109', test.address)
  t.not(file, yaml)
  writeFileSync(join(folder, 'config/cities/yingkou.yaml'), file)
  mkdirSync(join(dataDir, 'keys'), { recursive: true })
  writeFileSync(join(dataDir, 'keys/yingkou'), `${KEY}\n`, { mode: 0o600 })

  const checked = await gateway('check')
  t.equal(checked.status, 0, checked.stdout)
  t.match(checked.stdout, '9 个城市')
})

t.test('check-city passes, and its samples go to the test system alone', async (t) => {
  const checked = await gateway('check-city', 'yingkou')
  t.equal(checked.status, 0, checked.stdout + checked.stderr)
  t.match(checked.stdout, /营口市 yingkou \/ main {2}shenyang {2}http:/)
  t.ok(test.taken().length > 80)
  t.strictSame(live.state().requests, 0)
})

t.test('an application of another city is decided there, and a hall of its own may file', async (t) => {
  const config = loadConfig(configOptions(SETTINGS))
  const running = await openGateway(config, pino({ level: 'silent' }))
  t.teardown(() => running.stop())
  const [{ issuer, audience } = { issuer: '', audience: '' }] = config.identity.issuers

  async function file(item: string, from: string, to: string): Promise<{ status: number; body: unknown }> {
    const hall = config.cities.find(({ key }) => key === from)?.halls[0]?.key ?? ''
    const clerk = { role: 'clerk', subject: 'clerk-1', city: from, hall, ttlSeconds: 600 } as const
    const answer = await fetch(`${running.address}/v1/items/${item}/applications`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${running.issuer?.issueToken({ issuer, audience, ...clerk })}`,
        'content-type': 'application/json',
        'idempotency-key': `${from}-${to}`,
        prefer: 'wait=20',
      },
      body: JSON.stringify(running.catalogue.sample(running.catalogue.find(item), to)),
    })
    return { status: answer.status, body: await answer.json() }
  }

  const before = test.taken().length
  const there = await file('mi-remote-care-filing', 'shenyang', 'yingkou')
  t.match(there, { status: 201, body: { competentCity: 'yingkou', delivery: 'delivered' } }, JSON.stringify(there))
  t.strictSame(
    live.taken().map(({ item }) => item),
    ['mi-remote-care-filing'],
  )
  t.equal(test.taken().length, before, 'the gateway never calls the test system')

  const back = await file('mi-remote-care-filing', 'yingkou', 'shenyang')
  t.match(back, { status: 201, body: { competentCity: 'shenyang', delivery: 'delivered' } }, JSON.stringify(back))
})
