// Contract: finding cases by what somebody at a window knows of them.

import type { Test } from 'tap'
import type { CaseFilter } from '../../src/domain/case-filter.ts'
import { acceptance, LI, NOW, WANG } from './fixture.ts'
import type { OpenedStore } from './fixture.ts'

const DAY_MS = 86_400_000
const HALL = { hall: 'hunnan' } as const

export function searchContract(t: Test, open: (t: Test) => Promise<OpenedStore>): void {
  t.test('cases are found by each of the filters, and by all of them together', async (t) => {
    const { store } = await open(t)
    const { keyed } = store
    const of = { wang: keyed.subjectKey(WANG), li: keyed.subjectKey(LI) }
    const file = async (changes: Parameters<typeof acceptance>[1]): Promise<string> => {
      const accepted = acceptance(keyed, changes)
      await store.accept(accepted)
      return accepted.newCase.caseNo
    }
    const first = await file({})
    // Li is the applicant, and Wang's agent in the third.
    const second = await file({ subjectKeys: [of.li], item: 'mi-remote-care-filing', filedAt: NOW + DAY_MS })
    const third = await file({ subjectKeys: [of.wang, of.li], collectingCity: 'benxi', competentCity: 'anshan' })
    await file({ hall: 'heping' })
    const find = async (filter: Partial<CaseFilter>): Promise<readonly string[]> =>
      (await store.listCases({ scope: HALL, limit: 9, ...filter })).entries.map(({ caseNo }) => caseNo)

    t.same(await find({}), [third, second, first])
    for (const [filter, expected] of [
      [{ caseNo: second }, [second]],
      [{ caseNo: 'no-such-case' }, []],
      [{ applicantKey: of.wang }, [third, first]],
      [{ applicantKey: of.li }, [second]],
      [{ applicantKey: keyed.subjectKey({ ...WANG, certType: '414' }) }, []],
      [{ item: 'mi-remote-care-filing' }, [second]],
      [{ state: 'collected' }, [third, second, first]],
      [{ state: 'refused' }, []],
      [{ collectingCity: 'benxi' }, [third]],
      [{ competentCity: 'fushun' }, [second, first]],
      [{ hall: 'hunnan' }, [third, second, first]],
      [{ hall: 'heping' }, []],
      [{ filedFrom: NOW + 1 }, [second]],
      [{ filedFrom: NOW + DAY_MS }, [second]],
      [{ filedFrom: NOW + DAY_MS + 1 }, []],
      [{ filedUntil: NOW + DAY_MS }, [third, first]],
      [{ filedUntil: NOW }, []],
      [{ filedFrom: NOW + 5 * DAY_MS, filedUntil: NOW + 6 * DAY_MS }, []],
      [{ applicantKey: of.wang, collectingCity: 'benxi', state: 'collected', filedFrom: NOW, caseNo: third }, [third]],
      [{ applicantKey: of.li, caseNo: third }, []],
    ] as const) {
      t.same(await find(filter), expected, JSON.stringify(filter))
    }
    for (const [scope, expected] of [
      [{ city: 'fushun' }, 3],
      [{ city: 'anshan' }, 0],
      [{ subjectKey: of.li }, 1],
      [{ subjectKey: of.wang }, 3],
      [{ hall: 'hunnan', city: 'benxi' }, 0],
      [{}, 0],
    ] as const) {
      const found = (await find({ scope, applicantKey: of.wang })).length
      t.equal(found, expected, `of Wang, seen by ${JSON.stringify(scope)}`)
    }
  })

  t.test('a clock that was set back hides no case from a search by days', async (t) => {
    const { store } = await open(t)
    const numbers: string[] = []
    for (const days of [0, 3, 1, 2, 0]) {
      const accepted = acceptance(store.keyed, { filedAt: NOW + days * DAY_MS })
      await store.accept(accepted)
      numbers.push(accepted.newCase.caseNo)
    }
    const { entries } = await store.listCases({ scope: HALL, filedFrom: NOW, filedUntil: NOW + DAY_MS, limit: 9 })
    t.same(
      entries.map(({ caseNo }) => caseNo),
      [numbers[4], numbers[0]],
    )
  })

  t.test('filtered pages go on from each other, whether full or short', async (t) => {
    const { store } = await open(t)
    const expected: string[] = []
    for (let n = 0; n < 40; n++) {
      const accepted = acceptance(store.keyed, n % 4 === 0 ? { item: 'mi-remote-care-filing' } : {})
      await store.accept(accepted)
      if (n % 4 === 0) expected.unshift(accepted.newCase.caseNo)
    }
    const seen: string[] = []
    let before: number | undefined
    for (let pages = 0; pages < 20; pages++) {
      const filter = { scope: HALL, item: 'mi-remote-care-filing', limit: 3 }
      const page = await store.listCases(before === undefined ? filter : { ...filter, before })
      seen.push(...page.entries.map(({ caseNo }) => caseNo))
      if (page.next === null) break
      before = page.next
    }
    t.same(seen, expected)
  })
}
