// Contract: records found by the person that they are about, and how many there are.

import type { Test } from 'tap'
import type { AuditRecord, CountQuestion, RecordDraft, RecordFilter } from '../../src/domain/audit.ts'
import type { Store } from '../../src/domain/store.ts'
import { acceptance, draft, LI, NOW, settlement, WANG, type OpenedStore } from './fixture.ts'

async function all(store: Store, filter: Omit<RecordFilter, 'limit'>, limit: number): Promise<readonly AuditRecord[]> {
  const records: AuditRecord[] = []
  for (let after: number | null = 0; after !== null;) {
    const page: Awaited<ReturnType<Store['listRecords']>> = await store.listRecords({ ...filter, limit, after })
    records.push(...page.entries)
    after = page.next
  }
  return records
}

const HOUR_MS = 3_600_000
const hourOf = (time: number): number => Math.floor(time / HOUR_MS) * HOUR_MS
const dayOf = (time: number): number => Math.floor((time + 8 * HOUR_MS) / 86_400_000) * 86_400_000 - 8 * HOUR_MS

type Question = Omit<CountQuestion, 'limit'>

const keyOf = (one: RecordDraft, by: CountQuestion['by']): string =>
  by.map((word) => (word === 'hour' ? hourOf(one.time) : word === 'day' ? dayOf(one.time) : one[word])).join()

const fits = (one: RecordDraft, { from, until, kind, city, item, outcome }: Question): boolean =>
  one.time >= from &&
  one.time < until &&
  [
    [kind, one.kind],
    [city, one.city],
    [item, one.item],
    [outcome, one.outcome],
  ].every(([wanted, is]) => wanted === undefined || wanted === is)

/** The lines by hand: `key count`, sorted. */
function countedByHand(written: readonly RecordDraft[], question: Question): readonly string[] {
  const counts = new Map<string, number>(question.by.length === 0 ? [['', 0]] : [])
  for (const one of written.filter((each) => fits(each, question))) {
    const key = keyOf(one, question.by)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return [...counts].map(([key, count]) => `${key} ${count}`).sort()
}

const [FROM, UNTIL] = [hourOf(NOW) - 24 * HOUR_MS, hourOf(NOW) + 48 * HOUR_MS]
const QUESTIONS: readonly Question[] = [
  { by: [], from: FROM, until: UNTIL },
  { by: ['city'], from: FROM, until: UNTIL },
  { by: ['day', 'kind', 'city', 'item', 'outcome'], from: FROM, until: UNTIL },
  { by: ['hour', 'outcome'], from: FROM, until: UNTIL },
  { by: ['day'], from: FROM + 9 * HOUR_MS, until: UNTIL - 37 * HOUR_MS },
  { by: ['hour'], from: hourOf(NOW), until: hourOf(NOW) + HOUR_MS },
  { by: ['outcome'], from: FROM, until: UNTIL, kind: 'forwarded', city: 'benxi' },
  { by: ['kind'], from: FROM, until: UNTIL, item: 'ss-employee-pension-transfer', outcome: '已受理' },
  { by: ['city'], from: FROM, until: FROM },
]

export function recordSearchContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test(
    'all that is about a person is found by the keyed digest: cases as applicant or agent, and what has no case',
    async (t) => {
      const { store } = await open(t)
      const { keyed } = store
      const [wang, li] = [keyed.subjectKey(WANG), keyed.subjectKey(LI)]
      const ofWang = acceptance(keyed)
      const byAgent = acceptance(keyed, { subjectKeys: [li, wang] }, {})
      for (const one of [ofWang, byAgent]) await store.accept(one)
      const query = draft({ call: 'query', subjectKey: wang })
      const looked = draft({ kind: 'request-answered', caseNo: ofWang.newCase.caseNo, subjectKey: null })
      const listed = draft({
        kind: 'request-answered',
        actor: { role: 'resident', issuer: 'https://id.invalid', subjectKey: wang },
      })
      const ofLi = draft({ call: 'query', subjectKey: li })
      await store.append([query, ofLi, looked, draft(), listed])
      const outcome = settlement(ofWang)
      await store.settle(outcome)
      const ids = async (subjectKey: string, limit: number, more: Partial<RecordFilter> = {}) =>
        (await all(store, { subjectKey, ...more }, limit)).map(({ id }) => id)
      const expected = [ofWang.intent.id, byAgent.intent.id, query.id, looked.id, listed.id, outcome.records[0]?.id]
      for (const limit of [1, 2, 100]) {
        t.same(await ids(wang, limit), expected, 'about one, in the order of the log')
        t.same(await ids(li, limit), [byAgent.intent.id, ofLi.id], 'and the other')
      }
      t.same(await ids(wang, 2, { kind: 'request-answered' }), [looked.id, listed.id])
      t.same(await ids(keyed.subjectKey({ ...WANG, certType: '414' }), 2), [], 'nobody of that document')
    },
  )

  t.test(
    'counts are those of the records, over hours and days, whether a step of the log has counted them or not',
    async (t) => {
      const { store } = await open(t)
      const drafts = Array.from({ length: 400 }, (_, n) =>
        draft({
          // Over three days of China, the first and the last of them not whole.
          time: NOW - 20 * HOUR_MS + n * 7 * 60_000,
          city: [null, 'benxi', 'fushun'][n % 3] ?? null,
          item: n % 5 === 0 ? null : 'ss-employee-pension-transfer',
          outcome: ['sending', 'found', '已受理'][n % 7] ?? 'refused',
          kind: n % 2 === 0 ? 'forwarded' : 'city-answered',
        }),
      )
      async function areCounted(written: readonly RecordDraft[], name: string): Promise<void> {
        for (const question of QUESTIONS) {
          const lines = await store.countRecords({ ...question, limit: 10_000 })
          const counted = lines.map((line) => `${question.by.map((word) => line.of[word]).join()} ${line.count}`).sort()
          t.same(counted, countedByHand(written, question), `${name}: ${JSON.stringify(question)}`)
        }
      }
      await store.append(drafts.slice(0, 250))
      await areCounted(drafts.slice(0, 250), 'before a step')
      const step = { year: 2026, checkpoint: 'first', nodes: [] }
      t.equal(await store.replaceCheckpoint(null, { ...step, size: 170 }), true)
      await areCounted(drafts.slice(0, 250), 'a part by a step')
      t.equal(await store.replaceCheckpoint(null, { ...step, size: 250 }), false)
      await areCounted(drafts.slice(0, 250), 'a step that lost counts nothing')
      await store.append(drafts.slice(250))
      t.equal(await store.replaceCheckpoint('first', { ...step, checkpoint: 'second', size: 400 }), true)
      await areCounted(drafts, 'all by steps')
      t.equal(
        (await store.countRecords({ by: ['hour'], from: FROM, until: UNTIL, limit: 3 })).length,
        3,
        'at most so many',
      )
    },
  )
}
