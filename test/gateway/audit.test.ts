// The log through the whole gateway: every request has its record, durable and findable before its answer, and anybody can check it.

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import t, { type Test } from 'tap'
import { AUDIT_KINDS } from '../../src/domain/audit.ts'
import { ask, call, file, makeSick, records, startGateway, tokenOf, until, type Answer } from './harness.ts'

const gateway = await startGateway(t)
const auditor = tokenOf(gateway, 'auditor')
const clerk = tokenOf(gateway, 'clerk')

type Leaf = Record<string, any> // eslint-disable-line @typescript-eslint/no-explicit-any -- leaves are read freely by tests

const leafOf = async (answer: Answer): Promise<Leaf> =>
  (await call(gateway, 'GET', `/v1/audit/records/${answer.headers.get('audit-record')}`, { token: auditor })).body

/** As somebody would who trusts nothing of ours: RFC 8785, then RFC 6962. */
function leafHashOf({ leafHash: _given, ...leaf }: Leaf): string {
  const hash = createHash('sha256')
  hash.update(Buffer.of(0))
  hash.update(Buffer.from(canonicalize(leaf) ?? ''))
  return hash.digest('base64')
}

t.test('each request with a valid token has a record that is found at once, by its answer’s header', async (t) => {
  const query = '/v1/items/ss-personal-rights-record/queries'
  for (const [name, answer, expected] of [
    [
      'a read',
      await call(gateway, 'GET', '/v1/cases', { token: clerk }),
      { kind: 'request-answered', route: '/v1/cases', status: 200, counts: { cases: 0 } },
    ],
    [
      'an open read with a token',
      await call(gateway, 'GET', '/v1/items/ps-id-card-renewal', { token: clerk }),
      { kind: 'request-answered', item: 'ps-id-card-renewal' },
    ],
    ['a read by HEAD', await head('/v1/cases'), { kind: 'request-answered', method: 'HEAD' }],
    [
      'a query',
      await ask(gateway, 'ss-personal-rights-record', 'benxi'),
      { kind: 'city-answered', outcome: 'found', city: 'benxi', call: 'query' },
    ],
    [
      'an application',
      await file(gateway, 'ps-id-card-renewal', 'benxi'),
      { kind: 'forwarded', outcome: 'sending', city: 'benxi', call: 'deliver' },
    ],
    [
      'an unknown address',
      await call(gateway, 'GET', '/v1/none', { token: clerk }),
      { kind: 'request-refused', faultCode: 'ROUTE_UNKNOWN', status: 404, source: 'caller' },
    ],
    [
      'a wrong method',
      await call(gateway, 'DELETE', '/v1/cases', { token: clerk }),
      { kind: 'request-refused', faultCode: 'METHOD_NOT_ALLOWED', route: '/v1/cases' },
    ],
    [
      'a broken body',
      await call(gateway, 'POST', query, { token: clerk, body: '{' }),
      { kind: 'request-refused', faultCode: 'BODY_NOT_JSON', item: 'ss-personal-rights-record' },
    ],
    [
      'a body too large',
      await call(gateway, 'POST', query, { token: clerk, body: 'x'.repeat(300_000) }),
      { kind: 'request-refused', faultCode: 'BODY_TOO_LARGE' },
    ],
    [
      'another’s right',
      await call(gateway, 'GET', '/v1/audit/records', { token: clerk }),
      { kind: 'rights-refused', faultCode: 'ROLE_NOT_ALLOWED', status: 403 },
    ],
    [
      'a look at the log',
      await call(gateway, 'GET', '/v1/audit/records?limit=3', { token: auditor }),
      { kind: 'audit-read', counts: { records: 3 }, actor: { role: 'auditor', subject: 'auditor-01' } },
    ],
  ] as const) {
    const leaf = await leafOf(answer)
    t.match(leaf, { outcome: /./, requestId: answer.headers.get('x-request-id'), ...expected }, name)
    t.equal(leaf['id'], answer.headers.get('audit-record'), name)
    t.match(
      leaf['actor'],
      expected.kind === 'audit-read'
        ? {}
        : { role: 'clerk', subject: 'clerk-01', city: 'shenyang', hall: 'shenyang-civic' },
      name,
    )
  }
  const open = await call(gateway, 'GET', '/v1/items')
  t.equal(open.headers.get('audit-record'), null)
  const requestId = open.headers.get('x-request-id') ?? ''
  t.strictSame(await records(gateway, { requestId }), [], 'an open read without a token has none')
})

async function head(path: string): Promise<Answer> {
  const { status, headers } = await fetch(gateway.address + path, {
    method: 'HEAD',
    headers: { authorization: `Bearer ${clerk}` },
  })
  return { status, headers, body: {}, text: '' }
}

