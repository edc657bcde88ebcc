// Every golden file holds: form → bytes on the wire → answer → outcome, each city's real protocol as its configuration has it.

import { globSync } from 'node:fs'
import { join, sep } from 'node:path'
import t from 'tap'
import type { Test } from 'tap'
import { protocolOf } from '../../src/cities/backend.ts'
import type { Protocol } from '../../src/cities/protocol.ts'
import { projectConfig as config } from '../project-config.ts'
import { Fault } from '../../src/domain/fault.ts'
import type { Item } from '../../src/domain/item.ts'
import { shipped } from '../catalogue/shipped.ts'
import { bytesOf, hasCall, readGolden, type CityEvent, type Golden, type OwnCall } from './support/golden.ts'
import { drawn, hear, outcomeOf, play, wireAnswer } from './support/play.ts'
import { hasProof, objection, signedLines } from './support/proof.ts'

const FILES_MIN = 15
/** Stands in a golden file for what is random and only verified, as SM2 signatures are. */
const RANDOM = '{random}'

const goldens = globSync('*/*.yaml', { cwd: import.meta.dirname })
  .sort()
  .map((file) => readGolden(join(import.meta.dirname, file)))
const cityOf = (golden: Golden): string => golden.file.split(sep)[0] ?? ''
const cities = Map.groupBy(goldens, cityOf)

function protocolFor(city: string, domain: string | null, golden: Golden): Protocol {
  const backends = config.cities.find(({ key }) => key === city)?.backends ?? []
  const backend =
    backends.find(({ domains }) => domain !== null && domains.includes(domain)) ??
    backends.find(({ domains }) => domains.length === 0)
  if (backend === undefined) throw new Error(`there is no city ${city}`)
  return protocolOf(backend, config.fields, drawn(golden.random), Buffer.from(golden.key))
}

/** Which item is asked about, and that its submission is one that this city would be sent. */
function itemOf(t: Test, city: string, golden: OwnCall): Item | null {
  if (!('submission' in golden)) return null
  const { item: code, leg: key, reference: _, relatedCaseNo: __, takenAt: ___, ...body } = golden.submission
  const item = shipped.find(code)
  if (['enquire', 'withdraw', 'hand-over'].includes(golden.call)) return item
  const legs = shipped.route(item, body, body.collectingCity ?? null)
  t.equal(legs.find(({ leg }) => leg === key)?.city, city, 'the form leads to this city')
  t.strictSame(mistakesIn(item, shipped.decidingCity(item, legs), body), [], 'the form is good')
  return item
}

function mistakesIn(item: Item, city: string, body: unknown): readonly unknown[] {
  try {
    shipped.validate(item, city, body)
    return []
  } catch (error) {
    return [error instanceof Fault ? (error.details.errors ?? error.code) : error]
  }
}

function sameText(t: Test, found: string, wanted: string, what: string): void {
  if (!wanted.includes(RANDOM)) return void t.equal(found, wanted, what)
  const pattern = wanted.split(RANDOM).map((part) => RegExp.escape(part))
  t.match(found, new RegExp(`^${pattern.join('.+')}$`, 's'), what)
}

async function holdsOwnCall(t: Test, city: string, golden: Golden & OwnCall): Promise<void> {
  const item = itemOf(t, city, golden)
  const protocol = protocolFor(city, item?.domain ?? null, golden)
  t.ok(hasCall(protocol, golden.call))
  const { request: begun, read } = play(protocol, golden, shipped.find)
  const { makeBody, ...rest } = begun
  const request = makeBody === undefined ? begun : { ...rest, body: await makeBody() }
  const wanted = golden.request

  t.equal(request.method, wanted.method)
  t.equal(request.path, wanted.path)
  t.strictSame(Object.keys(request.headers).toSorted(), Object.keys(wanted.headers).toSorted())
  for (const [name, value] of Object.entries(wanted.headers)) sameText(t, request.headers[name] ?? '', value, name)
  const body = wanted.body === undefined ? null : bytesOf(wanted.body)
  t.equal(request.body === null, body === null, 'a body, or none')
  sameText(t, String(request.body ?? ''), String(body ?? ''), 'body')

  const common = { call: golden.call, key: golden.key }
  const written = { ...common, ...wanted, body: body ?? Buffer.alloc(0) }
  t.strictSame(missing(wanted.headers, signedLines(city, written)), [], 'openssl signs it so')
  const sent = { ...common, ...request, body: request.body ?? Buffer.alloc(0) }
  t.equal(objection(city, sent), '', 'openssl takes the signature for good')

  for (const answer of golden.answers) {
    t.strictSame(
      outcomeOf(() => read(wireAnswer(answer, golden, request))),
      answer.outcome,
      answer.name,
    )
  }
}

function holdsEvent(t: Test, city: string, golden: Golden & CityEvent): void {
  const protocol = protocolFor(city, null, golden)
  t.ok(hasCall(protocol, golden.call))
  const { method, path, headers, body } = golden.request
  const request = { call: golden.call, key: golden.key, method, path, headers, body: bytesOf(body ?? '') }
  // An event that is refused for its signature need not have a good one.
  if (!('fault' in golden.outcome && golden.outcome.fault === 'CITY_EVENT_UNSIGNED')) {
    t.strictSame(missing(headers, signedLines(city, request)), [], 'openssl signs it so')
    t.equal(objection(city, request), '', 'openssl takes the signature for good')
  }
  const { outcome, reply } = hear(protocol, golden)
  t.strictSame(outcome, golden.outcome)
  const { body: said, ...rest } = reply
  const { body: toSay, ...wanted } = golden.reply
  t.strictSame(rest, wanted)
  sameText(t, said, toSay, 'reply')
  if (toSay.includes(RANDOM)) {
    t.equal(
      objection(city, { ...request, call: 'news-reply', body: Buffer.from(said) }),
      '',
      'openssl takes our reply for good',
    )
  }
}

/** Lines that openssl made and that the request does not have. */
function missing(headers: Readonly<Record<string, string>>, lines: readonly string[]): readonly string[] {
  const has = new Set(Object.entries(headers).map(([name, value]) => `${name}: ${value}`))
  return lines.filter((line) => !has.has(line))
}

for (const [city, files] of cities) {
  t.test(`${city}: golden files`, (t) => {
    t.ok(files.length >= FILES_MIN, `${files.length} files, at least ${FILES_MIN} are wanted`)
    t.ok(hasProof(city), 'a script proves their signatures')
    t.equal(new Set(files.map(({ title }) => title)).size, files.length, 'each shows something else')
    for (const golden of files) {
      t.test(`${golden.file}: ${golden.title}`, async (t) => {
        if (golden.call === 'news-event') holdsEvent(t, city, golden)
        else await holdsOwnCall(t, city, golden)
      })
    }
    t.end()
  })
}
