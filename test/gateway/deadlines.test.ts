// What is due soon or overdue, counted for operators: in the metrics and by city, item, leg and clock.

import t from 'tap'
import { advanceCase } from '../../src/sandbox/control.ts'
import { caseOf } from '../chaos/evidence.ts'
import { ITEM, PATIENT } from './fault-table.ts'
import { call, file, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const gateway = await startGateway(t, {}, [
  [/deadlineMs: 900/, 'deadlineMs: 10000'],
  [/pollMs: \d+/, 'pollMs: 50'],
  [/recountMs: \d+/, 'recountMs: 100'],
])
const operator = tokenOf(gateway, 'operator')

const counts = (query = ''): Promise<Answer> =>
  call(gateway, 'GET', `/v1/operations/deadlines${query}`, { token: operator })
const rows = ({ body }: Answer): Json[] => body['deadlines'] as Json[]
const soonIn = async (city: string): Promise<number> =>
  rows(await counts(`?city=${city}`)).reduce((sum, { soon }) => sum + Number(soon), 0)
const metric = async (city: string, due: string): Promise<string | undefined> =>
  new RegExp(`^gateway_deadlines\\{city="${city}",clock="promised",due="${due}"\\} (\\d+)$`, 'm').exec(
    (await call(gateway, 'GET', '/metrics')).text,
  )?.[1]

t.test('what is due soon is counted where it waits, until its clock stops or it is decided', async (t) => {
  t.strictSame(rows(await counts()), [], 'nothing yet')
  // Promised within two working days; the notice has five.
  const filed = await Promise.all([1, 2, 3].map(() => file(gateway, ITEM, 'shenyang', PATIENT)))
  const [first, second] = filed.map(({ body }) => String(body['caseNo']))
  const counted = await until(
    () => counts('?city=shenyang'),
    (answer) => rows(answer)[0]?.['soon'] === 3,
  )
  t.equal(counted.status, 200, counted.text)
  t.match(rows(counted), [
    {
      city: 'shenyang',
      item: { code: ITEM, name: { zh: /./ } },
      leg: { key: 'decide', does: 'decide' },
      department: { zh: /./ },
      clock: 'promised',
      soon: 3,
      overdue: 0,
    },
  ])
  t.match(counted.body, { isWhole: true, countedAt: /^2/, next: null })
  t.equal(await metric('shenyang', 'soon'), '3')
  t.equal(await metric('shenyang', 'overdue'), '0')
  for (const { body } of filed) t.notOk(counted.text.includes(String(body['caseNo'])), 'no case is named')

  const reference = async (caseNo = ''): Promise<string> =>
    `${caseNo}.${String((await caseOf(gateway, caseNo))['legs'][0]['leg'])}`
  await advanceCase(gateway.dataDir, 'shenyang', await reference(first), { status: 'correction' })
  t.equal(
    await until(
      () => soonIn('shenyang'),
      (soon) => soon === 2,
    ),
    2,
    'its clock stands',
  )
  await advanceCase(gateway.dataDir, 'shenyang', await reference(second), { status: 'approved' })
  t.equal(
    await until(
      () => soonIn('shenyang'),
      (soon) => soon === 1,
    ),
    1,
    'it is decided',
  )
})

t.test('they are counted again after a restart, page by page, and asked for as they are known', async (t) => {
  await Promise.all(['benxi', 'fushun'].map((city) => file(gateway, ITEM, city, PATIENT)))
  await gateway.kill()
  await gateway.restart()
  const listed = async (): Promise<string[]> => {
    const found: string[] = []
    for (let next: string | null = ''; next !== null;) {
      const page: Answer = await counts(`?limit=1${next === '' ? '' : `&after=${next}`}`)
      found.push(...rows(page).map(({ city }) => String(city)))
      next = page.body['next'] as string | null
    }
    return found
  }
  t.strictSame(await until(listed, (found) => found.length === 3), ['benxi', 'fushun', 'shenyang'])
  t.strictSame(rows(await counts('?clock=notice')), [])
  for (const query of ['?clock=none', '?city=nowhere', '?item=x']) {
    t.match(await counts(query), { status: 400, body: { code: 'PARAMETER_INVALID' } }, query)
  }
})
