// Fifty files of 20 MB at once: nowhere are they held in memory.

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { startGateway, tokenOf } from './harness.ts'

const MEGABYTE = 1024 * 1024
const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')
// The first start checks the whole configuration, and what that took stays with the process.
await gateway.stop()
await gateway.restart()

const residentMb = (): number => {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gateway.pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) / 1024
}

/** Each has an end of its own, so that none is another's content again. */
async function* file(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('%PDF-1.7\n')
  for (let sent = 0; sent < 19; sent += 1) yield MIDDLE
  yield randomBytes(MEGABYTE - 9)
}
const MIDDLE = randomBytes(MEGABYTE)

async function upload(): Promise<number> {
  const response = await fetch(`${gateway.address}/v1/materials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${clerk}`, 'content-type': 'application/pdf' },
    body: ReadableStream.from(file()),
    duplex: 'half',
  })
  await response.arrayBuffer()
  return response.status
}

t.test('fifty uploads of 20 MB at once stay under 300 MB of memory', async (t) => {
  let most = residentMb()
  t.comment(`resident memory before: ${most.toFixed(0)} MB`)
  const watch = setInterval(() => (most = Math.max(most, residentMb())), 20)
  const statuses = await Promise.all(Array.from({ length: 50 }, upload))
  clearInterval(watch)
  t.same(new Set(statuses), new Set([201]))
  t.comment(`resident memory at most: ${most.toFixed(0)} MB`)
  t.ok(most < 300, `${most.toFixed(0)} MB`)
})
