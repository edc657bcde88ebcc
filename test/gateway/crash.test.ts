// Ends that nobody asked for: a signal in the middle of the start, kill -9 of the gateway, kill -9 of everything.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask, call, file, makeSick, receivedBy, tokenOf } from './harness.ts'
import { isAlive, launch, makeFolder, ready, sandboxPid, waitFor } from './launch.ts'

/** Starting and stopping take some two seconds on an idle machine. */
const LIFE_MS = 30_000

t.test('a signal while it starts stops it cleanly, wherever it was', async (t) => {
  for (const [name, reached] of [
    ['the store is being opened', (dataDir: string) => exists(dataDir, 'store.lock')],
    ['the sandbox is being started', (dataDir: string) => exists(dataDir, 'sandbox/sandbox.log')],
    ['the sandbox is up', (dataDir: string) => exists(dataDir, 'sandbox.json')],
  ] as const) {
    const folder = makeFolder(t)
    const gateway = launch(t, folder)
    t.ok(await waitFor(() => reached(folder.dataDir)), name)
    const start = performance.now()
    gateway.signalGroup('SIGTERM')
    let sandbox: number | null = null
    await waitFor(() => {
      sandbox ??= sandboxPid(folder)
      return !isAlive(gateway.pid)
    })
    t.equal(await gateway.ended, 0, `${name}: ${gateway.output()}`)
    t.ok(performance.now() - start < LIFE_MS)
    t.notOk(sandbox !== null && isAlive(sandbox), 'no sandbox is left')
    t.equal(gateway.stderr(), '')
    t.notMatch(gateway.stdout(), /Ctrl-C/, 'it does not say that it is up')
  }
})

function exists(dataDir: string, name: string): boolean {
  try {
    readFileSync(join(dataDir, name))
    return true
  } catch {
    return false
  }
}

t.test('kill -9', async (t) => {
  const folder = makeFolder(t)
  let gateway = await ready(launch(t, folder))
  const filed = await file(gateway, 'mi-remote-care-filing', 'tieling')
  t.equal(filed.status, 201, filed.text)
  const { caseNo } = filed.body
  await makeSick(gateway, 'liaoyang', 'error-500')

  await t.test('of the gateway alone leaves the sandbox to the next start', async (t) => {
    const sandbox = sandboxPid(gateway)
    await gateway.kill()
    t.ok(isAlive(sandbox ?? 0))
    gateway = await ready(launch(t, folder))
    t.equal(sandboxPid(gateway), sandbox)
    await works(t)
    // Owned by the new one now: it must not outlive it.
    t.equal(await gateway.stop(), 0)
    t.notOk(isAlive(sandbox ?? 0))
    gateway = await ready(launch(t, folder))
  })

  await t.test('of the whole group loses nothing: cases, faults and ports are those of before', async (t) => {
    const before = readFileSync(join(folder.dataDir, 'sandbox.json'), 'utf8')
    const sandbox = sandboxPid(gateway)
    gateway.signalGroup('SIGKILL')
    t.equal(await gateway.ended, 'SIGKILL')
    t.ok(await waitFor(() => !isAlive(sandbox ?? 0)))
    gateway = await ready(launch(t, folder))
    const after = readFileSync(join(folder.dataDir, 'sandbox.json'), 'utf8')
    t.not(sandboxPid(gateway), sandbox)
    t.strictSame(JSON.parse(after).cities, JSON.parse(before).cities, 'each city is where it was')
    await works(t)
    t.equal(await gateway.stop(), 0)
  })

  async function works(t: Test): Promise<void> {
    const shown = await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })
    t.match(shown, { status: 200, body: { delivery: 'delivered' } })
    t.equal((await receivedBy(gateway, 'tieling', caseNo)).length, 1)
    t.match(await ask(gateway, 'ss-personal-rights-record', 'liaoyang'), { status: 502, body: { code: 'CITY_ERROR' } })
    t.equal((await ask(gateway, 'ss-personal-rights-record', 'tieling')).status, 200)
  }
})
