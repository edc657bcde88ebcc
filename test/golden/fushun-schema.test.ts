// What goes to Fushun is valid by the XML Schemas beside its wire document, as xmllint judges: golden files, and every item's sample.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { validateXML, type XMLFileInfo } from 'xmllint-wasm'
import { protocolOf } from '../../src/cities/backend.ts'
import { projectConfig } from '../project-config.ts'
import { shipped } from '../catalogue/shipped.ts'
import { correction, file as fileMessage, withdrawal } from '../cities/support/city.ts'
import { bytesOf, readGolden } from './support/golden.ts'

const WIRE = join(import.meta.dirname, '../../docs/wire')
const CITY = 'fushun'

const file = (fileName: string): XMLFileInfo => ({ fileName, contents: readFileSync(join(WIRE, fileName), 'utf8') })

/** Schema errors of each body's envelope and of the string inside it; empty where all are valid. */
async function mistakes(bodies: ReadonlyMap<string, Buffer>): Promise<readonly string[]> {
  const named = [...bodies].map(([name, body]) => [`${name}.xml`, body.toString()] as const)
  const check = async (xml: readonly XMLFileInfo[], schema: string, preload: string) => {
    const { errors } = await validateXML({ xml, schema: file(schema), preload: file(preload) })
    return errors.map(({ rawMessage }) => rawMessage)
  }
  const outer = named.map(([fileName, contents]) => ({ fileName, contents }))
  const inner = named.map(([fileName, text]) => ({ fileName, contents: informationIn(text) }))
  return [
    ...(await check(outer, 'fushun-envelope.xsd', 'fushun-service.xsd')),
    ...(await check(inner, 'fushun-package.xsd', 'fushun-dictionary.xsd')),
  ]
}

function informationIn(envelope: string): string {
  const information = /<information>(.*)<\/information>/s.exec(envelope)?.[1] ?? ''
  const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#13;': '\r', '&amp;': '&' }
  return information.replace(/&[^;]*;/g, (entity) => entities[entity as keyof typeof entities] ?? '')
}

t.test('every request of a golden file', async (t) => {
  const files = globSync('fushun/*.yaml', { cwd: import.meta.dirname })
  const bodies = files.map((name) => {
    const { request } = readGolden(join(import.meta.dirname, name))
    return [name.replaceAll(/\W/g, '-'), bytesOf(request.body ?? '')] as const
  })
  t.ok(files.length > 0)
  t.strictSame(await mistakes(new Map(bodies)), [])
})

t.test('the sample of every item that goes there, each leg of it', async (t) => {
  const config = projectConfig
  const backend = config.cities.find(({ key }) => key === CITY)?.backends[0]
  if (backend === undefined) throw new Error('there is no Fushun')
  const stamp = { now: Date.UTC(2026, 10, 22, 10), secret: Buffer.alloc(43, 'k') }
  const protocol = protocolOf(backend, config.fields, () => Buffer.alloc(0), stamp.secret)
  const bodies = new Map<string, Buffer>()
  for (const item of shipped.items.filter((one) => shipped.citiesOffering(one).includes(CITY))) {
    const body = shipped.sample(item, CITY)
    for (const planned of shipped.route(item, body, body.collectingCity ?? null)) {
      const leg = item.legs.find(({ key }) => key === planned.leg)
      if (planned.city !== CITY || leg === undefined) continue
      const reference = `20261122-7Q2M9X4KTB0C.${leg.key}`
      const message = { item, leg, reference, relatedCaseNo: null, takenAt: stamp.now, body }
      const request = item.interaction === 'query' ? protocol.query(message, stamp) : protocol.deliver(message, stamp)
      bodies.set(`${item.code}-${leg.key}`, request.body ?? Buffer.alloc(0))
    }
  }
  t.ok(bodies.size > 90, `${bodies.size} samples`)
  t.strictSame(await mistakes(bodies), [])
})

t.test('a correction, a withdrawal and a file', async (t) => {
  const config = projectConfig
  const backend = config.cities.find(({ key }) => key === CITY)?.backends[0]
  if (backend === undefined) throw new Error('there is no Fushun')
  const stamp = { now: Date.UTC(2026, 10, 22, 10), secret: Buffer.alloc(43, 'k') }
  const protocol = protocolOf(backend, config.fields, () => Buffer.alloc(0), stamp.secret)
  const requests = {
    correction: protocol.correct?.({ ...correction, backendCaseNo: '210400-2026-000123' }, stamp),
    'correction-without-number': protocol.correct?.({ ...correction, backendCaseNo: null }, stamp),
    withdrawal: protocol.withdraw?.({ ...withdrawal, backendCaseNo: null, reason: '改由单位代办' }, stamp),
    file: protocol.handOver?.(fileMessage, stamp),
  }
  const bodies = Object.entries(requests).map(([name, request]) => [name, request?.body ?? Buffer.alloc(0)] as const)
  t.strictSame(await mistakes(new Map(bodies)), [])
})

t.test('the schema finds what the document forbids', async (t) => {
  const { request } = readGolden(join(import.meta.dirname, 'fushun/retirement-taken.yaml'))
  const good = bytesOf(request.body ?? '').toString()
  const spoiled = {
    'a tag that is in no dictionary': ['&lt;BD&gt;', '&lt;BD&gt;&lt;WZBQ&gt;1&lt;/WZBQ&gt;'],
    'a date with dashes': ['20260630', '2026-06-30'],
    'no form': [/&lt;BD&gt;.*&lt;\/BD&gt;/s, ''],
    'an empty name': [/(?<=&lt;XM&gt;)[^&]+/, ''],
    'another operation': [/kytb:process/g, 'kytb:other'],
    'a short authorization code': [/(?<=<sqzcm>)./, ''],
  } as const
  for (const [what, [from, to]] of Object.entries(spoiled)) {
    const body = good.replace(from, to)
    t.not(body, good)
    t.not((await mistakes(new Map([['spoiled', Buffer.from(body)]]))).length, 0, what)
  }
})

t.test('the schema’s dictionary is the document’s', async (t) => {
  const TYPES = 'S text, D date, M month, T time, B flag, N number, A fen, O object, L list'
  const typeOf = new Map(TYPES.split(', ').map((pair) => pair.split(' ') as [string, string]))
  const rows = readFileSync(join(WIRE, 'fushun.md'), 'utf8').matchAll(/^\| `\w+` +\| `(\w+)` +\| ([A-Z]) +\|/gm)
  const elements = readFileSync(join(WIRE, 'fushun-dictionary.xsd'), 'utf8').matchAll(
    /<xs:element name="(\w+)" type="(\w+)" substitutionGroup="field"\/>/g,
  )
  const inDocument = [...rows].map(([, tag, type = '']) => `${tag} ${typeOf.get(type)}`)
  t.ok(inDocument.length > 1000)
  t.strictSame([...elements].map(([, tag, type]) => `${tag} ${type}`).toSorted(), inDocument.toSorted())
})
