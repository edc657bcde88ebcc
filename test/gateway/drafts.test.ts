// A form that is begun in one shift and filed in the next: kept encrypted, by version, within bounds, for its owners.

import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { call, file, records, sample, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const ITEM = 'mi-remote-care-filing'
const gateway = await startGateway(t, {}, [
  [/personMax: \d+/, 'personMax: 2'],
  [/bytesMax: 131072/, 'bytesMax: 4096'],
])
const clerk = tokenOf(gateway, 'clerk')
const colleague = tokenOf(gateway, 'clerk', { subject: 'clerk-02' })
const BEGUN = { applicant: { name: '端木草稿' }, form: { note: '待补' } }
const NEW = { 'if-none-match': '*' }

const at = (draftId: string): string => `/v1/drafts/${draftId}`
const save = (draftId: string, body: unknown, headers: Record<string, string>, token = clerk): Promise<Answer> =>
  call(gateway, 'PUT', at(draftId), { token, body, headers })
const matching = ({ headers }: Answer): Record<string, string> => ({ 'if-match': headers.get('etag') ?? '' })

t.test('what one clerk begins another goes on with and files, also after a restart', async (t) => {
  const draftId = crypto.randomUUID()
  const made = await save(draftId, { item: ITEM, body: BEGUN }, NEW)
  t.equal(made.status, 201, made.text)
  t.equal(made.headers.get('location'), at(draftId))
  t.match(made.body, { draftId, item: { code: ITEM, name: { zh: /./ } }, savedBy: 'clerk-01', sizeBytes: Number })
  const days = (Date.parse(made.body['expiresAt']) - Date.parse(made.body['savedAt'])) / 86_400_000
  t.equal(days, 30)
  await gateway.kill()
  await gateway.restart()

  const read = await call(gateway, 'GET', at(draftId), { token: colleague })
  t.equal(read.status, 200, read.text)
  t.strictSame(read.body['body'], BEGUN, 'as it was begun')
  t.equal(read.headers.get('etag'), made.headers.get('etag'))
  const whole = sample(ITEM, 'fushun')
  const changed = await save(draftId, { item: ITEM, body: whole }, matching(read), colleague)
  t.match(changed, { status: 200, body: { savedBy: 'clerk-02' } }, changed.text)
  t.not(changed.headers.get('etag'), read.headers.get('etag'))
  const filed = await file(gateway, ITEM, 'fushun', {
    token: colleague,
    body: (await call(gateway, 'GET', at(draftId), { token: colleague })).body['body'],
  })
  t.equal(filed.status, 201, filed.text)
  const gone = await call(gateway, 'DELETE', at(draftId), { token: colleague, headers: matching(changed) })
  t.match(gone, { status: 200, body: { draftId } })
  t.match(await call(gateway, 'GET', at(draftId), { token: clerk }), { status: 404, body: { code: 'DRAFT_UNKNOWN' } })
})

t.test('two clerks do not overwrite each other', async (t) => {
  const draftId = crypto.randomUUID()
  const made = await save(draftId, { item: ITEM, body: BEGUN }, NEW)
  const mine = { item: ITEM, body: { form: { by: 'first' } } }
  const theirs = { item: ITEM, body: { form: { by: 'second' } } }
  const faster = await save(draftId, mine, matching(made))
  t.equal(faster.status, 200)
  t.match(await save(draftId, theirs, matching(made), colleague), { status: 412, body: { code: 'DRAFT_CHANGED' } })
  t.match(await save(draftId, theirs, NEW, colleague), { status: 412, body: { code: 'DRAFT_CHANGED' } })
  const repeated = await save(draftId, mine, matching(made))
  t.match(repeated, { status: 200 }, 'a repeat of what was kept is no conflict')
  t.equal(repeated.headers.get('etag'), faster.headers.get('etag'))
  for (const headers of [
    {},
    { 'if-match': '*' },
    { 'if-match': 'unquoted' },
    { 'if-none-match': '"x"' },
    { ...NEW, ...matching(made) },
  ]) {
    t.match(await save(draftId, theirs, headers), { status: 428, body: { code: 'PRECONDITION_REQUIRED' } })
  }
  const stale = await call(gateway, 'DELETE', at(draftId), { token: clerk, headers: matching(made) })
  t.match(stale, { status: 412, body: { code: 'DRAFT_CHANGED' } })
  t.match(await call(gateway, 'DELETE', at(draftId), { token: clerk }), { status: 428 })
})

t.test('a draft is JSON about an item that exists, of a bounded size, under a drawn id', async (t) => {
  const draftId = crypto.randomUUID()
  for (const [body, status, code] of [
    [{ item: 'no-such-item', body: {} }, 404, 'ITEM_UNKNOWN'],
    [{ item: ITEM }, 422, 'FORM_INVALID'],
    [{ item: ITEM, body: [] }, 422, 'FORM_INVALID'],
    [{ item: ITEM, body: {}, more: 1 }, 422, 'FORM_INVALID'],
    ['{"item":"a","item":"b"}', 400, 'BODY_DUPLICATE_KEY'],
    [{ item: ITEM, body: { text: 'x'.repeat(4096) } }, 413, 'BODY_TOO_LARGE'],
  ] as const) {
    t.match(await save(draftId, body, NEW), { status, body: { code } })
  }
  for (const id of ['210102199003070011', draftId.toUpperCase(), '21010219-9003-0700-1100-000000000000']) {
    t.match(await save(id, { item: ITEM, body: {} }, NEW), { status: 400, body: { code: 'PARAMETER_INVALID' } }, id)
  }
})

t.test('a resident has own drafts, and no more than so many', async (t) => {
  const token = tokenOf(gateway, 'resident')
  const other = tokenOf(gateway, 'resident', { subject: '210303198511290021' })
  const ids = [crypto.randomUUID(), crypto.randomUUID()]
  for (const id of ids) {
    t.match(await save(id, { item: ITEM, body: BEGUN }, NEW, token), { status: 201, body: { savedBy: null } })
  }
  const third = { item: ITEM, body: BEGUN }
  t.match(await save(crypto.randomUUID(), third, NEW, token), { status: 409, body: { code: 'DRAFTS_TOO_MANY' } })
  const { body } = await call(gateway, 'GET', `/v1/drafts?item=${ITEM}`, { token })
  t.strictSame(
    (body['drafts'] as Json[]).map(({ draftId }) => draftId),
    ids.toReversed(),
  )
  t.strictSame((await call(gateway, 'GET', '/v1/drafts', { token: other })).body, { drafts: [], next: null })
  t.match(await call(gateway, 'GET', at(ids[0] ?? ''), { token: other }), { status: 404 })
  t.match(await call(gateway, 'GET', at(ids[0] ?? ''), { token: clerk }), { status: 404 }, 'nor does a hall')
})

t.test('nothing of a draft is in the log, the records or, in plain, on the disk', async (t) => {
  const log = await until(
    () => records(gateway, { kind: 'draft-kept' }).catch(() => []),
    (found) => found.length > 0,
  )
  t.match(log[0], { outcome: 'kept', item: ITEM, route: '/v1/drafts/:draftId', status: 201 })
  t.notMatch(JSON.stringify(log), '端木草稿')
  const files = readdirSync(gateway.dataDir).filter((name) => /^store\.sqlite|\.log$/.test(name))
  t.ok(files.length >= 2)
  for (const name of files) t.notOk(readFileSync(join(gateway.dataDir, name)).includes('端木草稿'), name)
})

t.test('a draft whose time is over is gone when the gateway has tidied up', async (t) => {
  const draftId = crypto.randomUUID()
  await save(draftId, { item: ITEM, body: BEGUN }, NEW)
  await gateway.stop()
  const database = new DatabaseSync(join(gateway.dataDir, 'store.sqlite'))
  database.prepare('UPDATE drafts SET saved_at = saved_at - 31 * 86400000 WHERE draft_id = ?').run(draftId)
  database.close()
  await gateway.restart()
  const gone = await until(
    () => call(gateway, 'GET', at(draftId), { token: clerk }),
    ({ status }) => status === 404,
  )
  t.match(gone.body, { code: 'DRAFT_UNKNOWN' })
  t.match((await records(gateway, { kind: 'drafts-forgotten' })).at(-1), {
    counts: { drafts: 1 },
    actor: { role: 'gateway' },
  })
})
