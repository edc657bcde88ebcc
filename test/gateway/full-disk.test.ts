// A disk that takes nothing more: nobody is told what was not kept, nothing is sent, and all is well once there is room again.

import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { ask, call, file, makeSick, receivedBy, records, tokenOf, until } from './harness.ts'
import { launch, makeFolder, ready } from './launch.ts'

/** The system's own bound on the size of a process's files; what is there already stays. Linux alone lets it be changed from outside. */
function setFileBytesMax(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`])
}

function canLimit(): boolean {
  try {
    execFileSync('prlimit', ['--version'])
    return true
  } catch {
    return false
  }
}

t.test('a full disk', { skip: canLimit() ? false : 'there is no prlimit on this machine' }, async (whole) => {
  const folder = makeFolder(whole, [[/deadlineMs: 900/, 'deadlineMs: 2500']])
  let gateway = await ready(launch(whole, folder))
  const { pid } = gateway
  const clerk = tokenOf(gateway, 'clerk')
  const key = { headers: { 'idempotency-key': 'while-full' } }
  whole.equal((await file(gateway, 'ps-id-card-renewal', 'shenfu')).status, 201)
  const before = (await receivedBy(gateway, 'shenfu')).length

  await whole.test('lets nothing be sent and says whose fault it is', async (t) => {
    setFileBytesMax(pid, 0)
    for (const answer of [
      await file(gateway, 'ps-id-card-renewal', 'shenfu', key),
      await ask(gateway, 'ss-personal-rights-record', 'shenfu'),
      await call(gateway, 'GET', '/v1/cases', { token: clerk }),
      await call(gateway, 'GET', '/v1/audit/records', { token: tokenOf(gateway, 'auditor') }),
      await call(gateway, 'GET', '/v1/items', { token: clerk }),
      await call(gateway, 'GET', '/v1/audit/records', { token: clerk }),
      await call(gateway, 'POST', '/v1/items/ss-personal-rights-record/queries', { token: clerk, body: '{' }),
    ]) {
      t.match(answer, { status: 503, body: { code: 'STORE_UNAVAILABLE', source: 'gateway' } })
      t.equal(answer.headers.get('audit-record'), null, 'there is no record to name')
      t.notOk('caseNo' in answer.body)
    }
    t.equal((await receivedBy(gateway, 'shenfu')).length, before, 'the city received nothing')
    t.match(await call(gateway, 'GET', '/readyz'), {
      status: 503,
      body: { status: 'not-ready', store: 'STORE_UNAVAILABLE' },
    })
    t.equal((await call(gateway, 'GET', '/healthz')).status, 200)
    t.equal((await call(gateway, 'GET', '/v1/items')).status, 200, 'what needs no record is answered')
    t.equal((await call(gateway, 'GET', '/metrics')).status, 200)
    t.equal((await call(gateway, 'GET', '/v1/items', { token: 'x.y.z' })).status, 401)
  })

  await whole.test('heals by itself when there is room again', async (t) => {
    setFileBytesMax(pid, 'unlimited')
    t.equal((await call(gateway, 'GET', '/readyz')).status, 200)
    const answer = await file(gateway, 'ps-id-card-renewal', 'shenfu', key)
    t.equal(answer.status, 201, answer.text)
    t.equal(answer.headers.get('idempotency-replayed'), null, 'the key stands for nothing that failed')
    t.equal((await receivedBy(gateway, 'shenfu')).length, before + 1)
    t.equal((await ask(gateway, 'ss-personal-rights-record', 'shenfu')).status, 200)
    const readLog = async () => readFileSync(join(gateway.dataDir, 'gateway.log'), 'utf8').trim().split('\n')
    const lines = await until(readLog, (found) => found.at(-1)?.includes('"status":200') === true)
    t.match(lines.at(-1), '"status":200', 'the log goes on')
    t.ok(
      lines.some((line) => /"lost":\d+,"msg":"lines could not be written"/.test(line)),
      'and says that it has a gap',
    )
  })

  await whole.test('between a message and its answer leaves a case that the city is asked about', async (t) => {
    // So that a token is there, and what hangs is the call itself.
    t.equal((await ask(gateway, 'ss-personal-rights-record', 'tieling')).status, 200)
    await makeSick(gateway, 'tieling', 'hang-after')
    const answering = file(gateway, 'ps-id-card-renewal', 'tieling')
    await until(
      () => receivedBy(gateway, 'tieling'),
      (there) => there.length === 1,
    )
    setFileBytesMax(pid, 0)
    const answer = await answering
    t.match(answer, { status: 202, body: { delivery: 'sending' } }, answer.text)
    const { caseNo } = answer.body
    t.equal(answer.headers.get('location'), `/v1/cases/${caseNo}`)
    await makeSick(gateway, 'tieling', 'off')
    // The courier meets the full disk, too.
    await delay(300)
    setFileBytesMax(pid, 'unlimited')
    const look = () => call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: clerk })
    const shown = await until(look, ({ body }) => body['delivery'] === 'delivered')
    t.equal(shown.body['delivery'], 'delivered', shown.text)
    t.equal((await receivedBy(gateway, 'tieling', caseNo)).length, 1, 'it took effect once')
    const calls = (await records(gateway, { caseNo, kind: 'forwarded' })).map((record) => record['call'])
    t.notOk(calls.slice(1).includes('deliver'), `asked, never sent again: ${calls.join(', ')}`)
  })

  await whole.test('between a query and its answer withholds the answer: there is no evidence of it', async (t) => {
    await makeSick(gateway, 'benxi', 'slow')
    const answering = ask(gateway, 'ss-personal-rights-record', 'benxi')
    const intents = () => records(gateway, { kind: 'forwarded', city: 'benxi' })
    const [intent] = await until(intents, (found) => found.length > 0)
    setFileBytesMax(pid, 0)
    const answer = await answering
    t.match(answer, { status: 503, body: { code: 'STORE_UNAVAILABLE' } }, answer.text)
    t.notOk('result' in answer.body)
    setFileBytesMax(pid, 'unlimited')
    await makeSick(gateway, 'benxi', 'off')
    const outcomes = await records(gateway, { kind: 'city-answered', city: 'benxi' })
    t.strictSame(outcomes, [], 'an intent without outcome shows what happened')
    t.ok(intent?.['id'])
  })

  await whole.test('leaves a log without a gap, here and after a restart', async (t) => {
    const numbers = async () => (await records(gateway, {})).map((record) => record['seq'])
    const seen = await numbers()
    t.strictSame(
      seen,
      seen.map((_, at) => at + 1),
    )
    setFileBytesMax(pid, 0)
    t.equal((await call(gateway, 'GET', '/v1/cases', { token: clerk })).status, 503)
    await gateway.kill()
    gateway = await ready(launch(whole, folder))
    const after = await numbers()
    t.strictSame(
      after,
      after.map((_, at) => at + 1),
    )
    t.strictSame(after.slice(0, seen.length), seen)
  })

  await whole.test('does not keep it from stopping in order', async (t) => {
    setFileBytesMax(gateway.pid, 0)
    t.equal((await call(gateway, 'GET', '/v1/cases', { token: clerk })).status, 503)
    const start = performance.now()
    t.equal(await gateway.stop(), 0, gateway.output())
    t.ok(performance.now() - start < 15_000)
    t.ok(statSync(join(gateway.dataDir, 'store.sqlite')).size > 0)
    gateway = await ready(launch(whole, folder))
    t.equal((await call(gateway, 'GET', '/readyz')).status, 200)
  })
})
