// A disk of its own that is really full, and one that may only be read: a tmpfs in a mount namespace of this test.

import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { inOwnMounts, mountDisk, type OwnDisk } from '../own-mounts.ts'
import { ask, call, file, PROJECT, receivedBy, records, tokenOf, until } from './harness.ts'
import { launch, makeFolder, ready, type Folder, type Launched } from './launch.ts'

const skip = inOwnMounts(import.meta.filename) ? false : 'this user may not mount anything'
const unavailable = { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } }

/** The data folder is a disk of so many megabytes. */
function onDisk(whole: Test, megabytes: number): { readonly folder: Folder; readonly disk: OwnDisk } {
  const folder = makeFolder(whole)
  mkdirSync(folder.dataDir, { recursive: true })
  return { folder, disk: mountDisk(whole, folder.dataDir, megabytes, '0700') }
}

const metric = async (gateway: Launched, name: string): Promise<number> => {
  const { text } = await call(gateway, 'GET', '/metrics')
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])
}

t.test('a disk without a byte left', { skip }, async (whole) => {
  const { folder } = onDisk(whole, 96)
  const gateway = await ready(launch(whole, folder))
  const filler = join(folder.dataDir, 'filler')
  const key = { headers: { 'idempotency-key': 'while-full' } }
  whole.equal((await file(gateway, 'ps-id-card-renewal', 'shenfu')).status, 201)
  const before = (await receivedBy(gateway, 'shenfu')).length

  await whole.test('is announced by the metrics before it is full', async (t) => {
    const [free, size] = await Promise.all([
      metric(gateway, 'gateway_store_disk_free_bytes'),
      metric(gateway, 'gateway_store_disk_bytes'),
    ])
    t.equal(size, 96 * 1024 * 1024)
    t.ok(free > 0 && free < size, `${free} of ${size} bytes`)
    writeFileSync(filler, Buffer.alloc(Math.floor(free * 0.9)))
    const left = await until(
      () => metric(gateway, 'gateway_store_disk_free_bytes'),
      (seen) => seen / size < 0.1,
    )
    t.ok(left / size < 0.1, `${left} bytes left`)
    const isReady = await until(
      () => call(gateway, 'GET', '/readyz'),
      ({ status }) => status === 200,
    )
    t.equal(isReady.status, 200, 'while everything still goes on')
  })

  await whole.test('takes nothing: 503, and nothing is sent', async (t) => {
    const { bavail, bsize } = statfsSync(folder.dataDir)
    try {
      writeFileSync(`${filler}-2`, Buffer.alloc(bavail * bsize))
    } catch (error) {
      // The gateway has taken some of the room meanwhile: what is left is full all the same.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
    // Old pages of the database's log may be written over, so that a few may yet get through.
    await until(
      () => call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'clerk') }),
      ({ status }) => status === 503,
    )
    for (const answer of [
      await file(gateway, 'ps-id-card-renewal', 'shenfu', key),
      await ask(gateway, 'ss-personal-rights-record', 'shenfu'),
      await call(gateway, 'GET', '/v1/audit/records', { token: tokenOf(gateway, 'auditor') }),
      await call(gateway, 'GET', '/v1/audit/export', { token: tokenOf(gateway, 'auditor') }),
    ]) {
      t.match(answer, unavailable, answer.text)
    }
    t.equal((await receivedBy(gateway, 'shenfu')).length, before)
    t.match(await call(gateway, 'GET', '/readyz'), { status: 503, body: { store: 'STORE_UNAVAILABLE' } })
    t.equal((await call(gateway, 'GET', '/healthz')).status, 200)
    t.ok((await metric(gateway, 'gateway_store_disk_free_bytes')) < 1024 * 1024)
  })

  await whole.test('heals by itself when there is room again, and the log has no gap', async (t) => {
    for (const path of [filler, `${filler}-2`]) rmSync(path)
    const healed = await until(
      () => call(gateway, 'GET', '/readyz'),
      ({ status }) => status === 200,
    )
    t.equal(healed.status, 200)
    const answer = await file(gateway, 'ps-id-card-renewal', 'shenfu', key)
    t.match(answer.status, /^20[12]$/, answer.text)
    t.equal(answer.headers.get('idempotency-replayed'), null)
    const seqs = (await records(gateway, {})).map(({ seq }) => seq)
    t.strictSame(
      seqs,
      seqs.map((_, at) => at + 1),
    )
    t.equal(await gateway.stop(), 0, gateway.output())
  })
})

t.test('a disk that may only be read', { skip }, async (whole) => {
  const { folder, disk } = onDisk(whole, 96)
  const first = await ready(launch(whole, folder))
  whole.equal((await file(first, 'ps-id-card-renewal', 'shenfu')).status, 201)
  whole.equal(await first.stop(), 0)

  await whole.test('lets no gateway start, and is told in both languages', async (t) => {
    disk.remount('ro')
    const refused = launch(t, folder)
    t.not(await refused.ended, 0)
    const told = refused.output()
    t.match(told, /[\u4e00-\u9fff]/)
    t.match(told, /GATEWAY_DATA_DIR|read-only|EROFS/i, told)
    t.notMatch(told, /\n\s+at /, 'no stack trace')
  })

  await whole.test('is evidence that an auditor can verify all the same', async (t) => {
    const cli = [join(PROJECT, 'src/cli.js'), 'audit', 'verify', folder.dataDir, '--json']
    const { status, stdout, stderr } = spawnSync(process.execPath, cli, { encoding: 'utf8' })
    t.equal(status, 0, stderr)
    t.ok(stdout.length > 0)
  })

  await whole.test('is as it was when it may be written to again', async (t) => {
    disk.remount('rw')
    const gateway = await ready(launch(t, folder))
    const seqs = (await records(gateway, {})).map(({ seq }) => seq)
    t.strictSame(
      seqs,
      seqs.map((_, at) => at + 1),
    )
    t.equal((await file(gateway, 'ps-id-card-renewal', 'shenfu')).status, 201)
    t.equal(await gateway.stop(), 0)
  })
})
