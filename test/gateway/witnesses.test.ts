// Two witnesses as cities run them, each a process of its own, and a gateway that asks them: cosignatures, a witness that is
// away, and a log that was rolled back.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { call, copyConfig, IMPATIENT, PROJECT, startGateway, tokenOf, until } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'gateway-witnesses-'))

t.teardown(() => rmSync(folder, { recursive: true, force: true }))
const configDir = copyConfig(join(folder, 'config'), IMPATIENT)
const gateway = await startGateway(t, { GATEWAY_CONFIG_DIR: configDir })
const keys = (await (await fetch(`${gateway.address}/.well-known/audit-keys`)).text()).trim().split('\n')

/** Runs a command of the project to its end. */
async function command(
  ...args: readonly string[]
): Promise<{ readonly status: number | null; readonly output: string }> {
  const child = spawn('env', ['-u', 'NODE_OPTIONS', process.execPath, join(PROJECT, 'src/cli.js'), ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { status: child.exitCode, output }
}

interface RunningWitness {
  readonly vkey: string
  readonly address: string
  stop(signal?: NodeJS.Signals): Promise<void>
}

async function startWitness(name: string, port = '0'): Promise<RunningWitness> {
  const log = keys.flatMap((key) => ['--log', key])
  const args = ['audit', 'witness', '--name', name, '--folder', join(folder, name), '--port', port, ...log]
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli.js'), ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill(signal)
    await exit
  }
  t.teardown(() => stop('SIGKILL'))
  await until(
    async () => output,
    (text) => text.includes('Ctrl-C stops it') || child.exitCode !== null,
  )
  const [, vkey = ''] = /^(\S+\+[0-9a-f]{8}\+\S+)$/m.exec(output) ?? []
  const [, address = ''] = /at (http:\/\/127\.0\.0\.1:\d+);/.exec(output) ?? []
  if (vkey === '' || address === '') throw new Error(`the witness did not start:\n${output}`)
  return { vkey, address, stop }
}

const names = ['witness.shenyang.example', 'witness.fushun.example']
const [shenyang, fushun] = await Promise.all(names.map((name) => startWitness(name)))
if (shenyang === undefined || fushun === undefined) throw new Error('both witnesses run')
const WITNESS_KEYS = [shenyang.vkey, fushun.vkey].flatMap((key) => ['--witness-key', key])
const KEYS = keys.flatMap((key) => ['--key', key])

const act = async (): Promise<string | null> =>
  (await call(gateway, 'GET', '/v1/cities', { token: tokenOf(gateway, 'clerk') })).headers.get('audit-record')

async function metric(name: string): Promise<number> {
  const { text } = await call(gateway, 'GET', '/metrics')
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length),
  )
}

const stateOf = (witness: string, state: string): Promise<number> =>
  metric(`gateway_audit_log_witness_state{witness="${witness}",state="${state}"}`)

/** The newest checkpoint that both have cosigned, once it covers as much as the log does now. */
async function witnessedNow(): Promise<string> {
  const { text } = await call(gateway, 'GET', '/v1/audit/log/checkpoint')
  const wanted = Number(text.split('\n')[1])
  const answer = await until(
    () => call(gateway, 'GET', '/v1/audit/log/witnessed'),
    ({ status, text: note }) => status === 200 && Number(note.split('\n')[1]) >= wanted,
  )
  return answer.status === 200 ? answer.text : ''
}

t.test('witnesses are configured, and cosign what the log has grown to', async (t) => {
  await act()
  const verified = await command('audit', 'verify', gateway.address, ...KEYS, ...WITNESS_KEYS)
  t.equal(verified.status, 1, 'nobody has cosigned yet')
  t.match(verified.output, /副署不足[\s\S]*2 witnesses are required, and 0 have cosigned/)

  const file = join(configDir, 'gateway.yaml')
  const list = [shenyang, fushun].map(({ vkey, address }) => `      - key: ${vkey}\n        address: ${address}/\n`)
  const text = readFileSync(file, 'utf8')
    .replace('required: 0', 'required: 2')
    .replace('askMs: 10000', 'askMs: 200')
    .replace('timeoutMs: 5000', 'timeoutMs: 1000')
    .replace('    list: []\n', `    list:\n${list.join('')}`)
  writeFileSync(file, text)
  await gateway.stop()
  // What the log is rolled back to later.
  cpSync(gateway.dataDir, join(folder, 'older'), { recursive: true })
  await gateway.restart()

  for (let round = 0; round < 3; round++) {
    await act()
    const note = await witnessedNow()
    for (const name of names) t.match(note, `— ${name} `, `round ${round}`)
  }
  for (const name of names) t.equal(await stateOf(name, 'agrees'), 1)
  t.equal(await metric('gateway_audit_log_cosignatures_lacking_seconds'), 0)
})

