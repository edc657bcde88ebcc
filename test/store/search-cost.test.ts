// What a search for cases costs: each filter by itself walks an index, and no page looks at more than so many cases.

import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import type { CaseFilter } from '../../src/domain/case-filter.ts'
import type { CaseScope } from '../../src/domain/store.ts'
import { databaseFile } from '../../src/store/database.ts'
import type { CaseReader } from '../../src/store/read-cases.ts'
import { CASES_LOOKED_AT, openCaseSearch } from '../../src/store/search-cases.ts'
import { openSearch } from '../../src/store/search.ts'
import { acceptance, NOW, WANG } from '../contract/fixture.ts'
import { newFolder, openIn } from './folder.ts'

/** A store with one case of Wang's, and then so many others of the same hall that are about something else. */
async function filled(t: Test, others: number) {
  const dataDir = newFolder(t)
  const store = await openIn(t, dataDir)
  const accepted = acceptance(store.keyed)
  await store.accept(accepted)
  const { keyed } = store
  await store[Symbol.asyncDispose]()
  const database = new DatabaseSync(databaseFile(dataDir))
  t.teardown(() => database.isOpen && database.close())
  database
    .prepare(
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)
       INSERT INTO cases (case_no, item, handling_mode, collecting_city, competent_city, hall, state, filed_at, updated_at,
         applicant_ref, schema_digest, config_version)
       SELECT 'other-' || n, 'another-item', handling_mode, collecting_city, competent_city, hall, 'completed', filed_at,
         updated_at, 'somebody', schema_digest, config_version FROM cases, n WHERE position = 1`,
    )
    .run(others)
  database.exec('INSERT OR IGNORE INTO filed_days SELECT DISTINCT filed_at / 86400000, position / 256 FROM cases')
  database.exec(`INSERT INTO case_parties SELECT (SELECT min(subject_id) FROM subjects), position FROM cases
    WHERE case_no LIKE 'other-%'`)
  database.exec(`INSERT INTO deliveries (case_position, ordinal, leg, city, route_rule, state)
    SELECT position, 1, 'decide', 'fushun', '', 'delivered' FROM cases WHERE case_no LIKE 'other-%'`)
  return { dataDir, database, keyed, caseNo: accepted.newCase.caseNo }
}

t.test('each filter by itself, for each kind of asker, walks an index in its order and sorts nothing', async (t) => {
  const { database, keyed, caseNo } = await filled(t, 500)
  const search = openSearch(database)
  const plans: string[] = []
  const find = openCaseSearch(database, { caseAt: () => ({}) } as unknown as CaseReader, {
    ...search,
    run(query) {
      const { sql, parameters } = query.compile()
      const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as readonly string[]))
      plans.push(...steps.map(({ detail }) => String(detail)))
      return search.run(query)
    },
  })
  const scopes: readonly CaseScope[] = [
    { hall: 'hunnan' },
    { city: 'fushun' },
    { subjectKey: keyed.subjectKey(WANG) },
    { hall: 'hunnan', city: 'fushun' },
  ]
  const filters: readonly Partial<CaseFilter>[] = [
    {},
    { caseNo },
    { applicantKey: keyed.subjectKey(WANG) },
    { item: 'another-item' },
    { state: 'completed' },
    { collectingCity: 'shenyang' },
    { competentCity: 'fushun' },
    { hall: 'hunnan' },
    { filedFrom: NOW },
    { filedUntil: NOW + 1 },
    { before: 300 },
  ]
  for (const scope of scopes) {
    for (const filter of filters) {
      plans.length = 0
      const { entries } = find({ scope, limit: 20, ...filter })
      const name = `${JSON.stringify(scope)} ${JSON.stringify(filter)}`
      t.ok(entries.length > 0, `${name} finds something`)
      t.ok(plans.length > 0 && plans.every((step) => /^(?:SEARCH |CORRELATED SCALAR SUBQUERY)/.test(step)), name, {
        plans,
      })
    }
  }
})

t.test('a search for what is rare looks at so many cases for a page, and comes to the end page by page', async (t) => {
  const { dataDir, database, caseNo } = await filled(t, 2 * CASES_LOOKED_AT + 10)
  database.close()
  const store = await openIn(t, dataDir)
  for (const scope of [{ hall: 'hunnan' }, { city: 'fushun' }, { subjectKey: store.keyed.subjectKey(WANG) }]) {
    const pages: (readonly string[])[] = []
    let before: number | undefined
    do {
      const filter = { scope, item: 'ss-employee-pension-transfer', limit: 5 }
      const page = await store.listCases(before === undefined ? filter : { ...filter, before })
      pages.push(page.entries.map((entry) => entry.caseNo))
      before = page.next ?? undefined
    } while (before !== undefined && pages.length < 10)
    t.same(pages, [[], [], [caseNo]], JSON.stringify(scope))
  }
})
