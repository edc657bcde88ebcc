// `audit verify` against an address where somebody lies: whatever is served there, nothing false is called sound, and neither
// memory, time nor the terminal of whoever verifies is at its mercy.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { leafOf, newSigner, vkeyOfYear, writeShard } from '../audit/log-folder.ts'

const PROJECT = new URL('../..', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'gateway-lying-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const signer = newSigner()
const KEY = vkeyOfYear(signer, 2026)
const leaves = Array.from({ length: 700 }, (_, at) => leafOf(at + 1))
const TRUE = join(folder, 'true')
const checkpoint = writeShard(TRUE, 2026, leaves, signer)
const KEPT = join(folder, 'kept')
writeFileSync(KEPT, checkpoint)

/** Another history, signed with the log's own key: what a split view shows to somebody else. */
const SPLIT = join(folder, 'split')
writeShard(SPLIT, 2026, leaves.with(17, leafOf(18, Date.parse('2026-11-30T00:00:00.183Z'))), signer)

/** The name of a node that would clear a terminal and write in red. */
const SPOKEN = join(folder, 'spoken')
writeShard(
  SPOKEN,
  2026,
  [
    leafOf(1),
    leafOf(5, undefined, '\u001b[2J\u001b[31mall is well\u009b'),
    leafOf(7, undefined, '\u001b[2J\u001b[31mall is well\u009b'),
  ],
  signer,
)

/** Serves a folder as a gateway does; `lie` may answer in its place. */
async function serve(t: Test, from: string, lie: (path: string, response: ServerResponse) => boolean): Promise<string> {
  const server = createServer((request, response) => {
    const { url: path = '' } = request
    if (lie(path, response)) return
    const shards = JSON.stringify({ shards: [{ year: 2026 }], next: null })
    const name = path.replace('/v1/audit/log/', '').replace('/.well-known/', '')
    if (name === 'shards') return void response.end(shards)
    try {
      response.end(readFileSync(join(from, name)))
    } catch {
      response.writeHead(404).end()
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function verify(place: string, ...args: readonly string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(
    process.execPath,
    [join(PROJECT, 'src/cli.js'), 'audit', 'verify', place, '--key', KEY, ...args],
    {
      env: { PATH: process.env['PATH'] },
    },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child, 'close')
  return { status: child.exitCode, output }
}

const honest = (): boolean => false

t.test('an honest server is believed', async (t) => {
  t.match(await verify(await serve(t, TRUE, honest), '--earlier', KEPT), { status: 0, output: /The log is sound: 700/ })
})

const LIES: Readonly<Record<string, { lie: (path: string, response: ServerResponse) => boolean; says: RegExp }>> = {
  'a bundle of another history': {
    lie: (path, response) => {
      if (!path.endsWith('/tile/entries/000')) return false
      response.end(readFileSync(join(SPLIT, '2026/tile/entries/000')))
      return true
    },
    says: /Entry 17 \(.*\) does not fit the tree/,
  },
  'a part that it cannot put together any more': {
    lie: (path, response) => {
      if (!path.endsWith('/tile/entries/001')) return false
      response.writeHead(500).end()
      return true
    },
    says: /bundle of 256 entries from 256 on is missing/,
  },
  'no end of an answer': {
    lie: (path, response) => {
      if (!path.endsWith('/tile/0/000')) return false
      const chunk = Buffer.alloc(1024 * 1024)
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more)
      }
      more()
      return true
    },
    says: /answer of http:\S+ is too large/,
  },
  'an answer that breaks off': {
    lie: (path, response) => {
      if (!path.endsWith('/tile/0/000')) return false
      response.writeHead(200, { 'content-length': 8192 })
      response.write('x', () => response.destroy())
      return true
    },
    says: /broke off/,
  },
  'somewhere else': {
    lie: (path, response) => {
      if (!path.endsWith('/checkpoint')) return false
      response.writeHead(302, { location: 'http://127.0.0.1:9/checkpoint' }).end()
      return true
    },
    says: /Cannot reach/,
  },
  'no checkpoint': {
    lie: (path, response) => {
      if (!path.endsWith('/checkpoint')) return false
      response.end('<html>')
      return true
    },
    says: /missing or malformed/,
  },
  'no year at all': {
    lie: (path, response) => {
      if (!path.endsWith('/shards')) return false
      response.end('{"shards":[{"year":"../../etc"},{"year":null}]}')
      return true
    },
    says: /There is no audit log/,
  },
  'an older whole state, which was kept when it was younger': {
    lie: (path, response) => {
      if (!path.includes('/2026/')) return false
      const older = join(folder, 'older')
      try {
        response.end(readFileSync(join(older, path.replace('/v1/audit/log/', ''))))
      } catch {
        response.writeHead(404).end()
      }
      return true
    },
    says: /rolled back: .*kept has seen 700 entries, and now there are 600/,
  },
}
writeShard(join(folder, 'older'), 2026, leaves.slice(0, 600), signer)

for (const [what, { lie, says }] of Object.entries(LIES)) {
  t.test(`found: ${what}`, async (t) => {
    const { status, output } = await verify(await serve(t, TRUE, lie), '--earlier', KEPT)
    t.equal(status, 1)
    t.match(output, says)
    t.notMatch(output, /The log is sound/)
  })
}

t.test('a split view is sound by itself, and found by what somebody else was shown', async (t) => {
  const place = await serve(t, SPLIT, honest)
  t.match(await verify(place), { status: 0, output: /The log is sound/ })
  t.match(await verify(place, '--earlier', KEPT), {
    status: 1,
    output: /not what .*kept has seen: the log was rewritten/,
  })
})

t.test('what a log says does not reach the terminal as it is', async (t) => {
  const { status, output } = await verify(await serve(t, SPOKEN, honest))
  t.equal(status, 1)
  t.match(output, /node \?\[2J\?\[31mall\?is\?well\?/)
  t.notMatch(output.replaceAll('\n', ''), /\p{Cc}/u)
})