t.test('an auditor demands the cosignatures, of the log and of a proof', async (t) => {
  const id = await act()
  await witnessedNow()
  const verified = await command('audit', 'verify', gateway.address, ...KEYS, ...WITNESS_KEYS)
  t.equal(verified.status, 0, verified.output)
  for (const name of names) t.match(verified.output, new RegExp(`${name} 20\\d\\d-`))
  const proof = await until(
    () => call(gateway, 'GET', `/v1/audit/records/${id}/proof`),
    ({ status, text }) => status === 200 && text.includes(names[1] ?? ''),
  )
  const file = join(folder, 'kept.tlog-proof')
  writeFileSync(file, proof.text)
  const receipt = await command('audit', 'verify-receipt', file, ...KEYS, ...WITNESS_KEYS)
  t.equal(receipt.status, 0, receipt.output)
  t.match(receipt.output, /cosigned by 2 of the witnesses named/)
})

t.test('a witness that is away stops nobody, is told, and catches up', async (t) => {
  await fushun.stop('SIGKILL')
  await act()
  t.equal(
    await until(
      () => stateOf(names[1] ?? '', 'unreachable'),
      (state) => state === 1,
    ),
    1,
  )
  t.ok(
    (await until(
      () => metric('gateway_audit_log_cosignatures_lacking_seconds'),
      (seconds) => seconds > 0.5,
    )) > 0.5,
  )
  t.not(await act(), null, 'requests are answered and recorded')
  t.match(
    readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8'),
    /a witness does not cosign the audit log[\s\S]*fewer cosignatures than required/,
  )
  const { text } = await call(gateway, 'GET', '/v1/audit/log/witnessed')
  t.match(text, names[1] ?? '', 'what both have cosigned stays')

  await startWitness(names[1] ?? '', new URL(fushun.address).port)
  await act()
  t.match(await witnessedNow(), `— ${names[1]} `)
  t.equal(
    await until(
      () => metric('gateway_audit_log_cosignatures_lacking_seconds'),
      (seconds) => seconds === 0,
    ),
    0,
  )
})

t.test(
  'a log that is rolled back as a whole is found by its witnesses, and by what an auditor gets from them',
  async (t) => {
    for (let count = 0; count < 20; count++) await act()
    await witnessedNow()
    await gateway.stop()
    rmSync(gateway.dataDir, { recursive: true })
    cpSync(join(folder, 'older'), gateway.dataDir, { recursive: true })
    await gateway.restart()

    for (const name of names)
      t.equal(
        await until(
          () => stateOf(name, 'disputes'),
          (state) => state === 1,
        ),
        1,
        name,
      )
    t.match(readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8'), /has seen another audit log than ours/)
    t.not(await act(), null, 'requests are answered and recorded all the same')

    const origin = (await call(gateway, 'GET', '/v1/audit/log/checkpoint')).text.split('\n')[0] ?? ''
    const kept = await (await fetch(`${shenyang.address}/checkpoint/${encodeURIComponent(origin)}`)).text()
    const file = join(folder, 'from-the-witness')
    writeFileSync(file, kept)
    const verified = await command('audit', 'verify', gateway.address, ...KEYS, '--earlier', file)
    t.equal(verified.status, 1)
    t.match(verified.output, /日志被回退[\s\S]*The log was rolled back/)
    t.equal((await command('audit', 'verify', gateway.address, ...KEYS)).status, 0, 'by itself it looks sound')
  },
)

t.test('the witness’s server refuses what is none of its business', async (t) => {
  const ask = async (method: string, path: string, body?: string): Promise<number> =>
    (await fetch(shenyang.address + path, { method, ...(body === undefined ? {} : { body }) })).status
  t.equal(await ask('GET', '/add-checkpoint'), 405)
  t.equal(await ask('GET', '/'), 404)
  t.equal(await ask('GET', '/checkpoint/other.example%2Flog'), 404)
  t.equal(await ask('GET', '/checkpoint/%ff'), 404)
  t.equal(await ask('GET', '/contradictions'), 200)
  t.equal(await ask('POST', '/add-checkpoint', 'nonsense'), 400)
  t.equal(await ask('POST', '/add-checkpoint', 'x'.repeat(100_000)), 413)
})

t.test('the command refuses what it cannot work with', async (t) => {
  const at = ['--folder', join(folder, 'other'), '--port', '0']
  t.match(await command('audit', 'witness', '--name', 'a b', ...at, '--log', keys[0] ?? ''), {
    status: 2,
    output: /name/,
  })
  t.match(await command('audit', 'witness', '--name', 'w', ...at), { status: 2, output: /--log/ })
  t.match(await command('audit', 'witness', '--name', 'w', ...at, '--log', shenyang.vkey), {
    status: 2,
    output: /no vkey of a log/,
  })
  const busy = ['--folder', join(folder, names[0] ?? ''), '--port', '0']
  t.match(await command('audit', 'witness', '--name', 'w', ...busy, '--log', keys[0] ?? ''), {
    status: 1,
    output: /another witness/,
  })
})
