// A kept configuration is the one that its files say now: edits, damage and a changed environment are never missed.

import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ItemPage } from '../../src/catalogue/stock.ts'
import { configOptions, loadConfig } from '../../src/config.ts'
import type { LoadedConfig } from '../../src/config.ts'
import { openCatalogue } from '../../src/config/catalogue.ts'
import { openConfig } from '../../src/config/kept.ts'
import { ConfigProblems, formatProblem } from '../../src/config/problems.ts'
import { systemClock } from '../../src/system.ts'

const PROJECT = join(import.meta.dirname, '..', '..')

interface Place {
  readonly env: Record<string, string>
  readonly itemFile: string
  /** The folder in which it is kept. */
  readonly kept: string
  /** Opens it; the sentences that were said meanwhile are left in `said`. */
  open(env?: Record<string, string>): Promise<LoadedConfig>
  said: readonly string[]
}

function place(t: Test): Place {
  const root = mkdtempSync(join(tmpdir(), 'gateway-kept-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  cpSync(join(PROJECT, 'config'), join(root, 'config'), { recursive: true })
  // One domain is enough where it matters only that files change.
  const items = join(root, 'config/items')
  for (const name of readdirSync(items)) if (name !== 'veterans.yaml') rmSync(join(items, name))
  const own = {
    GATEWAY_CONFIG_DIR: join(root, 'config'),
    GATEWAY_DATA_DIR: join(root, 'data'),
  }
  const made: Place = {
    env: own,
    itemFile: join(items, 'veterans.yaml'),
    kept: join(root, 'data/config-cache'),
    said: [],
    open(env = {}) {
      const said: string[] = []
      made.said = said
      // How often it says that it goes on is up to the machine.
      const remark = ({ en }: { readonly en: string }): void => {
        if (!en.includes('is being checked')) said.push(en)
      }
      return openConfig({ ...configOptions({ ...own, ...env }), clock: systemClock, remark })
    },
  }
  return made
}

async function refusal(work: () => unknown): Promise<readonly string[]> {
  try {
    await work()
    return []
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems.map(formatProblem)
    throw error
  }
}

const firstItem = ({ stock }: LoadedConfig) => stock.items()[0]!

t.test('what is kept is what a reading of all files gives', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gateway-kept-'))
  t.teardown(() => rmSync(dataDir, { recursive: true }))
  const options = configOptions({ GATEWAY_DATA_DIR: dataDir })
  const said: string[] = []
  const open = () => openConfig({ ...options, clock: systemClock, remark: ({ en }) => void said.push(en) })
  await open()
  t.match(said.at(-1), /all of it was checked/)
  said.length = 0
  const config = await open()
  t.strictSame(said, [], 'the second time nothing is checked, and nothing said')

  const read = loadConfig(options)
  const { catalogue: _, written: __, problemAt: ___, keyFiles: ____, stock: _____, cities, ...rest } = read
  const { stock, cities: keptCities, ...kept } = config
  t.strictSame(kept, rest)
  t.strictSame(
    keptCities,
    cities.map((city) => {
      const { items: own, ...facts } = city
      return own === undefined ? city : facts
    }),
  )
  t.strictSame(stock.items(), read.catalogue.items)

  const [ours, theirs] = [openCatalogue(config, systemClock), openCatalogue(read, systemClock)]
  const differ = theirs.items.flatMap((item) =>
    cities.flatMap(({ key }) => {
      const seen = [ours, theirs].map((catalogue) => {
        const body = catalogue.sample(catalogue.find(item.code), key)
        return JSON.stringify([
          catalogue.citiesOffering(item),
          catalogue.itemIn(item, key),
          catalogue.differenceIn(item, key),
          catalogue.form(item, key),
          catalogue.bodySchema(item, key),
          catalogue.answerSchema(item),
          body,
        ])
      })
      return seen[0] === seen[1] ? [] : [`${item.code} ${key}`]
    }),
  )
  t.strictSame(differ, [])
  t.equal(Object.isFrozen(stock.schema(String(read.catalogue.schemas[0]!.schema['$id']))?.schema), true)
  t.throws(() => ours.find('no-such-item'), { code: 'ITEM_UNKNOWN' })

  const texts = [
    undefined,
    '公积',
    '积',
    'fund',
    'HOUSING  贷款',
    'hf-',
    'a',
    '沈',
    'loan housing',
    '没有这个',
    '" OR *',
    '公 积',
  ]
  const codes = (page: { readonly items: readonly { readonly code: string }[] }) => page.items.map(({ code }) => code)
  let found = 0
  for (const text of texts) {
    for (const facets of [
      {},
      { domain: 'housing-fund' },
      { domain: 'no such"' },
      { interaction: 'query', applicant: 'person' },
      { applicant: 'both' },
      { applicant: 'organization', mode: 'collect-and-forward' },
      { city: 'benxi' },
      { city: 'shenfu', mode: 'full-online', interaction: 'application' },
    ]) {
      const wish = { ...facets, text }
      let from: number | null = 0
      while (from !== null) {
        const page: ItemPage = stock.search(wish, from, 7)
        const wanted = read.stock.search(wish, from, 7)
        if (JSON.stringify([codes(page), page.next]) !== JSON.stringify([codes(wanted), wanted.next]))
          t.strictSame([codes(page), page.next], [codes(wanted), wanted.next], JSON.stringify([wish, from]))
        found += page.items.length
        from = page.next
      }
    }
  }
  t.ok(found > 500, `${found} items were found by both`)
})

t.test('an edit is shown by the next start, however it was made', async (t) => {
  const here = place(t)
  const before = await here.open()
  const name = firstItem(before).name.en
  const changed = name.replace(/^./, 'Q')
  const { atime, mtime } = statSync(here.itemFile)
  writeFileSync(here.itemFile, readFileSync(here.itemFile, 'utf8').replace(name, changed))
  utimesSync(here.itemFile, atime, mtime)
  const after = await here.open()
  t.equal(firstItem(after).name.en, changed, 'of the same length, with its time set back')
  t.not(after.version, before.version)
  t.equal(here.said.length, 1)

  appendFileSync(here.itemFile, '  - code: 7\n')
  const told = await refusal(() => here.open())
  t.strictSame(told, await refusal(() => loadConfig(configOptions(here.env))), 'with the same lines as any check')
  t.ok(told.length > 0)
})

t.test('what is damaged, half written or gone is made anew; what was only moved is used', async (t) => {
  const here = place(t)
  const { version } = await here.open()
  const file = join(here.kept, `${version}.sqlite`)
  const note = join(here.kept, 'current.json')
  const bytes = readFileSync(file)
  const flipped = Buffer.from(bytes)
  flipped[bytes.length >> 1]! ^= 1
  const harms: Record<string, () => void> = {
    'a bit flipped': () => writeFileSync(file, flipped),
    'cut short': () => writeFileSync(file, bytes.subarray(0, bytes.length >> 1)),
    'no note': () => rmSync(note),
    'a note cut short': () => writeFileSync(note, readFileSync(note).subarray(0, 100)),
    'a note that is none': () => writeFileSync(note, 'null'),
    'no file': () => rmSync(file),
    'only what a broken start leaves': () => {
      rmSync(here.kept, { recursive: true })
      cpSync(here.itemFile, `${file}.4711.tmp`)
    },
  }
  for (const [name, harm] of Object.entries(harms)) {
    harm()
    const config = await here.open()
    t.equal(config.version, version, name)
    t.match(here.said, [/all of it was checked/], name)
    t.ok(firstItem(config).materials, name)
    t.strictSame(readdirSync(here.kept).toSorted(), [`${version}.sqlite`, 'current.json'].toSorted(), name)
  }
  writeFileSync(file, readFileSync(file))
  await here.open()
  t.strictSame(here.said, [], 'written again with the same bytes')
})

t.test('a part that is damaged while the gateway runs is not served, and the next start makes all anew', async (t) => {
  const here = place(t)
  const { version, stock } = await here.open()
  const file = join(here.kept, `${version}.sqlite`)
  const bytes = readFileSync(file)
  writeFileSync(file, Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 7)]))
  t.throws(() => stock.schema('https://schemas.cross-city-gateway.example/parts/person.json'), /damaged/)
  t.notOk(readdirSync(here.kept).includes('current.json'))
  await here.open()
  t.match(here.said, [/all of it was checked/])
})

t.test('what the environment says is checked at each start', async (t) => {
  const here = place(t)
  await here.open()
  for (const env of [{ GATEWAY_HOST: '0.0.0.0' }, { GATEWAY_PORT: 'http' }]) {
    const told = await refusal(() => here.open(env))
    t.strictSame(told, await refusal(() => loadConfig(configOptions({ ...here.env, ...env }))))
    t.ok(told.length > 0)
  }
  t.strictSame((await here.open({ GATEWAY_PORT: '0', GATEWAY_SANDBOX: 'off' })).listen.port, 0)
  t.strictSame(here.said, [])
})
