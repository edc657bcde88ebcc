// Lists are walked page by page: each entry once, though more come in meanwhile, and on from nowhere else.

import t from 'tap'
import { call, file, startGateway, tokenOf, type Answer, catalogue } from './harness.ts'

const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')
const auditor = tokenOf(gateway, 'auditor')

type Json = Record<string, unknown>

t.test('pages', async (t) => {
  async function walk(
    path: string,
    list: string,
    key: string,
    token: string | undefined,
    meanwhile: () => Promise<unknown>,
  ) {
    const keys: string[] = []
    const pages: number[] = []
    for (let after: string | null = ''; after !== null && pages.length < 200;) {
      const joined = after === '' ? path : `${path}&after=${after}`
      const page: Answer = await call(gateway, 'GET', joined, token === undefined ? {} : { token })
      t.equal(page.status, 200, page.text)
      keys.push(...page.body[list].map((entry: Json) => String(entry[key])))
      pages.push(page.body[list].length)
      after = page.body['next']
      await meanwhile()
    }
    return { keys, pages }
  }
  const nothing = (): Promise<void> => Promise.resolve()

  await t.test('of items: each once, whatever their size', async (t) => {
    const all = (await call(gateway, 'GET', '/v1/items?limit=200')).body['items'].map(
      ({ code }: { code: string }) => code,
    )
    t.equal(all.length, catalogue.items.length)
    for (const limit of [5, all.length - 1, all.length, all.length + 1]) {
      const { keys, pages } = await walk(`/v1/items?limit=${limit}`, 'items', 'code', undefined, nothing)
      t.strictSame(keys, all)
      t.ok(pages.every((length) => length <= limit && length > 0))
    }
  })

  await t.test('of cases: those of the beginning each once, though more are filed meanwhile', async (t) => {
    const hall = tokenOf(gateway, 'clerk', { city: 'benxi' })
    const fileOne = async (): Promise<string> => {
      const answer = await file(gateway, 'ps-id-card-renewal', 'shenfu', { token: hall })
      t.equal(answer.status, 201, answer.text)
      return String(answer.body['caseNo'])
    }
    const before: string[] = []
    for (let count = 0; count < 7; count++) before.unshift(await fileOne())
    const { keys, pages } = await walk('/v1/cases?limit=2', 'cases', 'caseNo', hall, fileOne)
    t.strictSame(keys, before, 'newest first, none twice, none left out')
    t.strictSame(pages, [2, 2, 2, 1])
    const state = await walk(
      '/v1/cases?limit=3&state=pre-accepted&item=ps-id-card-renewal',
      'cases',
      'caseNo',
      hall,
      nothing,
    )
    t.equal(new Set(state.keys).size, 11)
    t.strictSame((await walk('/v1/cases?limit=3&state=refused', 'cases', 'caseNo', hall, nothing)).keys, [])
  })

  await t.test('of records: oldest first, each once, though each look adds one', async (t) => {
    const fileOne = () => file(gateway, 'ps-id-card-renewal', 'shenfu')
    const { keys } = await walk('/v1/audit/records?limit=40&role=auditor', 'records', 'id', auditor, fileOne)
    t.strictSame(keys, [...new Set(keys)])
    t.strictSame(keys, keys.toSorted(), 'in order of time')
    const again = await walk('/v1/audit/records?limit=200&role=auditor', 'records', 'id', auditor, nothing)
    t.strictSame(again.keys.slice(0, keys.length), keys)
  })

  await t.test('go on only from where a page ended', async (t) => {
    for (const [path, token] of [
      ['/v1/items', undefined],
      ['/v1/cases', clerk],
      ['/v1/audit/records', auditor],
    ] as const) {
      for (const tampered of [
        '0',
        '-1',
        'MTI=',
        'MS4',
        'LTE',
        'MWUz',
        'IDU',
        '%00',
        'null',
        'MTIz!',
        'x'.repeat(17),
        'OTk5OTk5OTk5OTk5OTk5OTk5',
      ]) {
        const answer = await call(gateway, 'GET', `${path}?after=${tampered}`, token === undefined ? {} : { token })
        t.match(
          answer,
          { status: 400, body: { code: 'PARAMETER_INVALID', errors: [{ pointer: '?after' }] } },
          `${path} ${tampered}`,
        )
      }
      const far = Buffer.from('9007199254740991').toString('base64url')
      const beyond = await call(gateway, 'GET', `${path}?after=${far}`, token === undefined ? {} : { token })
      t.equal(beyond.status, 200, beyond.text)
    }
  })
})
