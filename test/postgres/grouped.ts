// `npm run test:grouped -- 4`: all tests of whole gateways that are not about one of them, each against so many behind one address,
// on one PostgreSQL. Further arguments name files of test/gateway. Ends with 1 where one failed.

import { groupedTests, runAll } from './functional.ts'

// A file may take minutes; the runner of `npm test` says so itself.
process.env['TAP_TIMEOUT'] ??= '600'
const { default: t } = await import('tap')

const [gateways = '2', ...names] = process.argv.slice(2)
if (!/^[2-4]$/.test(gateways)) {
  console.error('网关个数为 2 到 4。 The number of gateways is 2 to 4.')
  process.exit(2)
}
// Each file has its own time; together they have as much as they need.
t.setTimeout(0)
await runAll(t, names.length > 0 ? names : groupedTests(), Number(gateways))
