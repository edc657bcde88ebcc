// Registered programs are told of their cases: signed, in order, at least once over kill -9, and nobody waits for one that is away.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { call, file, records, tokenOf, until, type Json, type RunningGateway } from './harness.ts'
import { launch, makeFolder, ready, type Folder, type Launched } from './launch.ts'
import { program, SECRET, type Program } from './program.ts'

const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'

interface Registered {
  readonly address: string
  readonly cases: string
  readonly events?: string
}

function folderFor(
  t: Test,
  endpoints: Readonly<Record<string, Registered>>,
  more: readonly [RegExp, string][] = [],
): Folder {
  const rows = Object.entries(endpoints).map(
    ([key, { address, cases, events = '' }]) =>
      `\n    - { key: ${key}, address: '${address}', secretFile: keys/${key}, cases: ${cases}, events: [${events}] }`,
  )
  const folder = makeFolder(t, [
    [/endpoints: \[\]/, `endpoints:${rows.join('')}`],
    [/attemptTimeoutMs: \d+/, 'attemptTimeoutMs: 1000'],
    [/retryBaseMs: \d+/, 'retryBaseMs: 100'],
    [/retryMaxMs: \d+/, 'retryMaxMs: 400'],
    ...more,
  ])
  mkdirSync(join(folder.dataDir, 'keys'), { recursive: true, mode: 0o700 })
  for (const key of Object.keys(endpoints)) writeFileSync(join(folder.dataDir, 'keys', key), `${SECRET}\n`)
  return folder
}

const start = async (t: Test, folder: Folder): Promise<Launched> => ready(launch(t, folder))

async function filed(t: Test, gateway: RunningGateway): Promise<string> {
  const answer = await file(gateway, ITEM, CITY)
  t.equal(answer.status, 201, answer.text)
  return String(answer.body['caseNo'])
}

const advance = (gateway: RunningGateway, caseNo: string, status: Parameters<typeof advanceCase>[3]['status']) =>
  advanceCase(gateway.dataDir, CITY, `${caseNo}.decide`, { status })

const history = async (gateway: RunningGateway, caseNo: string): Promise<Json[]> =>
  (await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token: tokenOf(gateway, 'clerk') })).body['events'] as Json[]

async function webhooks(gateway: RunningGateway): Promise<Record<string, Json>> {
  const answer = await call(gateway, 'GET', '/v1/operations/webhooks', { token: tokenOf(gateway, 'operator') })
  return Object.fromEntries((answer.body['webhooks'] as Json[]).map((one) => [String(one['webhook']), one]))
}

const redrive = (gateway: RunningGateway, key: string, body: object = {}) =>
  call(gateway, 'POST', `/v1/operations/webhooks/${key}/redrive`, { token: tokenOf(gateway, 'operator'), body })

async function hears(app: Program, caseNo: string, wanted: (told: readonly Json[]) => boolean): Promise<boolean> {
  return until(
    async () => wanted(app.of(caseNo)),
    (isSo) => isSo,
  )
}

const names = (events: readonly Json[]): unknown[] => events.map(({ event }) => event)

