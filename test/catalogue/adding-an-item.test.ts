// An item is added by data alone, as docs/adding-an-item.md tells, filed over HTTP, and removed again.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openGateway } from '../../src/gateway.ts'
import { root } from '../project/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'adding-an-item-'))
t.teardown(() => rmSync(folder, { recursive: true }))
for (const name of ['config', 'schemas']) cpSync(join(root, name), join(folder, name), { recursive: true })

const SETTINGS = {
  GATEWAY_CONFIG_DIR: join(folder, 'config'),
  GATEWAY_SCHEMAS_DIR: join(folder, 'schemas'),
  GATEWAY_DATA_DIR: join(folder, 'data'),
  GATEWAY_PORT: '0',
}
const CODE = 'ca-street-name-certificate'
const LIST = join(folder, 'config/items/civil-affairs.yaml')
const FORM = join(folder, `schemas/items/civil-affairs/${CODE}.json`)
const SAMPLE = join(folder, `schemas/samples/civil-affairs/${CODE}.json`)
const before = readFileSync(LIST, 'utf8')

// Without tap's own hooks, which every process would load first.
const { NODE_OPTIONS: _, ...ENV } = process.env

function gateway(...args: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const command = [join(root, 'src/cli.js'), ...args]
    execFile(process.execPath, command, { env: { ...ENV, ...SETTINGS } }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

function fillIn(file: string, zh: string, en: string): void {
  const text = readFileSync(file, 'utf8').replaceAll('待填写', zh).replaceAll('to be filled in', en)
  writeFileSync(file, text)
}

t.test('a skeleton is written, check names what is left, and takes it once it is filled in', async (t) => {
  const made = await gateway('item', 'new', 'civil-affairs', CODE)
  t.equal(made.status, 0, made.stderr)
  t.strictSame(made.stdout.trim().split('\n'), [LIST, FORM, SAMPLE])
  t.ok(readFileSync(LIST, 'utf8').startsWith(before.trimEnd()), 'what stood there stands there still')

  const left = await gateway('check')
  t.equal(left.status, 1)
  const places = left.stdout.trim().split('\n')
  t.ok(
    places.every((line) => line.endsWith('尚待填写 / is still to be filled in')),
    left.stdout,
  )
  t.ok(places.some((line) => line.startsWith(LIST)) && places.some((line) => line.startsWith(FORM)))

  fillIn(LIST, '地名证明', 'Certificate of a street name')
  fillIn(FORM, '地名证明', 'Certificate of a street name')
  const sound = await gateway('check')
  t.equal(sound.status, 0, sound.stdout)
  t.equal((await gateway('item', 'new', 'civil-affairs', CODE)).status, 2, 'not twice')
})

t.test('it is sampled, shown, and filed over HTTP', async (t) => {
  const printed = await gateway('item', 'sample', CODE, '--city', 'benxi', '--seed', '7')
  const body = JSON.parse(printed.stdout) as { form: { hukouDivision: string } }
  t.match(body.form.hukouDivision, /^2105/)
  const spoiled = await gateway('item', 'sample', CODE, '--invalid')
  t.equal(spoiled.status, 0)
  t.match(spoiled.stderr, /^\/.*（.+）：.*[一-鿿]/)

  const config = loadConfig(configOptions(SETTINGS))
  const running = await openGateway(config, pino({ level: 'silent' }))
  t.teardown(() => running.stop())
  const [{ issuer, audience } = { issuer: '', audience: '' }] = config.identity.issuers
  const hall = config.cities.find(({ key }) => key === 'shenyang')?.halls[0]?.key ?? ''
  const clerk = { role: 'clerk', subject: 'clerk-1', city: 'shenyang', hall, ttlSeconds: 600 } as const
  const token = running.issuer?.issueToken({ issuer, audience, ...clerk })
  const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(running.address + path, init)

  const shown = (await (await call(`/v1/items/${CODE}`)).json()) as { name: { zh: string } }
  t.equal(shown.name.zh, '地名证明')
  const found = (await (await call(`/v1/items?text=${encodeURIComponent('地名 street')}`)).json()) as {
    items: { code: string }[]
  }
  t.strictSame(
    found.items.map(({ code }) => code),
    [CODE],
  )
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    'idempotency-key': 'first-try',
    prefer: 'wait=20',
  }
  const path = `/v1/items/${CODE}/applications`
  const filed = await call(path, { method: 'POST', headers, body: printed.stdout })
  t.equal(filed.status, 201)
  t.match(await filed.json(), {
    item: { code: CODE },
    competentCity: 'benxi',
    promisedBy: { workingDays: 5 },
    legs: [{ city: 'benxi', delivery: /^(delivered|refused)$/ }],
  })
  const refused = await call(path, {
    method: 'POST',
    headers: { ...headers, 'idempotency-key': 'second-try' },
    body: spoiled.stdout,
  })
  t.equal(refused.status, 422)
})

t.test('it is removed by removing its data', async (t) => {
  writeFileSync(LIST, before)
  for (const file of [FORM, SAMPLE]) rmSync(file)
  const after = await gateway('check')
  t.equal(after.status, 0, after.stdout)
  t.equal((await gateway('item', 'sample', CODE)).status, 2)
})
