// The sandbox as a process: started, killed, found again, taken over, ended; and what it had taken stays.

import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import {
  expireTokens,
  readSandboxFile,
  type SandboxHandle,
  setFault,
  startOrAdoptSandbox,
} from '../../src/sandbox/control.ts'
import { isAlive } from '../../src/sandbox/liveness.ts'
import { received } from '../../src/sandbox/received.ts'
import { get, keyOf, targetIn } from './shenfu-calls.ts'
import * as liaoyang from './liaoyang-calls.ts'
import { application, call, fetchSecret } from './shenyang-calls.ts'
import { newCaseNo } from './submissions.ts'
import * as tielingCalls from './tieling-calls.ts'

const dataDir = t.testdir()
const CITIES = ['shenyang', 'anshan', 'fushun', 'benxi', 'fuxin', 'liaoyang', 'tieling', 'shenfu']
const open = (cities: readonly string[] = CITIES) => startOrAdoptSandbox({ dataDir, cities, ownerPid: process.pid })
const folder = join(dataDir, 'sandbox')

let sandbox: SandboxHandle = await open()
t.teardown(() => sandbox.stop())

async function until(condition: () => Promise<boolean> | boolean): Promise<boolean> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await condition()) return true
    await delay(10)
  }
  return false
}

async function killed(handle: SandboxHandle): Promise<void> {
  process.kill(handle.pid, 'SIGKILL')
  t.ok(await until(() => !isAlive(handle.pid)))
}

t.test('it says where it listens, and keeps its secrets to itself', async (t) => {
  const file = readSandboxFile(dataDir)!
  t.equal(file.pid, sandbox.pid)
  t.same(Object.keys(file.cities), CITIES)
  for (const city of CITIES) t.equal(file.cities[city]!.address, sandbox.addresses.get(city))
  for (const path of ['sandbox.json', 'sandbox/secrets/shenyang', 'sandbox/shenyang.ndjson']) {
    t.equal(statSync(join(dataDir, path)).mode & 0o777, 0o600, path)
  }
  t.equal((await fetch(`${file.control.address}/state`)).status, 401)
})

t.test('after kill -9 cases, faults, secrets and ports are as they were', async (t) => {
  const caseNo = newCaseNo()
  const toLiaoyang = (service: liaoyang.Service, body: object) =>
    liaoyang.call(liaoyang.keysIn(folder), sandbox.addresses.get('liaoyang')!, service, body)
  const filed = await toLiaoyang('apply', liaoyang.application(caseNo))
  t.equal(filed.code, 0)
  const secret = await fetchSecret(sandbox.addresses.get('shenyang')!, keyOf(folder, 'shenyang'))
  await setFault(dataDir, 'anshan', 'error-500', 1)
  await killed(sandbox)
  t.match(received(dataDir, 'liaoyang', caseNo), [{ caseNo, leg: 'decide' }], 'readable while it does not run')
  // What a crash in the middle of a write leaves behind.
  appendFileSync(join(folder, 'anshan.ndjson'), '{"reference":"202')

  const before = sandbox
  sandbox = await open()
  t.equal(sandbox.adopted, false)
  t.same(sandbox.addresses, before.addresses)
  const found = await toLiaoyang('enquire', { bizNo: `${caseNo}.decide` })
  t.match(found.data, { acceptNo: filed.data?.['acceptNo'] })
  t.equal((await fetch(`${sandbox.addresses.get('anshan')}/v1/health`)).status, 500)
  const shenyang = sandbox.addresses.get('shenyang')!
  t.equal((await call(shenyang, 'health', secret, {})).code, '0000')
  await setFault(dataDir, 'anshan', 'off', 1)
  const next = await toLiaoyang('apply', liaoyang.application(newCaseNo()))
  t.not(next.data?.['acceptNo'], filed.data?.['acceptNo'])
  t.equal(received(dataDir, 'liaoyang').length, 2)
})

t.test('received tells what took effect, and nothing else', async (t) => {
  const caseNo = newCaseNo()
  const tieling = sandbox.addresses.get('tieling')!
  const given = await tielingCalls.fetchToken(tieling, keyOf(folder, 'tieling'))
  const post = (body: object) =>
    tielingCalls.call(tieling, String(given.body['access_token']), '/api/v1/applications', body)
  t.equal((await post(tielingCalls.application(caseNo))).status, 202)
  t.equal((await post(tielingCalls.application(caseNo))).status, 409)
  t.equal((await post(tielingCalls.application(newCaseNo(), { item_code: 'xx-unknown' }))).status, 422)
  const [line, ...others] = received(dataDir, 'tieling')
  t.same(others, [])
  t.match(line, {
    caseNo,
    leg: 'decide',
    reference: `${caseNo}.decide`,
    backendCaseNo: /^211200-[0-9]{4}-[0-9]{6}$/,
    item: 'hf-retirement-withdrawal',
    at: /^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/,
  })
  t.same(Object.keys(line!).sort(), ['at', 'backendCaseNo', 'caseNo', 'item', 'leg', 'reference', 'related'])
  t.same(received(dataDir, 'tieling', newCaseNo()), [])
  const { control } = readSandboxFile(dataDir)!
  const told = await fetch(`${control.address}/received/tieling?case=${caseNo}`, {
    headers: { authorization: `Bearer ${control.token}` },
  })
  t.same(await told.json(), { received: [line] })
})