t.test('each program is told what it is registered for, in the order of the case, thin and signed', async (t) => {
  const [everything, hall, another, accepts] = [await program(t), await program(t), await program(t), await program(t)]
  const gateway = await start(
    t,
    folderFor(t, {
      everything: { address: everything.address(), cases: 'every' },
      hall: { address: hall.address(), cases: 'hall/shenyang/shenyang-civic' },
      another: { address: another.address(), cases: 'city/fuxin' },
      accepts: { address: accepts.address(), cases: `city/${CITY}`, events: 'accept, complete' },
    }),
  )
  const caseNo = await filed(t, gateway)
  for (const status of ['accepted', 'reviewing', 'approved', 'completed'] as const)
    await advance(gateway, caseNo, status)
  t.ok(await hears(everything, caseNo, (told) => told.at(-1)?.['state'] === 'completed'))
  const whole = await history(gateway, caseNo)
  t.ok(await hears(hall, caseNo, (told) => told.length >= whole.length))
  t.ok(await hears(accepts, caseNo, (told) => told.length >= 2))
  t.strictSame(names(everything.of(caseNo)), names(whole))
  t.strictSame(names(hall.of(caseNo)), names(whole))
  t.strictSame(names(accepts.of(caseNo)), ['accept', 'complete'])
  t.strictSame(another.told, [])
  const [{ id, body } = { id: '', body: {} as Json }] = everything.told
  t.strictSame(body, {
    specversion: '1.0',
    id,
    source: 'urn:cross-city-gateway',
    type: 'case.filed',
    subject: caseNo,
    time: whole[0]?.['at'],
    timestamp: whole[0]?.['at'],
    datacontenttype: 'application/json',
    data: {
      caseNo,
      item: ITEM,
      event: 'filed',
      leg: 'decide',
      city: CITY,
      state: 'collected',
      sequence: body['data']['sequence'],
    },
  })
  const ids = everything.told.map((one) => one.id)
  t.equal(new Set(ids).size, ids.length, 'each with an id of its own')
  const sequences = everything.of(caseNo).map(({ sequence }) => Number(sequence))
  t.strictSame(
    sequences,
    sequences.toSorted((a, b) => a - b),
  )
  t.match(
    await until(
      () => webhooks(gateway),
      (all) => all['everything']?.['waiting'] === 0,
    ),
    {
      everything: { state: 'active', waiting: 0, dead: 0, deadLetters: [] },
    },
  )
  t.match(
    (await call(gateway, 'GET', '/metrics')).text,
    /^gateway_webhook_attempts_total\{webhook="hall",outcome="taken"\} \d+$/m,
  )
})

t.test(
  'what a program does not take is sent again later under the same id, and others do not wait for it',
  async (t) => {
    const [ill, well] = [await program(t), await program(t)]
    ill.answer.status = 500
    const gateway = await start(
      t,
      folderFor(t, {
        ill: { address: ill.address(), cases: 'every' },
        well: { address: well.address(), cases: 'every' },
      }),
    )
    const caseNo = await filed(t, gateway)
    const whole = await history(gateway, caseNo)
    t.ok(await hears(well, caseNo, (told) => told.length === whole.length))
    t.ok(
      await until(
        async () => ill.told.length >= 3,
        (isSo) => isSo,
      ),
    )
    t.equal(new Set(ill.told.map(({ id }) => id)).size, 1, 'the first of the case, and none before it was taken')
    ill.answer.status = 204
    t.ok(
      await until(
        async () => new Set(ill.told.map(({ id }) => id)).size === whole.length,
        (isSo) => isSo,
      ),
    )
    t.strictSame([...new Set(names(ill.of(caseNo)))], names(whole))
  },
)

t.test('kill -9 between sending and settling: it is sent again with the same id', async (t) => {
  const app = await program(t)
  const folder = folderFor(t, { app: { address: app.address(), cases: 'every' } }, [
    [/attemptTimeoutMs: \d+/, 'attemptTimeoutMs: 60000'],
  ])
  const gateway = await start(t, folder)
  app.answer.hangs = true
  const caseNo = await filed(t, gateway)
  t.ok(
    await until(
      async () => app.told.length === 1,
      (isSo) => isSo,
    ),
  )
  await gateway.kill()
  app.answer.hangs = false
  const again = await start(t, folder)
  const whole = await history(again, caseNo)
  t.ok(
    await until(
      async () => new Set(app.told.map(({ id }) => id)).size === whole.length,
      (isSo) => isSo,
    ),
  )
  t.equal(app.told[0]?.id, app.told[1]?.id)
  t.strictSame(app.told[0]?.body, app.told[1]?.body)
  t.strictSame(names(app.of(caseNo)).slice(1), names(whole), 'and the others follow in order')
})

