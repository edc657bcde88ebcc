// Makes a sandbox city sick and well again from the command line, under a gateway that runs, and looks at what it received.

import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import t from 'tap'
import { tokenFor } from '../../src/cli/token.ts'
import { configOptions } from '../../src/config.ts'
import { openConfig } from '../../src/config/kept.ts'
import { systemClock } from '../../src/system.ts'
import { seedProject } from '../project-config.ts'
import { openGateway } from '../../src/gateway.ts'

const CLI = join(import.meta.dirname, '..', '..', 'src', 'cli.js')

const dataDir = mkdtempSync(join(tmpdir(), 'gateway-sandbox-cli-'))
const env = { GATEWAY_DATA_DIR: dataDir, GATEWAY_PORT: '0' }
seedProject(dataDir)
const config = await openConfig({ ...configOptions(env), clock: systemClock, remark: () => undefined })
const gateway = await openGateway(config, pino({ level: 'silent' }))
t.teardown(async () => {
  await gateway.stop()
  rmSync(dataDir, { recursive: true })
})

function command(...args: readonly string[]): Promise<{ status: number; stdout: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, ...args], { env: { ...inherited, ...env } }, (error, stdout) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout })
    })
  })
}

const authorization = `Bearer ${tokenFor(config, { as: 'clerk', city: 'anshan', ttl: '1h' })}`
const sample = (code: string) => gateway.catalogue.sample(gateway.catalogue.find(code), 'shenfu')

async function post(path: string, body: object, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${gateway.address}/v1/items/${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

t.test('received lists what took effect, a line for each, and nothing else', async (t) => {
  const body = { ...sample('mi-remote-care-filing'), handlingMode: 'full-online' }
  const filed = await Promise.all(
    ['one', 'two'].map((key) =>
      post('mi-remote-care-filing/applications', body, { 'idempotency-key': key, prefer: 'wait=30' }),
    ),
  )
  t.strictSame(
    filed.map(({ status }) => status),
    [201, 201],
    JSON.stringify(filed),
  )
  const caseNos = filed.map(({ body }) => String(body['caseNo']))

  const all = await command('sandbox', 'received', 'shenfu')
  t.equal(all.status, 0)
  const lines = all.stdout.trimEnd().split('\n')
  t.strictSame(new Set(lines.map((line) => (JSON.parse(line) as { caseNo: string }).caseNo)), new Set(caseNos))
  t.equal(lines.length, 2)

  const one = await command('sandbox', 'received', 'shenfu', '--case', caseNos[0] ?? '')
  t.match(one.stdout, /^\{.*\}\n$/)
  t.ok(one.stdout.includes(caseNos[0] ?? 'no case'))
  t.strictSame(await command('sandbox', 'received', 'shenfu', '--case', 'nobody’s'), { status: 0, stdout: '' })
})

const ask = () => post('hf-account-loan-query/queries', sample('hf-account-loan-query'))

t.test('a city made sick fails its callers, and is well again after off', async (t) => {
  t.equal((await ask()).status, 200)
  t.strictSame(await command('sandbox', 'fault', 'shenfu', 'error-500'), { status: 0, stdout: '' })
  t.match(await ask(), { status: 502, body: { code: 'CITY_ERROR', source: 'city' } })
  t.strictSame(await command('sandbox', 'fault', 'shenfu', 'error-500', '--rate', '0'), { status: 0, stdout: '' })
  t.equal((await ask()).status, 200)
  t.strictSame(await command('sandbox', 'fault', 'shenfu', 'off'), { status: 0, stdout: '' })
  t.equal((await ask()).status, 200)
})

t.test('a case goes on as it is told, by itself with a pace, and not elsewhere', async (t) => {
  const [line = ''] = (await command('sandbox', 'received', 'shenfu')).stdout.split('\n')
  const { reference } = JSON.parse(line) as { readonly reference: string }
  const advance = (...args: readonly string[]) => command('sandbox', 'advance', 'shenfu', reference, ...args)
  const journal = () =>
    readFileSync(join(dataDir, 'sandbox', 'shenfu-news.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((event) => JSON.parse(event) as Record<string, unknown>)

  const points = ['--point', 'bank-card=照片不清晰', '--point', '=其他']
  t.equal((await advance('correction', '--remark', '请补正', ...points)).status, 0)
  t.equal((await advance('accepted', '--result', 'letter=甲1', '--result', 'licence=乙2')).status, 0)
  t.match(journal(), [
    {
      reference,
      status: 'correction',
      remark: '请补正',
      points: [
        { code: 'bank-card', message: '照片不清晰' },
        { code: null, message: '其他' },
      ],
      results: [],
    },
    { status: 'accepted', remark: null, points: [], results: [{ code: 'letter', number: '甲1' }, { number: '乙2' }] },
  ])
  t.equal((await advance('finished')).status, 2)
  t.equal((await advance('correction', '--point', '照片不清晰')).status, 2)
  t.equal((await advance('approved', '--result', 'letter')).status, 2)
  t.equal((await advance('approved', '--remark', 'x'.repeat(501))).status, 2)
  t.equal((await command('sandbox', 'advance', 'shenyang', reference, 'accepted')).status, 1)
  t.equal(journal().length, 2)

  t.equal((await command('sandbox', 'pace', 'shenfu', '10')).status, 0)
  for (let tries = 0; tries < 500 && journal().at(-1)?.['status'] !== 'delivered'; tries += 1) await delay(10)
  t.equal(journal().at(-1)?.['status'], 'delivered')
  t.equal((await command('sandbox', 'pace', 'shenfu', 'off')).status, 0)
  t.equal((await command('sandbox', 'pace', 'shenfu', '5')).status, 2)
})

t.test('what a city has given out can be ended, where it gives out anything', async (t) => {
  t.equal((await command('sandbox', 'expire', 'shenyang')).status, 0)
  t.equal((await command('sandbox', 'expire', 'fushun')).status, 1)
  t.equal((await command('sandbox', 'expire', 'nowhere')).status, 2)
})
