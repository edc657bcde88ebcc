// CSV of audit records: read back by a reader of RFC 4180 it says what the leaf says, and no cell is a formula.

import t from 'tap'
import { cell, CSV_HEAD, csvLine } from '../../src/audit/csv.ts'

/** One line of RFC 4180, by its own grammar. */
function readLine(line: string): string[] {
  const cells: string[] = []
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  return cells
}

t.test('what a spreadsheet would run is text, and taking the apostrophe away gives it back', async (t) => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', "'"]) {
    const text = `${start}cmd|' /C calc'!A0, "x"`
    const [read] = readLine(`${cell(text)}\r\n`)
    t.equal(read, `'${text}`, JSON.stringify(start))
  }
  for (const text of ['a=b', '1+1', 'x-y', 'a@b', ' =1', '沈阳', '', 'a,b', 'say "x"', 'two\r\nlines']) {
    t.strictSame(readLine(`${cell(text)}\r\n`), [text], JSON.stringify(text))
  }
  t.equal(cell(-1), '-1', 'a number of ours is a number')
  t.equal(cell(undefined), '')
})

t.test('every member of a leaf has its column', async (t) => {
  const names = readLine(CSV_HEAD.slice(1))
  t.equal(CSV_HEAD[0], '\uFEFF')
  const leaf = {
    id: 'i',
    time: '2026-11-22T01:30:00.123Z',
    kind: 'tokens-refused',
    outcome: '=1+1',
    actor: { role: 'clerk', issuer: 'x', subject: 'clerk,1', city: 'benxi', hall: 'h' },
    counts: { TOKEN_EXPIRED: 3 },
    requestDigest: '-q2',
    seq: 7,
    v: 1,
  }
  const cells = readLine(csvLine({ id: 'i', leaf, leafHash: '+hash=' }))
  t.equal(cells.length, names.length)
  const read = Object.fromEntries(names.map((name, at) => [name, cells[at]]))
  t.match(read, {
    id: 'i',
    outcome: "'=1+1",
    subject: 'clerk,1',
    actorCity: 'benxi',
    counts: '{"TOKEN_EXPIRED":3}',
    requestDigest: "'-q2",
    seq: '7',
    leafHash: "'+hash=",
    city: '',
  })
})