t.test('what nobody takes is given up, seen by the operator, and sent again on demand, on record', async (t) => {
  const app = await program(t)
  await app.close()
  const folder = folderFor(t, { app: { address: app.address(), cases: 'every' } }, [
    [/attemptsMax: \d+/, 'attemptsMax: 2'],
  ])
  const gateway = await start(t, folder)
  const caseNo = await filed(t, gateway)
  const whole = await history(gateway, caseNo)
  const dead = await until(
    () => webhooks(gateway),
    (all) => all['app']?.['dead'] === whole.length,
  )
  t.match(dead['app'], { state: 'active', waiting: 0, dead: whole.length })
  t.equal(dead['app']?.['deadLetters'].length, whole.length)
  for (const letter of (dead['app']?.['deadLetters'] ?? []) as Json[])
    t.match(letter, { caseNo, attempts: 2, why: 'unreachable' })
  t.match(
    (await call(gateway, 'GET', '/metrics')).text,
    new RegExp(`^gateway_webhook_dead\\{webhook="app"\\} ${whole.length}$`, 'm'),
  )
  t.equal((await records(gateway, { kind: 'webhook-failed', outcome: 'dead', caseNo })).length, whole.length)
  t.match(await redrive(gateway, 'nobody'), { status: 404, body: { code: 'WEBHOOK_UNKNOWN' } })
  t.match(await redrive(gateway, 'app', { messages: ['x'] }), { status: 422, body: { code: 'FORM_INVALID' } })
  await app.listen()
  const answer = await redrive(gateway, 'app')
  t.match(answer, { status: 200, body: { webhook: 'app', redriven: whole.length } })
  t.ok(await hears(app, caseNo, (told) => told.length === whole.length))
  t.strictSame(names(app.of(caseNo)), names(whole))
  const [record] = await records(gateway, { kind: 'webhook-redriven' })
  t.match(record, {
    id: answer.headers.get('audit-record'),
    actor: { role: 'operator' },
    counts: { messages: whole.length },
  })
})

t.test('410 ends a registration until an operator takes it into use again; nothing is lost meanwhile', async (t) => {
  const app = await program(t)
  app.answer.status = 410
  const folder = folderFor(t, { app: { address: app.address(), cases: 'every' } })
  const gateway = await start(t, folder)
  const first = await filed(t, gateway)
  t.match(
    await until(
      () => webhooks(gateway),
      (all) => all['app']?.['state'] === 'disabled',
    ),
    { app: { state: 'disabled' } },
  )
  const second = await filed(t, gateway)
  await delay(1500)
  t.equal(app.told.length, 1, 'it is left alone')
  await gateway.stop()
  const again = await start(t, folder)
  await delay(1500)
  t.equal(app.told.length, 1, 'after a restart too')
  t.equal((await records(again, { kind: 'webhook-failed', outcome: 'disabled' })).length, 1)
  app.answer.status = 200
  t.equal((await redrive(again, 'app')).status, 200)
  for (const caseNo of [first, second]) {
    const whole = await history(again, caseNo)
    t.ok(await hears(app, caseNo, (told) => new Set(names(told)).size === new Set(names(whole)).size), caseNo)
  }
})

t.test('a configuration that leads inside, in the open or to nobody is refused', async (t) => {
  const end = async (registered: Registered, more: readonly [RegExp, string][] = []): Promise<string> => {
    const gateway = launch(t, folderFor(t, { app: registered }, more))
    t.not(await gateway.ended, 0)
    return gateway.output()
  }
  t.match(await end({ address: 'http://app.example/', cases: 'every' }), /https/)
  t.match(await end({ address: 'https://user:word@app.example/', cases: 'every' }), /address|地址/)
  t.match(await end({ address: 'https://app.example/', cases: 'hall/shenyang/nowhere' }), /hall\/shenyang\/nowhere/)
  t.match(await end({ address: 'https://app.example/', cases: 'every', events: 'acept' }), /acept/)
  t.match(
    await end({ address: 'https://app.example/', cases: 'every' }, [
      [/secretFile: keys\/app/, 'secretFile: keys/none'],
    ]),
    /keys\/none/,
  )
})

t.test('an address inside is not called, and the operator sees why', async (t) => {
  const gateway = await start(
    t,
    folderFor(t, { metadata: { address: 'https://169.254.169.254/latest', cases: 'every' } }, [
      [/attemptsMax: \d+/, 'attemptsMax: 1'],
    ]),
  )
  await filed(t, gateway)
  const seen = await until(
    () => webhooks(gateway),
    (all) => Number(all['metadata']?.['dead']) > 0,
  )
  t.match(seen['metadata'], { deadLetters: [{ why: 'address-refused' }] })
})
