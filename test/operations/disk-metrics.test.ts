// Room of the data folder's disk, as those see it who ask at the same time: a pair of Prometheus does so every few seconds.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from '@prometheus-io/client'
import t from 'tap'
import { openDiskMetrics } from '../../src/operations/disk-metrics.ts'

const FREE = /^gateway_store_disk_free_bytes (\d+)$/m
const SIZE = /^gateway_store_disk_bytes (\d+)$/m

t.test('nobody is told that a disk has no byte left because somebody else has asked', async (t) => {
  const registry = new Registry()
  const disk = openDiskMetrics([registry], tmpdir())
  await disk.look()
  const looks = Array.from({ length: 20 }, () => disk.look())
  const seen = await registry.metrics()
  t.ok(Number(FREE.exec(seen)?.[1]) > 0, seen)
  t.ok(Number(SIZE.exec(seen)?.[1]) > Number(FREE.exec(seen)?.[1]), seen)
  await Promise.all(looks)
})

t.test('of a folder that is gone both are missing, and both are there when it is back', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-disk-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const registry = new Registry()
  const gone = openDiskMetrics([registry], join(folder, 'gone'))
  await gone.look()
  const seen = await registry.metrics()
  t.notMatch(seen, FREE)
  t.notMatch(seen, SIZE)

  const there = mkdtempSync(join(folder, 'there-'))
  const own = new Registry()
  const disk = openDiskMetrics([own], there)
  await disk.look()
  rmSync(there, { recursive: true })
  await disk.look()
  t.notMatch(await own.metrics(), FREE)
})
