// Holds the code to its structure: who may import whom, where the clock and chance come in, how long a file may be.

import t from 'tap'
import { filesBelow, importsOf, readSource, readText, type SourceFile } from './source.ts'

const sources = [...filesBelow('src', '.ts'), ...filesBelow('src', '.js')].map(readSource)

const FIVE = ['catalogue', 'identity', 'audit', 'store', 'cities']
const ABOVE_FIVE = ['domain', ...FIVE]
const ROOT = [
  'server.js',
  'start.ts',
  'gateway.ts',
  'city-addresses.ts',
  'webhook-endpoints.ts',
  'log-witnesses.ts',
  'store-place.ts',
]
const CLI = ['cli.js', 'cli', 'code-cache.js']
const EVERYTHING = [
  ...ABOVE_FIVE,
  'handling',
  'operations',
  'http',
  'app.ts',
  'config.ts',
  'config',
  'system.ts',
  'webhooks',
]

/** What each part of src/ may import beside itself. A new part has to be given its place here first. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  // The five know the words of the domain and never each other: what one needs of another it is handed as an argument.
  ...Object.fromEntries(FIVE.map((part) => [part, ['domain']])),
  handling: ABOVE_FIVE,
  operations: ABOVE_FIVE,
  http: [...ABOVE_FIVE, 'handling', 'operations'],
  'app.ts': [...ABOVE_FIVE, 'handling', 'operations', 'http'],
  'system.ts': ['domain'],
  'config.ts': [...ABOVE_FIVE, 'config'],
  config: [...ABOVE_FIVE, 'config.ts'],
  // Calls programs that others registered, and knows nothing of what it brings.
  webhooks: ['domain'],
  // The other side of the wire: an adapter and its sandbox that shared code would share their mistakes.
  sandbox: ['domain'],
  // Where everything is put together.
  ...Object.fromEntries([...ROOT, ...CLI].map((part) => [part, [...EVERYTHING, ...ROOT, ...CLI, 'sandbox']])),
}

/** What the sandbox lets others see of it: how it is run and made sick, and what it has received. */
const SANDBOX_SHOWS: ReadonlySet<string> = new Set(['src/sandbox/control.ts', 'src/sandbox/received.ts'])

const partOf = (path: string): string => path.split('/')[1] ?? ''
const isOwn = (target: string): boolean => target.startsWith('src/')

