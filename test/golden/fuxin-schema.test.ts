// What goes to Fuxin is valid by the XML Schemas beside its wire document, as xmllint judges: golden files, and every item's sample.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { validateXML, type XMLFileInfo } from 'xmllint-wasm'
import { protocolOf } from '../../src/cities/backend.ts'
import { projectConfig } from '../project-config.ts'
import { shipped } from '../catalogue/shipped.ts'
import { bytesOf, readGolden } from './support/golden.ts'

const WIRE = join(import.meta.dirname, '../../docs/wire')
const CITY = 'fuxin'

const preload = ['fuxin-messages.xsd', 'fuxin-dictionary.xsd'].map((fileName): XMLFileInfo => ({
  fileName,
  contents: readFileSync(join(WIRE, fileName), 'utf8'),
}))

/** Schema errors of the messages, each judged by the type of the transaction that it names; empty where all are valid. */
async function mistakes(messages: readonly (readonly [name: string, message: string])[]): Promise<readonly string[]> {
  const codeOf = (message: string): string => /<jiaoyima>([0-9]{4})</.exec(message)?.[1] ?? ''
  const found: string[] = []
  for (const [code, ones] of Map.groupBy(messages, ([, message]) => codeOf(message))) {
    const schema =
      '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="fuxin-messages.xsd"/>' +
      `<xs:element name="qingqiu" type="message-${code}"/></xs:schema>`
    const { errors } = await validateXML({
      xml: ones.map(([name, contents]) => ({ fileName: `${name}.xml`, contents })),
      schema: { fileName: `${code}.xsd`, contents: schema },
      preload,
    })
    found.push(...errors.map(({ rawMessage }) => rawMessage))
  }
  return found
}

const goldenOf = (name: string): string =>
  bytesOf(readGolden(join(import.meta.dirname, name)).request.body ?? '').toString()

t.test('every request of a golden file', async (t) => {
  const files = globSync('fuxin/*.yaml', { cwd: import.meta.dirname })
  const messages = files.map((name) => [name.replaceAll(/\W/g, '-'), goldenOf(name)] as const)
  t.equal(new Set(messages.map(([, message]) => /<jiaoyima>(\d+)/.exec(message)?.[1])).size, 8, 'of each transaction')
  t.strictSame(await mistakes(messages), [])
})

t.test('the sample of every item that goes there, each leg of it', async (t) => {
  const config = projectConfig
  const backend = config.cities.find(({ key }) => key === CITY)?.backends[0]
  if (backend === undefined) throw new Error('there is no Fuxin')
  const stamp = { now: Date.UTC(2026, 10, 22, 10), secret: Buffer.alloc(43, 'k') }
  const protocol = protocolOf(backend, config.fields, () => Buffer.alloc(0), stamp.secret)
  const messages: (readonly [string, string])[] = []
  for (const item of shipped.items.filter((one) => shipped.citiesOffering(one).includes(CITY))) {
    const body = shipped.sample(item, CITY)
    for (const planned of shipped.route(item, body, body.collectingCity ?? null)) {
      const leg = item.legs.find(({ key }) => key === planned.leg)
      if (planned.city !== CITY || leg === undefined) continue
      const message = { item, leg, reference: `20261122-7Q2M9X4KTB0C.${leg.key}`, takenAt: stamp.now, body }
      const submission = { ...message, relatedCaseNo: null }
      const request =
        item.interaction === 'query' ? protocol.query(submission, stamp) : protocol.deliver(submission, stamp)
      messages.push([`${item.code}-${leg.key}`, String(request.body)])
      const correction = protocol.correct?.({ ...message, backendCaseNo: null, correctionNo: 1 }, stamp)
      messages.push([`${item.code}-${leg.key}-corrected`, String(correction?.body)])
    }
  }
  t.ok(messages.length > 180, `${messages.length} messages`)
  t.strictSame(await mistakes(messages), [])
})

t.test('the schema finds what the document forbids', async (t) => {
  const spoiled = [
    ['application-taken', '<biaodan>', '<biaodan><weizhi>1</weizhi>'],
    ['application-taken', '20260630', '2026-06-30'],
    ['application-taken', /<biaodan>.*<\/biaodan>/s, ''],
    ['application-taken', /(?<=<xingming>)[^<]+/, ''],
    ['application-refused', /(?<=<jine>)[0-9]+/, '288.00'],
    ['application-refused', '<danweimingcheng>', '<xingming>陈强</xingming><danweimingcheng>'],
    ['correction', /<buzhengxuhao>.*<\/buzhengxuhao>/, ''],
    ['withdrawal', '<shoujianshijian>', '<guanlianbianhao>A</guanlianbianhao><shoujianshijian>'],
    ['file', '<wenjianleixing>1', '<wenjianleixing>4'],
    ['file', 'JVBERi0', 'JVBERi0*'],
    ['health', '<shuju>', '<shuju><xitongzhuangtai>1</xitongzhuangtai>'],
  ] as const
  for (const [name, from, to] of spoiled) {
    const good = goldenOf(`fuxin/${name}.yaml`)
    const body = good.replace(from, to)
    t.not(body, good)
    t.not((await mistakes([['spoiled', body]])).length, 0, `${name}: ${from} → ${to}`)
  }
})

t.test('the schema’s dictionary is the document’s', async (t) => {
  const rows = readFileSync(join(WIRE, 'fuxin-dictionary.tsv'), 'utf8').trimEnd().split('\n').slice(1)
  const elements = readFileSync(join(WIRE, 'fuxin-dictionary.xsd'), 'utf8').matchAll(
    /<xs:element name="(\w+)" type="(\w+)" substitutionGroup="field"\/>/g,
  )
  t.ok(rows.length > 1000)
  const inDocument = rows.map((row) => row.split('\t')).map(([, tag, kind]) => `${tag} ${kind}`)
  t.strictSame([...elements].map(([, tag, kind]) => `${tag} ${kind}`).toSorted(), inDocument.toSorted())
})
