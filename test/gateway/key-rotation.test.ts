// Another key signs the log: what the old one signed stays valid, who trusts the old one follows, and kill -9 loses neither.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { readCheckpoint } from '../../src/audit/log/checkpoint.ts'
import { readNote, readVkey } from '../../src/audit/log/note.ts'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import { checkReceipt } from '../../src/cli/audit/receipt.ts'
import { trustIn } from '../../src/cli/audit/trust.ts'
import { verifyPlace } from '../../src/cli/audit/verify-place.ts'
import { keyFile, makeKeyFile } from '../../src/store/keys.ts'
import { ed25519Of, publicKeyOf } from '../../src/store/log-keys.ts'
import { systemClock } from '../../src/system.ts'
import { openIn } from '../store/folder.ts'
import { call, PROJECT, records, startGateway, tokenOf, until } from './harness.ts'

const gateway = await startGateway(t)
const { dataDir } = gateway

const wellKnown = async (name: string): Promise<string> =>
  (await fetch(`${gateway.address}/.well-known/${name}`)).text()
const vkeys = async (): Promise<string[]> => (await wellKnown('audit-keys')).trim().split('\n')
const [FIRST = ''] = await vkeys()

const act = async (): Promise<string> =>
  (await call(gateway, 'GET', '/v1/cities', { token: tokenOf(gateway, 'clerk') })).headers.get('audit-record') ?? ''

const proofOf = async (id: string): Promise<string> =>
  (
    await until(
      () => call(gateway, 'GET', `/v1/audit/records/${id}/proof`),
      ({ status }) => status === 200,
    )
  ).text

interface Rotated {
  readonly status: number | null
  readonly output: string
}

/** Killed, if at all, so long after the file of the new key has come into being. */
async function rotate(kill: { readonly file: string; readonly afterMs: number } | null = null): Promise<Rotated> {
  const child = spawn(process.execPath, [join(PROJECT, 'src/cli.js'), 'audit', 'rotate-key'], {
    env: { PATH: process.env['PATH'], ...gateway.env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const closed = once(child, 'close')
  if (kill !== null) {
    while (!existsSync(kill.file) && child.exitCode === null) await delay(1)
    await delay(kill.afterMs)
    child.kill('SIGKILL')
  }
  await closed
  return { status: child.exitCode, output }
}

async function isSound(t: Test, keys: readonly string[], earlier: readonly string[] = []): Promise<void> {
  const { shards } = await verifyPlace(existsSync(join(dataDir, 'gateway.json')) ? gateway.address : dataDir, {
    keys,
    witnesses: [],
    required: 0,
    earlier: earlier.map((note) => ({ by: 'kept', checkpoint: readCheckpoint(readNote(note)!.text)!, note })),
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  t.strictSame(
    shards.flatMap(({ findings }) => findings.map(({ what }) => what.en)),
    [],
  )
}

const checkpoint = async (): Promise<string> => (await call(gateway, 'GET', '/v1/audit/log/checkpoint')).text

t.test('while a gateway runs on the folder, no key is changed', async (t) => {
  t.match(await rotate(), { status: 1, output: /正被另一个网关进程使用[\s\S]*Stop it first/ })
  t.strictSame(await vkeys(), [FIRST])
})

t.test('the new key comes first, and whoever trusts the old one follows', async (t) => {
  const before = await act()
  const kept = await proofOf(before)
  const earlier = await checkpoint()
  await gateway.stop()
  const rotated = await rotate()
  t.equal(rotated.status, 0, rotated.output)
  const [second = ''] = rotated.output.split('\n')
  await gateway.restart()

  t.strictSame(await vkeys(), [second, FIRST])
  const after = await act()
  const proof = await proofOf(after)
  t.equal(checkReceipt(proof, null, trustIn([second], '', []), []).leaf['id'], after, 'the new key has signed')
  t.throws(() => checkReceipt(proof, null, trustIn([FIRST], '', []), []), { message: /not signed by the key/ })
  const { successions } = JSON.parse(await wellKnown('audit-key-successions')) as { successions: string[] }
  t.equal(checkReceipt(proof, null, trustIn([FIRST], '', successions), []).leaf['id'], after, 'and the old one vouches')
  t.equal(checkReceipt(kept, null, trustIn([FIRST], '', []), []).leaf['id'], before, 'what was kept stays valid')
  await isSound(t, [FIRST], [earlier])
  await isSound(t, [second], [earlier])
  t.match(await records(gateway, { kind: 'log-key-rotated' }), [{ outcome: 'rotated', actor: { role: 'gateway' } }])
})

t.test('the old key’s file may be destroyed, the new one’s not', async (t) => {
  await gateway.stop()
  rmSync(keyFile(dataDir, 'log', 1))
  await gateway.restart()
  await isSound(t, [FIRST])
  await gateway.stop()
  const file = keyFile(dataDir, 'log', 2)
  const text = readFileSync(file, 'utf8')
  rmSync(file)
  await t.rejects(openIn(t, dataDir), { code: 'KEY_MISSING', message: /log-2\.key/ })
  writeFileSync(file, text, { mode: 0o600 })
  await (await openIn(t, dataDir))[Symbol.asyncDispose]()
})

/** Opens the folder as a start does; gives how many keys there have been. */
async function starts(t: Test): Promise<number> {
  const store = await openIn(t, dataDir)
  const raise = (error: unknown): never => {
    throw error
  }
  const options = { store, clock: systemClock, origin: 'x', everyMs: 1000, onError: raise, onBroken: raise }
  const sequencer = await openSequencer(options)
  await sequencer[Symbol.asyncDispose]()
  await store[Symbol.asyncDispose]()
  return store.logKeys.length
}

t.test('a key that a killed attempt has left is taken up', async (t) => {
  const seed = Buffer.alloc(32, 7)
  makeKeyFile(keyFile(dataDir, 'log', 3), seed)
  t.equal(await starts(t), 2, 'until then the key before is in charge')
  const { output } = await rotate()
  t.strictSame(readVkey(output.split('\n')[0] ?? '')?.publicKey, publicKeyOf(ed25519Of(seed)))
  t.equal(await starts(t), 3)
})

t.test('kill -9 at any moment leaves one key in charge, and a log that verifies by the first key', async (t) => {
  let keys = await starts(t)
  for (let round = 0; round < 4; round++) {
    const file = keyFile(dataDir, 'log', keys + 1)
    await rotate({ file, afterMs: round * 6 })
    const now = await starts(t)
    t.ok(now === keys || now === keys + 1, `${now} keys after ${keys}`)
    await isSound(t, [FIRST])
    // What the kill has cut off is taken up.
    if (now === keys) t.equal((await rotate()).status, 0)
    keys += 1
  }
  t.equal(await starts(t), keys)
  await gateway.restart()
  const id = await act()
  const [newest = ''] = await vkeys()
  t.equal(checkReceipt(await proofOf(id), null, trustIn([newest], '', []), []).leaf['id'], id)
  await isSound(t, [FIRST])
})
