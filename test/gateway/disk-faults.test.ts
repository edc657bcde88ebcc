// A disk that fails under a running gateway: turned read-only, cannot be read, cannot sync. Made by strace, which lets the system calls
// of the running process on the database's files fail.

import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ask, call, file, receivedBy, records, tokenOf, until } from './harness.ts'
import { launch, makeFolder, ready, type Launched } from './launch.ts'

/** Attaches to a process that is none of its children; resolves when it lets go again. */
async function failing(
  pid: number,
  files: readonly string[],
  calls: string,
  error: string,
): Promise<() => Promise<void>> {
  const paths = files.flatMap((path) => ['-P', path])
  const inject = ['-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`]
  const child = spawn('strace', ['-f', '-p', String(pid), ...paths, ...inject, '-o', '/dev/null'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  await new Promise<void>((attached, failed) => {
    child.once('error', failed)
    child.once('exit', () => failed(new Error(`strace ended: ${said}`)))
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes('attached')) attached()
    })
  })
  return async () => {
    child.kill('SIGINT')
    await ended
  }
}

async function mayTrace(): Promise<boolean> {
  if (spawnSync('strace', ['-V']).status !== 0) return false
  const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' })
  try {
    await (
      await failing(sleeper.pid ?? 0, ['/dev/null'], 'write', 'EIO')
    )()
    return true
  } catch {
    return false
  } finally {
    sleeper.kill()
  }
}
const skip = (await mayTrace()) ? false : 'there is no strace here, or it may attach to nothing'

const WRITING = 'pwrite64,write,ftruncate,fsync,fdatasync'
const unavailable = { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } }

t.test('a disk that fails while the gateway runs', { skip }, async (whole) => {
  const folder = makeFolder(whole)
  const gateway = await ready(launch(whole, folder))
  const clerk = tokenOf(gateway, 'clerk')
  const auditor = tokenOf(gateway, 'auditor')
  const files = ['store.sqlite', 'store.sqlite-wal'].map((name) => join(folder.dataDir, name))
  const application = (key: string) =>
    file(gateway, 'ps-id-card-renewal', 'shenfu', { headers: { 'idempotency-key': key } })
  const query = () => ask(gateway, 'ss-personal-rights-record', 'shenfu')
  whole.match(String((await application('before')).status), /^20[12]$/)
  whole.equal((await query()).status, 200)
  whole.ok((await records(gateway, {})).length > 0, 'the thread that searches is there')

  async function heals(t: Test, key: string): Promise<void> {
    await until(
      () => call(gateway, 'GET', '/readyz'),
      ({ status }) => status === 200,
    )
    const answer = await application(key)
    t.match(String(answer.status), /^20[12]$/, answer.text)
    t.equal((await query()).status, 200)
    const { caseNo } = answer.body
    await until(
      () => receivedBy(gateway, 'shenfu', caseNo),
      (there) => there.length === 1,
    )
    t.equal((await receivedBy(gateway, 'shenfu', caseNo)).length, 1, 'it took effect once')
    const seqs = (await records(gateway, {})).map(({ seq }) => seq)
    t.strictSame(
      seqs,
      seqs.map((_, at) => at + 1),
      'no number is left out',
    )
  }

  for (const [what, calls, error] of [
    ['turned read-only', WRITING, 'EROFS'],
    ['that gives errors when written to', WRITING, 'EIO'],
    ['that cannot sync', 'fsync,fdatasync', 'EIO'],
  ] as const) {
    await whole.test(`${what}: 503 before anything is sent, and it heals by itself`, async (t) => {
      const before = (await receivedBy(gateway, 'shenfu')).length
      const mend = await failing(gateway.pid, files, calls, error)
      try {
        for (const answer of [
          await application(what.replaceAll(' ', '-')),
          await query(),
          await call(gateway, 'GET', '/v1/cases', { token: clerk }),
          await call(gateway, 'GET', '/v1/audit/records', { token: auditor }),
        ]) {
          t.match(answer, unavailable, answer.text)
          t.notOk('caseNo' in answer.body)
        }
        t.match(await call(gateway, 'GET', '/readyz'), { status: 503, body: { store: 'STORE_UNAVAILABLE' } })
        t.equal((await call(gateway, 'GET', '/healthz')).status, 200)
        t.equal((await receivedBy(gateway, 'shenfu')).length, before, 'the city received nothing')
      } finally {
        await mend()
      }
      await heals(t, what.replaceAll(' ', '-'))
    })
  }

  await whole.test('that cannot be read: 503, never an answer made of less than there is', async (t) => {
    const before = (await call(gateway, 'GET', '/v1/cases?limit=200', { token: clerk })).body['cases'].length as number
    const mend = await failing(gateway.pid, files, 'pread64,read', 'EIO')
    try {
      const looks = [
        '/v1/cases?limit=200',
        '/v1/audit/records',
        '/v1/audit/export',
        '/v1/audit/log/tile/entries/000.p/5',
      ]
      for (const look of looks) {
        const answer = await call(gateway, 'GET', look, { token: look.startsWith('/v1/cases') ? clerk : auditor })
        t.match(answer, unavailable, `${look}: ${answer.text.slice(0, 200)}`)
      }
      // What has to be looked up may lie in memory still: it is done whole, or not at all.
      const sent = (await receivedBy(gateway, 'shenfu')).length
      const answer = await query()
      const came = (await receivedBy(gateway, 'shenfu')).length - sent
      if (answer.status === 200) t.ok('result' in answer.body)
      else t.match({ ...answer, came }, { ...unavailable, came: 0 }, answer.text)
    } finally {
      await mend()
    }
    const after = await call(gateway, 'GET', '/v1/cases?limit=200', { token: clerk })
    t.equal(after.body['cases'].length, before)
    await heals(t, 'read-again')
  })

  await whole.test('and it stops and starts in order afterwards', async (t) => {
    t.equal(await gateway.stop(), 0, gateway.output())
    const again: Launched = await ready(launch(whole, folder))
    t.equal((await call(again, 'GET', '/readyz')).status, 200)
    t.equal(await again.stop(), 0)
  })
})