t.test('the signing secrets of Shenyang can be ended from outside', async (t) => {
  const shenyang = sandbox.addresses.get('shenyang')!
  const secret = await fetchSecret(shenyang, keyOf(folder, 'shenyang'))
  await expireTokens(dataDir, 'shenyang')
  t.equal((await call(shenyang, 'apply', secret, application(newCaseNo()))).code, '4012')
  await t.rejects(expireTokens(dataDir, 'liaoyang'))
  await t.rejects(setFault(dataDir, 'nowhere', 'off', 1))
})

t.test('one that runs is taken over; one with other cities is ended and replaced', async (t) => {
  const again = await open()
  t.equal(again.adopted, true)
  t.equal(again.pid, sandbox.pid)
  const fewer = await open(['shenfu', 'fushun'])
  t.equal(fewer.adopted, false)
  t.same([...fewer.addresses.keys()], ['shenfu', 'fushun'])
  t.equal(fewer.addresses.get('shenfu'), sandbox.addresses.get('shenfu'))
  t.equal(isAlive(sandbox.pid), false)
  sandbox = await open()
})

t.test('signals of the terminal do not end it while its owner lives', async (t) => {
  process.kill(sandbox.pid, 'SIGINT')
  process.kill(sandbox.pid, 'SIGTERM')
  for (let calls = 0; calls < 20; calls += 1) {
    t.equal((await get(targetIn(folder, sandbox.addresses.get('shenfu')!), '/v1/health')).status, 200)
  }
})

/** A sandbox whose owner was killed. */
async function orphan(): Promise<number> {
  const script = `
    import { startOrAdoptSandbox } from ${JSON.stringify(join(import.meta.dirname, '../../src/sandbox/control.ts'))}
    const { pid } = await startOrAdoptSandbox(${JSON.stringify({ dataDir, cities: CITIES, ownerPid: 0 }).replace(
      '"ownerPid":0',
      '"ownerPid":process.pid',
    )})
    console.log(pid)
    setInterval(() => {}, 1000)`
  const owner: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const pid = Number(await new Promise((resolve) => owner.stdout!.once('data', resolve)))
  owner.kill('SIGKILL')
  await new Promise((resolve) => owner.once('exit', resolve))
  return pid
}

t.test('without an owner it ends at a signal of the terminal', async (t) => {
  await sandbox.stop()
  const pid = await orphan()
  t.ok(isAlive(pid))
  process.kill(pid, 'SIGTERM')
  t.ok(await until(() => !isAlive(pid)))
  t.equal(readSandboxFile(dataDir), null)
})

t.test('one whose owner was killed is taken over by the next', async (t) => {
  const pid = await orphan()
  sandbox = await open()
  t.equal(sandbox.adopted, true)
  t.equal(sandbox.pid, pid)
  const { control } = readSandboxFile(dataDir)!
  const state = await fetch(`${control.address}/state`, { headers: { authorization: `Bearer ${control.token}` } })
  t.match(await state.json(), { owner: process.pid, pid })
})

t.test('one that hangs is killed and replaced', async (t) => {
  const hung = sandbox
  process.kill(hung.pid, 'SIGSTOP')
  sandbox = await open()
  t.equal(sandbox.adopted, false)
  t.equal(isAlive(hung.pid), false)
  t.same(sandbox.addresses, hung.addresses)
})

t.test('stop ends it and leaves its cases behind', async (t) => {
  const cases = received(dataDir, 'liaoyang')
  t.ok(cases.length > 0)
  await sandbox.stop()
  t.equal(isAlive(sandbox.pid), false)
  // Waiting for the end of a sandbox keeps no process alive: without a timer of its own this one might end first.
  const awake = setInterval(() => {}, 1000)
  t.same(await sandbox.exited, { code: 0, signal: null })
  clearInterval(awake)
  t.equal(readSandboxFile(dataDir), null)
  t.same(received(dataDir, 'liaoyang'), cases)
  await t.rejects(setFault(dataDir, 'liaoyang', 'off', 1))
  t.equal(readFileSync(join(folder, 'sandbox.log'), 'utf8'), '', 'it had nothing to complain about')
})
