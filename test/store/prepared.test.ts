// A prepared statement is prepared once: what makes SQLite plan it anew each time that it is run stands in none.

import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { filesBelow, readText } from '../project/source.ts'

t.test('no limit is a parameter that stands alone', async (t) => {
  const files = filesBelow('src/store', '.ts').filter((path) => /\b(?:LIMIT|limit)\b/.test(readText(path)))
  t.ok(files.length > 5)
  for (const path of files) {
    const code = readText(path).replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')
    t.notMatch(code, /LIMIT (?:\?\d*|\$\{limit[^}]*\})(?!\d| \+ 0)/, path)
    t.notMatch(code, /\.limit\((?!sql)/, path)
  }
})

t.test('which is worth it', async (t) => {
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE cases (position INTEGER PRIMARY KEY, number TEXT)')
  // Long to plan, and nothing to run.
  const joins = Array.from({ length: 12 }, (_, place) => `JOIN cases c${place} ON c${place}.position = a.position`)
  const costOf = (limit: string): number => {
    const statement = database.prepare(
      `SELECT a.number FROM cases a ${joins.join(' ')} ORDER BY a.number LIMIT ${limit}`,
    )
    const before = process.cpuUsage().user
    for (let run = 0; run < 500; run += 1) statement.all(5)
    return process.cpuUsage().user - before
  }
  costOf('? + 0')
  const [alone, expression] = [costOf('?'), costOf('? + 0')]
  t.comment(`500 runs: ${alone} µs of processor time with a parameter alone, ${expression} µs with an expression`)
  t.ok(expression * 5 < alone, 'a newer SQLite may do without the expression')
  database.close()
})
