// A gateway with a wrong key: cities refuse it by their documents' codes, nothing is lost, and with the right key all of it is delivered once.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wrongWith } from '../chaos/evidence.ts'
import { CITIES, EACH_CALL_GOES_OUT, ITEM, PATIENT, QUERY } from './fault-table.ts'
import { ask, call, file, receivedBy, startGateway, type Json } from './harness.ts'

t.test('a wrong key', async (t) => {
  const gateway = await startGateway(t, {}, [...EACH_CALL_GOES_OUT, [/deadlineMs: 900/, 'deadlineMs: 10000']])
  // Shenfu knows us by our certificate: test/cities/mutual-tls.test.ts.
  const signing = CITIES.filter((city) => city !== 'shenfu')
  const files = signing.map((city) => join(gateway.dataDir, 'sandbox/secrets', city))
  const right = files.map((path) => readFileSync(path))
  // The cities live on with the key that they know.
  await gateway.kill()
  files.forEach((path, index) => writeFileSync(path, spoilt(right[index]?.toString() ?? '')))
  await gateway.restart()

  const filed = await Promise.all(
    signing.map(async (city) => {
      const [asked, answer] = await Promise.all([ask(gateway, QUERY, city), file(gateway, ITEM, city, PATIENT)])
      const refused = { code: 'CITY_SIGNATURE_REFUSED', source: 'city', city }
      t.match(asked, { status: 502, body: refused }, `${city}: ${asked.text}`)
      const kept = { delivery: 'stored', legs: [{ fault: 'CITY_SIGNATURE_REFUSED' }] }
      t.match(answer, { status: 202, body: kept }, `${city}: ${answer.text}`)
      t.strictSame(await receivedBy(gateway, city), [], city)
      return { caseNo: String(answer.body['caseNo']), city }
    }),
  )
  const { body } = await call(gateway, 'GET', '/readyz')
  for (const line of body['lines'] as Json[]) t.equal(line['state'], 'closed', 'a wrong key says nothing of the city')

  await gateway.kill()
  files.forEach((path, index) => writeFileSync(path, right[index] ?? ''))
  await gateway.restart()
  t.strictSame((await Promise.all(filed.map((one) => wrongWith(gateway, one)))).flat(), [])
})

/** One character of the key is another; where there are several lines, the second is our own key. */
function spoilt(text: string): string {
  const lines = text.split('\n')
  const at = lines.length > 2 ? 1 : 0
  const key = lines[at] ?? ''
  return lines.with(at, `${key.slice(0, 9)}${key[9] === '3' ? '7' : '3'}${key.slice(10)}`).join('\n')
}
