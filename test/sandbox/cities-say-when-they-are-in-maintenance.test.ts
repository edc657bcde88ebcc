// Each city in maintenance says so in its own words, by its wire document, and takes nothing.

import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES, type ProtocolName } from '../../src/sandbox/places.ts'
import { post, targetIn } from './shenfu-calls.ts'

/** Status and words for each protocol that has some; the others stand behind a server that says 503. */
const WORDS: readonly (readonly [ProtocolName, number, RegExp])[] = [
  ['anshan', 503, /"retcode":50300/],
  ['benxi', 200, /"code":"?9002"?/],
  ['fuxin', 200, /<fanhuima>90002<\/fanhuima>/],
  ['liaoyang', 200, /"code":50301/],
  ['tieling', 503, /"code":"MAINTENANCE"/],
  ['shenfu', 503, /"code":"UNAVAILABLE"/],
  ['shenyang', 503, /^maintenance/],
  ['fushun', 503, /^maintenance/],
]

async function ask(address: string, folder: string): Promise<{ readonly status: number; readonly words: string }> {
  if (address.startsWith('https:')) {
    const { status, body } = await post(targetIn(folder, address), '/', { reference: 'q-1' })
    return { status, words: JSON.stringify(body) }
  }
  const answer = await fetch(`${address}/`, { method: 'POST', body: '{}' })
  return { status: answer.status, words: await answer.text() }
}

for (const [protocol, status, words] of WORDS) {
  t.test(protocol, async (t) => {
    const place = PLACES.find(({ city }) => city === protocol)
    if (place === undefined) return t.fail('no such place')
    const folder = t.testdir()
    await using city = await openCity({ place: { ...place, protocol }, folder })
    await city.setFault({ fault: 'maintenance', rate: 1 })
    const said = await ask(city.address, folder)
    t.equal(said.status, status)
    t.match(said.words, words)
    t.equal(city.state().taken, 0)
  })
}