t.test('a look at the log is recorded like any other, whoever looks', async (t) => {
  const first = await call(gateway, 'GET', '/v1/audit/records?kind=audit-read&limit=200', { token: auditor })
  const seen = first.body['records'].length
  const one = await call(gateway, 'GET', `/v1/audit/records/${first.headers.get('audit-record')}`, { token: auditor })
  t.match(one.body, { kind: 'audit-read', counts: { records: seen } }, 'the look itself is what is shown')
  const again = await call(gateway, 'GET', '/v1/audit/records?kind=audit-read&limit=200', { token: auditor })
  t.equal(again.body['records'].length, Math.min(200, seen + 2), 'both looks since then are in the log')
})

t.test('refused tokens are counted, soon, and cannot fill the log', async (t) => {
  const lengthBefore = (await records(gateway, {})).length
  const summaries = () => records(gateway, { kind: 'tokens-refused' })
  const countOf = (leaves: readonly Leaf[], code: string): number =>
    leaves.reduce((sum, { counts }) => sum + Number(counts[code] ?? 0), 0)
  const before = await summaries()
  const expired = tokenOf(gateway, 'clerk', { ttlSeconds: -10 })
  const flood = async (token: string | undefined, times: number): Promise<void> => {
    for (let done = 0; done < times; done += 50) {
      await Promise.all(
        Array.from({ length: 50 }, () => call(gateway, 'GET', '/v1/cases', token === undefined ? {} : { token })),
      )
    }
  }
  const start = performance.now()
  await flood('x.y.z', 500)
  await flood(expired, 100)
  await flood(undefined, 100)
  const tookMs = performance.now() - start
  const wanted = { TOKEN_INVALID: 500, TOKEN_EXPIRED: 100, TOKEN_MISSING: 100 }
  const counted = (leaves: readonly Leaf[]): object =>
    Object.fromEntries(Object.keys(wanted).map((code) => [code, countOf(leaves, code) - countOf(before, code)]))
  const after = await until(summaries, (leaves) => JSON.stringify(counted(leaves)) === JSON.stringify(wanted), 10_000)
  t.strictSame(counted(after), wanted, 'each is counted, by code')
  const added = after.length - before.length
  t.ok(
    added >= 1 && added <= Math.ceil(tookMs / 1000) + 2,
    `${added} records for 700 refusals in ${tookMs.toFixed(0)} ms`,
  )
  for (const leaf of after) t.match(leaf, { actor: { role: 'gateway' }, outcome: 'refused', source: 'caller' })
  t.ok((await records(gateway, {})).length - lengthBefore < 60, 'nothing else came of them')
})

t.test('what anybody can check with tools of their own', async (t) => {
  const log = await records(gateway, {})
  t.strictSame(
    log.filter((leaf) => leafHashOf(leaf) !== leaf['leafHash']).map(({ id }) => id),
    [],
    'the hash of every leaf',
  )
  t.strictSame(
    log.map(({ seq }) => seq),
    log.map((_, at) => at + 1),
    'no number is missing',
  )
  t.strictSame([...new Set(log.map(({ v }) => v))], [1])
  t.equal(new Set(log.map(({ id }) => id)).size, log.length)
  t.strictSame(
    log.filter(({ kind }) => !(AUDIT_KINDS as readonly string[]).includes(kind)),
    [],
  )
  t.match(log[0], { kind: 'gateway-started', outcome: 'started', actor: { role: 'gateway' } })
  for (const { time } of log) t.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  const tampered: Leaf = { ...log.at(-1), status: 201 }
  t.not(leafHashOf(tampered), tampered['leafHash'], 'an altered leaf does not fit its hash')
  t.strictSame(
    log.flatMap((leaf) => Object.entries(leaf)).filter(([, value]) => value === null),
    [],
    'what has nothing to say is absent',
  )
})

