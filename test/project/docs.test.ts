// Holds the documents to the code, so that what they say twice cannot come to differ.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { posix } from 'node:path'
import t from 'tap'
import canonicalize from 'canonicalize'
import { SETTINGS } from '../../src/config/environment.ts'
import { AUDIT_KINDS, type RecordDraft } from '../../src/domain/audit.ts'
import { FAULTS } from '../../src/domain/fault.ts'
import { makeLeaf } from '../../src/store/leaf.ts'
import { filesBelow, readText, root } from './source.ts'

const DOCUMENTS = ['README.md', 'CHANGELOG.md', ...filesBelow('docs', '.md')]

/** Cells of the tables' rows whose first cell is a name in code type, under a heading whose first cell is `heading`. */
function rowsUnder(document: string, heading: string): string[][] {
  const rows: string[][] = []
  let inTable = false
  for (const line of readText(document).split('\n')) {
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim())
    if (cells[0] === heading) inTable = true
    else if (cells.length === 0) inTable = false
    else if (inTable && cells[0]?.startsWith('`')) rows.push(cells)
  }
  return rows
}

const angles = (text: string): string => text.replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const unquoted = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '')

t.test('errors.md lists every fault as the code has it, in its order', async (t) => {
  const expected = Object.entries(FAULTS).map(([code, { status, source, title, action }]) => [
    `\`${code}\``,
    String(status),
    source,
    `${angles(title.zh)}<br>${angles(title.en)}`,
    `${angles(action.zh)}<br>${angles(action.en)}`,
  ])
  t.strictSame(rowsUnder('docs/errors.md', 'code'), expected)
})

t.test('audit-log-format.md lists every kind of record', async (t) => {
  const kinds = rowsUnder('docs/audit-log-format.md', 'kind').map(([kind]) => unquoted(kind))
  t.strictSame(kinds.toSorted(), [...AUDIT_KINDS].toSorted())
})

t.test('the record shown in audit-log-format.md has the hash that its recipe yields', async (t) => {
  const text = readText('docs/audit-log-format.md')
  const { leafHash, ...leaf } = JSON.parse(/```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '') as Record<string, unknown>
  const bytes = Buffer.from(`\0${canonicalize(leaf)}`)
  t.equal(createHash('sha256').update(bytes).digest('base64'), leafHash)
})

t.test('audit-log-format.md explains every member that a leaf can have', async (t) => {
  const digest = { digest: 'd', salt: 's' }
  const draft: RecordDraft = {
    id: 'i',
    time: 0,
    kind: 'city-answered',
    requestId: 'r',
    actor: { role: 'gateway' },
    subjectKey: 'k',
    method: 'POST',
    route: '/',
    item: 'i',
    city: 'c',
    collectingCity: 'c',
    routeRule: 'r',
    caseNo: 'n',
    leg: 'l',
    call: 'deliver',
    intent: 'i',
    outcome: 'delivered',
    status: 201,
    faultCode: 'f',
    source: 'city',
    requestDigest: digest,
    answerDigest: digest,
    schemaDigest: 's',
    consentVersion: 'c',
    contentDigest: 'digest',
    disclosed: [{ name: 'reason', value: 'v', ...digest }],
    configVersion: 'v',
    counts: { records: 1 },
  }
  const { text } = makeLeaf(draft, { node: 'n', boot: 'b', seq: 1, subjectRef: 's', actorRef: null, erasureRef: 'e' })
  const explained = rowsUnder('docs/audit-log-format.md', 'member').flatMap(([names]) => unquoted(names).split(', '))
  t.strictSame(explained.toSorted(), Object.keys(JSON.parse(text) as object).toSorted())
})

t.test('operations.md names every setting of the environment', async (t) => {
  const named = rowsUnder('docs/operations.md', 'name').map(([name]) => unquoted(name))
  t.strictSame(
    named,
    SETTINGS.map(({ name }) => name),
  )
})

t.test('both commands stand on the first screen of the README', async (t) => {
  const screen = readText('README.md').split('\n').slice(0, 24).join('\n')
  t.match(screen, /^npm ci && npm start\b/m)
  t.match(screen, /^npm ci && npm test\b/m)
})

t.test('every link and every file named in the documents leads somewhere', async (t) => {
  const lost: string[] = []
  for (const document of DOCUMENTS) {
    const text = readText(document)
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(([, link = '']) => link)
    for (const link of links.filter((target) => !/^[a-z]+:/.test(target))) {
      if (!existsSync(root + posix.join(posix.dirname(document), decodeURI(link)))) lost.push(`${document} → ${link}`)
    }
    for (const [path] of text.matchAll(
      /\b(?:src|test|scripts|schemas|config|docs)\/[\w./-]+\.(?:ts|cjs|json|yaml|md)\b/g,
    )) {
      // The item that docs/adding-an-item.md adds, and removes again, is there only in its own test.
      if (path.includes('ca-street-name-certificate')) continue
      if (!existsSync(root + path)) lost.push(`${document}: ${path}`)
    }
  }
  t.strictSame(lost, [])
})

t.test('every file that the request path names by its short name exists', async (t) => {
  const names = new Set(filesBelow('src', '.ts').map((path) => posix.basename(path)))
  const mentioned = [...readText('docs/request-path.md').matchAll(/[\w-]+\.ts\b/g)].map(([name]) => name)
  t.strictSame(
    mentioned.filter((name) => !names.has(name)),
    [],
  )
})

t.test('the index of decisions lists each of them under its title', async (t) => {
  const decisions = filesBelow('docs/adr', '.md').filter((path) => /\/\d{4}-/.test(path))
  const expected = decisions.map((path) => {
    const [, number, title] = /^# (\d{4}) · (.+)\n/.exec(readText(path)) ?? []
    return `- [${number}](${posix.basename(path)}) ${title}`
  })
  t.strictSame(readText('docs/adr/README.md').match(/^- .+$/gm), expected)
})