function forbiddenImports(source: Pick<SourceFile, 'path' | 'imports'>): string[] {
  const own = partOf(source.path)
  const allowed = MAY_IMPORT[own]
  return source.imports.flatMap(({ target, typeOnly }) => {
    const arrow = `${source.path} → ${target}`
    if (allowed === undefined) return [`${own} has no place in the table of this test`]
    if (!isOwn(target)) {
      if (target.startsWith('.') || /^(test|scripts)\//.test(target)) return [`${arrow}: outside src/`]
      return own === 'domain' ? [`${arrow}: the domain imports nothing`] : []
    }
    const part = partOf(target)
    if (part === own) return []
    if (!allowed.includes(part)) return [arrow]
    if (own === 'sandbox' && !typeOnly) return [`${arrow}: the sandbox may take words (types) only`]
    if (part === 'sandbox' && !SANDBOX_SHOWS.has(target)) return [`${arrow}: not for others`]
    return []
  })
}

t.test('each part imports only what lies below it', async (t) => {
  t.strictSame(sources.flatMap(forbiddenImports), [])
})

const importing = (path: string, text: string): string[] => forbiddenImports({ path, imports: importsOf(path, text) })

t.test('the table of imports finds what breaks it', async (t) => {
  t.strictSame(importing('src/store/a.ts', "import { Line } from '../cities/line.ts'"), [
    'src/store/a.ts → src/cities/line.ts',
  ])
  t.strictSame(importing('src/domain/a.ts', "import {\n  hash,\n} from 'node:crypto'").length, 1)
  t.strictSame(importing('src/domain/a.ts', "export { a } from './b.ts'\n// from 'node:fs'").length, 0)
  t.strictSame(importing('src/sandbox/a.ts', "import { FAULTS } from '../domain/fault.ts'").length, 1)
  t.strictSame(importing('src/sandbox/a.ts', "import type { Item } from '../domain/item.ts'").length, 0)
  t.strictSame(importing('src/cli/a.ts', "const a = await import('../sandbox/disk.ts')").length, 1)
  t.strictSame(importing('src/http/a.ts', "new Worker(new URL('../server.ts', import.meta.url))").length, 1)
  t.strictSame(importing('src/utils/a.ts', "import 'node:fs'").length, 1)
})

interface Reserved {
  readonly what: RegExp
  /** Files or folders that may use it, each with its reason. */
  readonly where: Readonly<Record<string, string>>
}

const OUTSIDE = {
  'src/system.ts': 'puts the machine’s own clock and randomness behind the seams',
  'src/sandbox/': 'is the other side of the wire, with a clock and chance of its own',
  'src/cli.js': 'serves one person at a terminal, and ends',
  'src/cli/': 'serves one person at a terminal, and ends',
}

const RESERVED: Readonly<Record<string, Reserved>> = {
  'the clock': {
    what: /\bDate\.now\b|\bnew Date\(\)|\bDate\(\)|\bperformance\.now\b|\bprocess\.hrtime\b/g,
    where: OUTSIDE,
  },
  timers: {
    what: /\bset(?:Timeout|Interval|Immediate)\(|\bAbortSignal\.timeout\b|\btimers\b/g,
    where: { ...OUTSIDE, 'src/start.ts': 'bounds its own stopping, when nothing else can be relied on any more' },
  },
  chance: { what: /\bMath\.random\b|\brandom(?:UUID|Bytes|Int|FillSync)\b/g, where: OUTSIDE },
  'the environment': {
    what: /\bprocess\.env\b/g,
    where: {
      'src/config.ts': 'is the only reader of settings',
      'src/code-cache.js': 'needs the data folder before anything is loaded',
    },
  },
  'the database': {
    what: /\bDatabaseSync\b/g,
    where: {
      'src/store/': 'owns all durable state',
      'src/config/kept-file.ts': 'keeps what can be made anew from the files',
    },
  },
}

for (const [name, { what, where }] of Object.entries(RESERVED)) {
  t.test(`${name}: used only where this test says, with a reason`, async (t) => {
    const elsewhere = sources
      .filter(({ path }) => !Object.keys(where).some((place) => path.startsWith(place)))
      .flatMap(({ path, code }) => [...code.matchAll(what)].map(([found]) => `${path}: ${found}`))
    t.strictSame(elsewhere, [])
    t.ok(
      sources.some(({ code }) => code.search(what) >= 0),
      'the pattern is found where it is allowed',
    )
  })
}

const LINES_MAX = { src: 300, test: 400 } as const

t.test('no file is longer than one can keep in mind', async (t) => {
  const long = (['src', 'test'] as const).flatMap((folder) =>
    filesBelow(folder, '.ts').filter((path) => readText(path).split('\n').length - 1 > LINES_MAX[folder]),
  )
  t.strictSame(long, [])
})

t.test('every file opens by saying what it answers for', async (t) => {
  const silent = sources.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S+/.test(text)).map(({ path }) => path)
  t.strictSame(silent, [])
})

t.test('no barrels, no catch-all files, no enums', async (t) => {
  const named = sources.filter(({ path }) =>
    /(?:^|\/)(?:utils?|helpers?|common|types|index|misc)(?:\.ts|\/)/.test(path),
  )
  t.strictSame(
    named.map(({ path }) => path),
    [],
  )
  const barrels = sources.filter(({ code }) => /^export\s+(?:type\s+)?(?:\*|\{[^}]*\}\s+from\b)/m.test(code))
  t.strictSame(
    barrels.map(({ path }) => path),
    [],
  )
  const enums = sources.filter(({ code }) => /^\s*(?:export\s+)?(?:declare\s+)?(?:const\s+)?enum\s/m.test(code))
  t.strictSame(
    enums.map(({ path }) => path),
    [],
  )
})