t.test('filters give what they say and nothing else', async (t) => {
  const since = new Date().toISOString()
  await ask(gateway, 'hf-account-loan-query', 'fuxin')
  const filed = await file(gateway, 'ps-id-card-renewal', 'anshan', {
    token: tokenOf(gateway, 'clerk', { subject: 'clerk-07', city: 'benxi' }),
  })
  await call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'resident') })
  await call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'operator') })
  const between = new Date().toISOString()
  await call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'city', { city: 'anshan' }) })
  const log = await records(gateway, {})

  const filters: readonly (readonly [Record<string, string>, (leaf: Leaf) => boolean])[] = [
    [{ kind: 'forwarded' }, ({ kind }) => kind === 'forwarded'],
    [{ city: 'fuxin' }, ({ city }) => city === 'fuxin'],
    [{ item: 'ps-id-card-renewal' }, ({ item }) => item === 'ps-id-card-renewal'],
    [{ outcome: 'delivered' }, ({ outcome }) => outcome === 'delivered'],
    [{ role: 'operator' }, ({ actor }) => actor.role === 'operator'],
    [{ role: 'gateway' }, ({ actor }) => actor.role === 'gateway'],
    [{ role: 'resident' }, ({ actor }) => actor.role === 'resident'],
    [{ actor: 'clerk-07' }, ({ actor }) => actor.subject === 'clerk-07'],
    [{ caseNo: String(filed.body['caseNo']) }, ({ caseNo }) => caseNo === filed.body['caseNo']],
    [
      { requestId: filed.headers.get('x-request-id') ?? '' },
      ({ requestId }) => requestId === filed.headers.get('x-request-id'),
    ],
    [{ from: since, until: between }, ({ time }) => time >= since && time < between],
    [
      { from: since, role: 'clerk', city: 'anshan', kind: 'city-answered' },
      (leaf) =>
        leaf['time'] >= since &&
        leaf['actor'].role === 'clerk' &&
        leaf['city'] === 'anshan' &&
        leaf['kind'] === 'city-answered',
    ],
  ]
  for (const [filter, fits] of filters) {
    const found = await records(gateway, {
      ...filter,
      ...(filter['until'] === undefined ? { until: new Date().toISOString() } : {}),
    })
    const wanted = log.filter(fits)
    t.ok(wanted.length > 0 && wanted.length < log.length, `${JSON.stringify(filter)} fits ${wanted.length}`)
    const ids = found.map(({ id }) => id)
    t.strictSame(
      ids.slice(0, wanted.length),
      wanted.map(({ id }) => id),
      JSON.stringify(filter),
    )
    t.strictSame(
      found.filter((leaf) => !fits(leaf)),
      [],
      JSON.stringify(filter),
    )
  }
  t.strictSame(await records(gateway, { actor: 'nobody' }), [])
  t.strictSame(await records(gateway, { city: 'fuxin', item: 'ps-id-card-renewal' }), [], 'all filters count')
})

t.test('a person stands in it as one random reference', async (t) => {
  const own = { token: tokenOf(gateway, 'resident') }
  const filed = await file(gateway, 'mi-remote-care-filing', 'shenfu', own)
  t.equal(filed.status, 201, filed.text)
  const [intent] = await records(gateway, { caseNo: String(filed.body['caseNo']), kind: 'forwarded' })
  t.match(intent?.['actor'], { role: 'resident', issuer: /./, subjectRef: /^.{20,}$/ })
  t.notOk('subject' in (intent?.['actor'] ?? {}), 'whose token names them by an identity number')
  t.equal(intent?.['subjectRef'], intent?.['actor'].subjectRef, 'the same as applicant and as caller')
  const other = await file(gateway, 'mi-remote-care-filing', 'shenfu', {
    token: tokenOf(gateway, 'clerk'),
  })
  t.equal((await leafOf(other))['subjectRef'], intent?.['subjectRef'], 'and in what a clerk files for them')
})

t.test('each message to a city has its intent before and its outcome after', async (t) => {
  for (const fault of ['error-500', 'garbage', 'reset', 'refuse-connect', 'hang-after'] as const) {
    await makeSick(gateway, 'liaoyang', fault)
    await ask(gateway, 'ss-personal-rights-record', 'liaoyang')
    await file(gateway, 'mi-remote-care-filing', 'liaoyang')
  }
  await makeSick(gateway, 'liaoyang', 'off')
  await wholeOutcomes(t, await settled())
})

