// A share of the tests of whole gateways against two of them behind one address; `npm run test:grouped -- 4` runs all against four.

import t from 'tap'
import { groupedTests, runAll } from './functional.ts'

const SHARE = ['paths.test.ts', 'corrections.test.ts', 'hall-news.test.ts']

t.strictSame(
  SHARE.filter((name) => !groupedTests().includes(name)),
  [],
)
await runAll(t, SHARE, 2)
