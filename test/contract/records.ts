// Contract: leaves and their hashes, the node's own sequence, searches by filter and page.

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Test } from 'tap'
import type { AuditRecord, RecordDraft, RecordFilter } from '../../src/domain/audit.ts'
import type { Store } from '../../src/domain/store.ts'
import { acceptance, claimRequest, draft, LI, NOW, settlement, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

/** All pages of a search, and `between` run after each. */
async function all(store: Store, filter: Omit<RecordFilter, 'limit'>, limit = 100, between?: () => Promise<void>) {
  const records: AuditRecord[] = []
  let after = filter.after
  for (let pages = 0; pages < 1000; pages++) {
    const page = await store.listRecords({ ...filter, limit, ...(after === undefined ? {} : { after }) })
    records.push(...page.entries)
    await between?.()
    if (page.next === null) return records
    after = page.next
  }
  throw new Error('the pages do not end')
}

const seqs = async (store: Store): Promise<readonly unknown[]> =>
  (await all(store, {})).map((record) => record.leaf['seq'])

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)

export function recordContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('a leaf says what the draft says, in canonical form, and its hash is RFC 6962’s', async (t) => {
    const { store, node } = await open(t)
    const subjectKey = store.keyed.subjectKey(WANG)
    const written = draft({
      subjectKey,
      counts: { TOKEN_EXPIRED: 3, TOKEN_INVALID: 1 },
      status: 201,
      outcome: '已受理',
    })
    await store.append([written])
    const record = await store.findRecord(written.id)
    const { leaf } = record!
    const leafHash = createHash('sha256').update(Buffer.of(0)).update(canonicalize(leaf)!, 'utf8').digest('base64')
    t.equal(record?.leafHash, leafHash)
    const { subjectRef, boot, ...rest } = leaf
    t.match(subjectRef, /^[A-Za-z0-9_-]{22}$/, 'a random reference of 128 bits')
    t.type(boot, 'string')
    t.same(rest, {
      v: 1,
      id: written.id,
      time: '2026-11-22T02:00:00.000Z',
      node,
      seq: 1,
      kind: 'forwarded',
      requestId: written.requestId,
      actor: written.actor,
      method: 'POST',
      route: '/v1/items/:code/applications',
      item: written.item,
      city: 'fushun',
      collectingCity: 'shenyang',
      routeRule: written.routeRule,
      call: 'deliver',
      outcome: '已受理',
      status: 201,
      requestDigest: written.requestDigest?.digest,
      schemaDigest: written.schemaDigest,
      configVersion: 'config-1',
      counts: written.counts,
    })
    for (const id of ['no-such-record', `${written.id}\0`]) t.equal(await store.findRecord(id), null, id)
  })

  t.test('a person keeps one reference, another gets another, and a resident acts under theirs', async (t) => {
    const opened = await open(t)
    const { keyed } = opened.store
    const resident = { role: 'resident', issuer: 'https://id.invalid', subjectKey: keyed.subjectKey(WANG) } as const
    const drafts = [
      draft({ subjectKey: keyed.subjectKey(WANG) }),
      draft({ subjectKey: keyed.subjectKey(LI), actor: resident }),
      draft({ actor: { role: 'gateway' }, requestDigest: null }),
    ]
    await opened.store.append(drafts)
    const { store } = await opened.reopen()
    await store.append([draft({ subjectKey: keyed.subjectKey({ ...WANG, certNo: WANG.certNo.toLowerCase() }) })])
    const [wang, li, gateway, again] = (await all(store, {})).map((record) => record.leaf)
    t.equal(again?.['subjectRef'], wang?.['subjectRef'])
    t.not(li?.['subjectRef'], wang?.['subjectRef'])
    t.same(li?.['actor'], { role: 'resident', issuer: resident.issuer, subjectRef: wang?.['subjectRef'] })
    t.same(gateway?.['actor'], { role: 'gateway' })
    t.notOk('subjectRef' in gateway!)
    const found = await all(store, { actor: String(wang?.['subjectRef']) })
    t.equal(found.length, 1, 'a resident is searched for by the reference')
    const text = JSON.stringify(await all(store, {}))
    for (const hidden of [keyed.subjectKey(WANG), 'c2FsdC1vZi1yZXF1ZXN0']) t.notOk(text.includes(hidden))
  })

  t.test('a node’s sequence has no gap, under load, over restarts, and with another boot’s name', async (t) => {
    let opened = await open(t)
    const boots = new Set<unknown>()
    for (let round = 1; round <= 3; round++) {
      const { store } = opened
      await Promise.all(
        Array.from({ length: 40 }, (_, n) => store.append(Array.from({ length: n % 3 }, () => draft()))),
      )
      const records = await all(store, {})
      t.same(
        records.map((record) => record.leaf['seq']),
        upTo(39 * round),
      )
      boots.add(records.at(-1)?.leaf['boot'])
      opened = await opened.reopen()
    }
    t.equal(boots.size, 3)
  })

  t.test('a bad one fails alone and leaves no hole, whatever was called with it', async (t) => {
    const { store } = await open(t)
    const taken = draft()
    await store.append([taken])
    const bad: Record<string, () => Promise<unknown>> = {
      'an id taken already': () => store.append([draft(), draft({ id: taken.id })]),
      'a leaf of more than 16 KiB': () => store.append([draft(), draft({ outcome: 'x'.repeat(17_000) })]),
      'a lone surrogate': () => store.append([draft({ outcome: '\ud800' })]),
      'a time that is none': () => store.append([draft({ time: Number.NaN })]),
      'an intent whose id is taken': () =>
        store.accept(acceptance(store.keyed, {}, { intent: draft({ id: taken.id }) })),
      'what no thread can be sent': () => store.append([draft({ counts: (() => 1) as unknown as null })]),
    }
    const good = () => store.append([draft({ outcome: 'good' })])
    const calls = Object.entries(bad).flatMap(([what, call]) => [
      { what: 'good', call: good },
      { what, call },
    ])
    const ends = await Promise.allSettled(calls.map(({ call }) => call()))
    for (const [index, { what }] of calls.entries()) {
      const end = ends[index]!
      t.equal(end.status, what === 'good' ? 'fulfilled' : 'rejected', what)
      if (end.status === 'rejected') t.match(end.reason, { code: 'INTERNAL', cause: { written: 'no' } })
    }
    t.same(await seqs(store), upTo(1 + Object.keys(bad).length))
    t.same(await store.backlog(), [], 'no case came of the bad intent')
  })

  t.test('records are found by each filter and by several together', async (t) => {
    const { store } = await open(t)
    const auditor = {
      role: 'auditor',
      issuer: 'https://audit.invalid',
      subject: 'auditor-1',
      city: 'anshan',
      hall: 'tiedong',
    } as const
    const special: Partial<RecordDraft> = {
      kind: 'audit-read',
      city: 'benxi',
      item: 're-registry-query',
      outcome: 'answered',
      actor: auditor,
      caseNo: '20261122-ABCDEFGHJKMN',
      requestId: 'request-7',
      time: NOW + 60_000 * 5,
      collectingCity: 'anshan',
      source: 'city',
      faultCode: 'CITY_TIMEOUT',
      subjectKey: store.keyed.subjectKey(WANG),
    }
    const one = draft(special)
    await store.append([draft(), draft(), one, draft(), draft({ item: null, city: null, requestId: null })])
    const filters: Record<string, Omit<RecordFilter, 'limit'>> = {
      kind: { kind: 'audit-read' },
      city: { city: 'benxi' },
      item: { item: 're-registry-query' },
      outcome: { outcome: 'answered' },
      role: { role: 'auditor' },
      actor: { actor: 'auditor-1' },
      caseNo: { caseNo: '20261122-ABCDEFGHJKMN' },
      requestId: { requestId: 'request-7' },
      hall: { hall: 'anshan/tiedong' },
      collectingCity: { collectingCity: 'anshan' },
      source: { source: 'city' },
      faultCode: { faultCode: 'CITY_TIMEOUT' },
      subject: { subjectKey: store.keyed.subjectKey(WANG) },
      'subject and others': { subjectKey: store.keyed.subjectKey(WANG), city: 'benxi', source: 'city' },
      from: { from: NOW + 1 },
      'from, inclusive': { from: NOW + 60_000 * 5 },
      'several together': { kind: 'audit-read', city: 'benxi', role: 'auditor', from: NOW, until: NOW + 60_000 * 6 },
    }
    for (const [what, filter] of Object.entries(filters)) {
      t.same(
        (await all(store, filter)).map((record) => record.id),
        [one.id],
        `by ${what}`,
      )
    }
    t.same(await all(store, { kind: 'audit-read', city: 'fushun' }), [], 'all filters have to match')
    t.same(await all(store, { hall: 'shenyang/tiedong' }), [], 'a hall is one of its city')
    t.equal((await all(store, { until: NOW + 60_000 * 5 })).length, 4, 'until is exclusive')
    t.same(await all(store, { until: NOW }), [])
  })

  t.test('all that was recorded of a case is found by its number, whoever recorded it', async (t) => {
    const { store } = await open(t)
    const accepted = acceptance(store.keyed)
    const other = acceptance(store.keyed)
    for (const one of [accepted, other]) await store.accept(one)
    const { caseNo } = accepted.newCase
    const stored = { state: 'stored', faultCode: 'CITY_LINE_OPEN', nextAt: NOW + 1, notKnown: 0 } as const
    const outcome = settlement(accepted, { settled: stored })
    await store.settle(outcome)
    const answered = draft({ kind: 'request-answered', caseNo })
    await store.append([answered, draft()])
    const request = claimRequest('fushun', NOW + 1)
    await store.claimDue(request)
    const expected = [accepted.intent.id, outcome.records[0]!.id, answered.id, request.recordIds[0]]
    t.same(
      (await all(store, { caseNo }, 2)).map((record) => record.id),
      expected,
    )
    t.same(
      (await all(store, { caseNo, kind: 'forwarded' })).map((record) => record.id),
      [expected[0], expected[3]],
    )
    t.equal((await all(store, { caseNo: other.newCase.caseNo })).length, 1)
    t.same(await all(store, { caseNo: '20261122-NOSUCHCASE00' }), [])
  })

  t.test('times out of order are found by time, and come in store order', async (t) => {
    const { store } = await open(t)
    const minutes = [5, 1, 9, 2, 30, 3, 0, 4, 90, 6]
    for (const minute of minutes) await store.append([draft({ time: NOW + minute * 60_000 })])
    const within = async (from: number, until: number): Promise<readonly number[]> =>
      (await all(store, { from: NOW + from * 60_000, until: NOW + until * 60_000 }, 2)).map(
        (record) => (Date.parse(String(record.leaf['time'])) - NOW) / 60_000,
      )
    t.same(await within(1, 6), [5, 1, 2, 3, 4])
    t.same(await within(0, 1000), minutes)
    t.same(await within(40, 90), [])
    t.same(await within(90, 91), [90])
  })

  t.test('over many days, with a clock that was set back, from and until find each record', async (t) => {
    const { store } = await open(t)
    const DAY_MINUTES = 1440
    const minutes = [0, 3, 1, 1.5, 8, 2, 40, 39, 41, 400].map((day) => Math.round(day * DAY_MINUTES))
    // Each in a block of its own, so that only the right blocks lead to it.
    for (const minute of minutes) {
      await store.append(Array.from({ length: 128 }, () => draft({ time: NOW + minute * 60_000 })))
    }
    const within = async (from?: number, until?: number): Promise<readonly number[]> => {
      const span = {
        ...(from === undefined ? {} : { from: NOW + from * 60_000 }),
        ...(until === undefined ? {} : { until: NOW + until * 60_000 }),
      }
      const found = await all(store, span, 200)
      const said = found.map(({ leaf }) => (Date.parse(String(leaf['time'])) - NOW) / 60_000)
      for (const minute of new Set(said)) t.equal(said.filter((one) => one === minute).length, 128)
      return [...new Set(said)]
    }
    const edges = [0, 1, 1440, 1441, 2160, 4320, 20_000, 57_600, 57_601, 60_000, 576_000, 700_000]
    for (const edge of edges) {
      t.same(
        await within(edge),
        minutes.filter((minute) => minute >= edge),
        `from ${edge}`,
      )
      t.same(
        await within(undefined, edge),
        minutes.filter((minute) => minute < edge),
        `until ${edge}`,
      )
      t.same(
        await within(edge, edge + 3000),
        minutes.filter((minute) => minute >= edge && minute < edge + 3000),
      )
    }
  })

  t.test('findings: intents without an outcome, queries, and starts after a crash', async (t) => {
    const opened = await open(t)
    const { store } = opened
    const started = (): RecordDraft => draft({ kind: 'gateway-started', outcome: 'started', call: null })
    const stopped = (): RecordDraft => draft({ kind: 'gateway-stopped', outcome: 'stopped', call: null })
    const outcomeOf = ({ id, requestId }: RecordDraft): RecordDraft =>
      draft({ kind: 'city-answered', outcome: 'delivered', intent: id, requestId })
    const ended = Array.from({ length: 200 }, () => draft())
    const query = draft({ call: 'query' })
    const [cut, other, late] = [draft(), draft(), draft({ time: NOW + 60_000 })]
    const accepted = acceptance(store.keyed, {}, { intent: draft({ requestId: null }) })
    await store.append([started(), ...ended, ...ended.map(outcomeOf), query, outcomeOf(query)])
    // Named by an outcome of the same request, but of another intent.
    await store.append([cut, { ...outcomeOf(ended[0]!), requestId: cut.requestId }, other, late])
    await store.accept(accepted)

    const found = async (one: typeof store, finding: 'no-outcome' | 'outside-a-case' | 'crash', limit: number) => {
      const ids: string[] = []
      for (let after: number | null = 0; after !== null;) {
        const page: Awaited<ReturnType<Store['listFindings']>> = await one.listFindings({
          finding,
          settledBefore: NOW + 1000,
          limit,
          after,
        })
        ids.push(...page.entries.map(({ id }) => id))
        after = page.next
      }
      return ids
    }
    const young = [cut.id, other.id]
    for (const limit of [1, 2, 50]) {
      t.same((await found(store, 'no-outcome', limit)).slice(0, 2), young, 'what is under way is none yet')
      t.same(await found(store, 'outside-a-case', limit), [query.id])
      t.same(await found(store, 'crash', limit), [])
    }
    t.notOk((await found(store, 'no-outcome', 50)).includes(late.id))

    const again = await opened.reopen()
    const crash = started()
    await again.store.append([crash])
    t.ok((await found(again.store, 'no-outcome', 50)).includes(late.id), 'of a life that is over nothing is under way')
    t.same(await found(again.store, 'crash', 50), [crash.id])
    await again.store.append([outcomeOf(late), stopped()])
    t.notOk((await found(again.store, 'no-outcome', 50)).includes(late.id), 'an outcome may come after a restart')
    const last = await again.reopen()
    await last.store.append([started()])
    t.same(await found(last.store, 'crash', 50), [crash.id], 'a start after a stop is none')
  })

  t.test('a start finds where the life before broke off, and tells no gap twice', async (t) => {
    const opened = await open(t)
    const started = (): RecordDraft => draft({ kind: 'gateway-started', outcome: 'started', call: null })
    const outcomeOf = ({ id }: RecordDraft): RecordDraft =>
      draft({ kind: 'city-answered', outcome: 'delivered', intent: id })
    const { store } = opened
    const node = 'gateway-1'
    t.same(await store.findGaps(node, 'now'), [], 'a first start has no life before it')
    const [early, answered, cut] = [draft(), draft(), draft({ caseNo: '20261122-NOSUCHCASE00', leg: 'decide' })]
    await store.append([started(), early, outcomeOf(early), answered, cut, outcomeOf(answered)])
    const last = draft({ kind: 'request-answered', outcome: 'answered', call: null })
    await store.append([last])
    t.same(await store.findGaps('another-node', 'now'), [])

    const again = await opened.reopen()
    const gaps = await again.store.findGaps(node, 'now')
    const { item, city, caseNo, leg, call } = cut
    t.same(gaps, [
      { gap: 'crashed', record: last.id, about: {}, missing: 0 },
      { gap: 'no-outcome', record: cut.id, about: { item, city, caseNo, leg, call }, missing: 0 },
    ])
    await again.store.append([started(), draft({ kind: 'gateway-stopped', outcome: 'stopped', call: null })])
    const later = await again.reopen()
    t.same(await later.store.findGaps(node, 'now'), [], 'what an earlier start has looked at is not told again')
  })

  t.test('pages hold each record once, in order, while records are being appended', async (t) => {
    const { store } = await open(t)
    const before = Array.from({ length: 53 }, (_, n) => draft({ city: n % 2 === 0 ? 'fushun' : 'benxi' }))
    await store.append(before)
    let rounds = 0
    const seen = await all(store, { city: 'fushun' }, 4, async () => {
      rounds += 1
      if (rounds < 9) await store.append([draft({ city: 'fushun', outcome: 'later' }), draft({ city: 'benxi' })])
    })
    const expected = before.filter((one) => one.city === 'fushun').map((one) => one.id)
    t.same(seen.map((record) => record.id).slice(0, expected.length), expected)
    const sequence = seen.map((record) => Number(record.leaf['seq']))
    t.same(
      sequence,
      [...new Set(sequence)].sort((a, b) => a - b),
    )
    t.equal(seen.length, expected.length + 8, 'those appended meanwhile come at the end')
  })

  t.test('the few are found among the many, page by page, though others failed before them', async (t) => {
    const { store } = await open(t)
    const few: RecordDraft[] = []
    const taken = draft()
    await store.append([taken])
    for (let round = 0; round < 9; round++) {
      const rare = draft({ outcome: 'rare', city: round % 2 === 0 ? 'benxi' : 'fushun', time: NOW + round * 60_000 })
      few.push(rare)
      // Those of the same value that fail must not hide the one that comes after them.
      const failed = store.append([draft({ outcome: 'rare', city: rare.city }), draft({ id: taken.id })])
      await t.rejects(failed, { code: 'INTERNAL' })
      await store.append(Array.from({ length: 70 }, () => draft({ time: NOW + round * 60_000 })))
      await store.append([rare])
    }
    const found = async (filter: Omit<RecordFilter, 'limit'>, limit: number) =>
      (await all(store, filter, limit)).map((record) => record.id)
    const ids = (drafts: readonly RecordDraft[]) => drafts.map((one) => one.id)
    const inBenxi = few.filter((one) => one.city === 'benxi')
    for (const limit of [1, 2, 100]) {
      t.same(await found({ outcome: 'rare' }, limit), ids(few))
      t.same(await found({ outcome: 'rare', city: 'benxi', kind: 'forwarded' }, limit), ids(inBenxi))
      const span = { from: NOW + 2 * 60_000, until: NOW + 7 * 60_000 }
      t.same(await found({ outcome: 'rare', ...span }, limit), ids(few.slice(2, 7)))
    }
    t.equal((await found({ city: 'fushun' }, 50)).length, 1 + 9 * 70 + few.length - inBenxi.length)
  })
}