async function settled(): Promise<Leaf[]> {
  const open = async () => {
    const { text } = await call(gateway, 'GET', '/metrics')
    return [...text.matchAll(/^gateway_courier_backlog\{.*\} (\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0)
  }
  await until(open, (count) => count === 0, 60_000)
  return records(gateway, {})
}

async function wholeOutcomes(t: Test, log: readonly Leaf[]): Promise<void> {
  const places = new Map(log.map((leaf, at) => [leaf['id'], at]))
  const intents = log.filter(({ kind }) => kind === 'forwarded')
  const outcomes = log.filter(({ kind }) => kind === 'city-answered')
  t.ok(intents.length > 10)
  t.equal(outcomes.length, intents.length, 'one for each')
  t.strictSame(new Set(outcomes.map(({ intent }) => intent)), new Set(intents.map(({ id }) => id)))
  for (const outcome of outcomes) {
    const intent = log[places.get(outcome['intent']) ?? -1]
    t.ok((places.get(outcome['intent']) ?? Infinity) < (places.get(outcome['id']) ?? -1), 'the intent came first')
    for (const member of ['city', 'item', 'call', 'caseNo', 'leg']) t.equal(outcome[member], intent?.[member], member)
  }
}

t.test('the metrics count what is put on record, and say how far it is signed', async (t) => {
  const metrics = async () => (await call(gateway, 'GET', '/metrics')).text
  const valueOf = (text: string, name: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    )
  const all = await records(gateway, {})
  const text = await metrics()
  for (const kind of ['gateway-started', 'forwarded', 'city-answered', 'request-refused', 'rights-refused']) {
    const count = all.filter((leaf) => leaf['kind'] === kind).length
    t.ok(count > 0, kind)
    t.equal(valueOf(text, `gateway_audit_records_total{kind="${kind}"}`), count, kind)
  }
  const year = new Date(Date.now() + 8 * 3_600_000).getUTCFullYear()
  const entries = await until(
    async () => valueOf(await metrics(), `gateway_audit_log_entries{year="${year}"}`),
    (signed) => signed >= all.length,
  )
  t.ok(entries >= all.length, 'every record is signed for')
  // Cities are asked about what hangs all the while, so that something is always about to be signed.
  const behind = await until(
    async () => valueOf(await metrics(), 'gateway_audit_log_behind_seconds'),
    (seconds) => seconds < 5,
  )
  t.ok(behind >= 0 && behind < 5, `${behind} s behind`)
  t.equal(valueOf(text, 'gateway_audit_log_failures_total'), 0)
})

t.test('kill -9 leaves no gap, and what it cut off is an intent without outcome', async (t) => {
  await makeSick(gateway, 'tieling', 'hang')
  const cut = ask(gateway, 'ss-personal-rights-record', 'tieling').catch((error: unknown) => error)
  const intents = () => records(gateway, { kind: 'forwarded', city: 'tieling', item: 'ss-personal-rights-record' })
  const [orphan] = (await until(intents, (found) => found.length > 0)).slice(-1)
  const before = await records(gateway, {})
  await gateway.kill()
  t.ok((await cut) instanceof Error)
  await gateway.restart()
  await makeSick(gateway, 'tieling', 'off')
  await ask(gateway, 'ss-personal-rights-record', 'tieling')

  const log = await records(gateway, {})
  t.strictSame(
    log.map(({ seq }) => seq),
    log.map((_, at) => at + 1),
    'no number is missing',
  )
  t.strictSame(log.slice(0, before.length), before, 'nothing that was there has changed')
  t.strictSame(
    log.filter((leaf) => leafHashOf(leaf) !== leaf['leafHash']),
    [],
  )
  const boots = [...new Set(log.map(({ boot }) => boot))]
  t.equal(boots.length, 2)
  t.match(
    log.find(({ boot }) => boot === boots[1]),
    { kind: 'gateway-started' },
    'the new start says so first',
  )
  t.strictSame(
    log.filter(({ kind }) => kind === 'gateway-stopped'),
    [],
    'the old one never said that it stopped',
  )
  const answered = new Set(log.flatMap(({ kind, intent }) => (kind === 'gap-found' ? [] : [intent])))
  const open = log.filter(({ kind, id }) => kind === 'forwarded' && !answered.has(id))
  t.strictSame(
    open.map(({ id }) => id),
    [orphan?.['id']],
    'for all to see',
  )
  const restart = log.findIndex(({ kind, boot }) => kind === 'gateway-started' && boot === boots[1])
  t.match(
    log.slice(restart + 1, restart + 3),
    [
      { kind: 'gap-found', outcome: 'crashed', intent: log[restart - 1]?.['id'], actor: { role: 'gateway' } },
      {
        kind: 'gap-found',
        outcome: 'no-outcome',
        intent: orphan?.['id'],
        city: orphan?.['city'],
        call: orphan?.['call'],
      },
    ],
    'the new start tells where the old one broke off',
  )
  t.equal(log.filter(({ kind }) => kind === 'gap-found').length, 2)
})

t.test('an orderly stop is the last word of a start', async (t) => {
  await call(gateway, 'GET', '/v1/cases', { token: 'x.y.z' })
  t.equal(await gateway.stop(), 0)
  await gateway.restart()
  const log = await records(gateway, {})
  const started = log.findLastIndex(({ kind }) => kind === 'gateway-started')
  t.match(log.slice(started - 2, started + 1), [
    { kind: 'tokens-refused', counts: { TOKEN_INVALID: 1 } },
    { kind: 'gateway-stopped', outcome: 'stopped' },
    { kind: 'gateway-started' },
  ])
  t.notOk(
    log.slice(started).some(({ kind }) => kind === 'gap-found'),
    'after which nothing was cut off',
  )
})
