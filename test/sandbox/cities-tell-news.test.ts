// What Shenyang and Shenfu call with when something happens to a case, and what Fushun tells who asks, as docs/wire/ says.

import { createHash, createHmac } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { CASE_STATUSES, type Step } from '../../src/sandbox/life.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { readXml, type XmlElement } from '../../src/sandbox/protocols/xml.ts'
import { call as callFushun, pack, textOf } from './fushun-calls.ts'
import { type Heard, type Listener, openListener, type Reply } from './news-listener.ts'
import { keyOf, message } from './shenfu-calls.ts'
import { call as callShenfu, credentialsIn } from './shenfu-tls-calls.ts'
import { application, call as callShenyang, fetchSecret } from './shenyang-calls.ts'
import { newCaseNo } from './submissions.ts'
import { fushunRecord } from './whole-submissions.ts'
import { ITEMS, sampleFor } from './catalogue-samples.ts'

const dataDir = t.testdir()
const folder = join(dataDir, 'sandbox')
mkdirSync(folder)
let replies: (heard: Heard) => Reply = () => ({ status: 204 })
const listener: Listener = await openListener(dataDir, (heard) => replies(heard))
t.teardown(() => listener[Symbol.asyncDispose]())

const open = (key: string, protocol: string = key) =>
  openCity({ place: { ...PLACES.find(({ city }) => city === key)!, protocol }, folder })

const points = [
  { code: 'retiredOn', message: '日期有误' },
  { code: null, message: '缺少盖章页' },
]
const results = [{ code: 'permit', name: '许可证', number: '2026-1' }]
const step = (status: Step['status'], changes: Partial<Step> = {}): Step => ({
  status,
  remark: null,
  points: [],
  results: [],
  ...changes,
})
const FULL = { remark: '备注', points, results }

const beijing = (at: string): string =>
  new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')

t.test('Shenyang signs each event with its app key, and sends it until 0000 comes back', async (t) => {
  const taken = { status: 200, body: '{"code":"0000","msg":"成功","data":null}' }
  replies = () => taken
  await using city = await open('shenyang')
  const appKey = keyOf(folder, 'shenyang')
  const filed = application(newCaseNo())
  const { data } = await callShenyang(city.address, 'apply', await fetchSecret(city.address, appKey), filed)
  const told = async (heard: Heard) => {
    const { gjgxjhpt_rid: rid, gjgxjhpt_sid: sid, gjgxjhpt_rtime: rtime, gjgxjhpt_sign: sign } = heard.headers
    t.same([heard.path, rid, sid], ['/v1/cities/shenyang/events', 'SY-210100', 'SY-NOTIFY-0001'])
    t.ok(Math.abs(Number(rtime) - Date.now()) < 300_000)
    const digest = createHash('sha256').update(heard.body).digest('hex')
    const toSign = `SY-NOTIFY-0001\nSY-210100\n${String(rtime)}\n${digest}`
    t.equal(sign, createHmac('sha256', appKey).update(toSign).digest('base64'))
    return JSON.parse(heard.body) as Readonly<Record<string, unknown>>
  }
  const codes = ['1', '2', '3', '9', '4', '5', '6', '7', '8', '10', '11', '12']
  for (const [place, status] of CASE_STATUSES.entries()) {
    const event = await city.advance(filed.project_no, step(status))
    t.strictSame(await told(await listener.next()), {
      event_id: event!.id,
      project_no: filed.project_no,
      accept_no: data!['accept_no'],
      event_seq: place + 1,
      event_time: beijing(event!.at),
      status: codes[place],
    })
  }
  const full = async (status: Step['status']) => {
    await city.advance(filed.project_no, step(status, FULL))
    return told(await listener.next())
  }
  const correctList = [{ correct_code: 'retiredOn', correct_desc: '日期有误' }, { correct_desc: '缺少盖章页' }]
  t.match(await full('correction'), { remark: '备注', correct_list: correctList, result_list: undefined })
  const resultList = [{ cert_code: 'permit', cert_name: '许可证', cert_no: '2026-1' }]
  t.match(await full('approved'), { correct_list: undefined, result_list: resultList })
  t.match(await full('delivered'), { correct_list: undefined, result_list: undefined })

  replies = () => ({ status: 200, body: '{"code":"4010","msg":"签名错误","data":null}' })
  await city.advance(filed.project_no, step('reviewing'))
  const first = await listener.next()
  replies = () => taken
  const second = await listener.next()
  t.equal(second.body, first.body)
  t.not(second.headers['gjgxjhpt_rtime'], first.headers['gjgxjhpt_rtime'])
})

t.test('Shenfu’s events are CloudEvents that Standard Webhooks verify, sent until an empty 204', async (t) => {
  replies = () => ({ status: 204 })
  await using city = await open('shenfu')
  const webhook = new Webhook(readFileSync(join(folder, 'secrets/shenfu'), 'utf8').split('\n')[0]!)
  const filed = message({ division: '211500' }, newCaseNo())
  const taken = await callShenfu(city.address, '/v1/applications', credentialsIn(join(folder, 'tls')), filed)
  const told = (heard: Heard) => {
    t.equal(heard.path, '/v1/cities/shenfu/events')
    t.equal(heard.headers['content-type'], 'application/cloudevents+json')
    const event = webhook.verify(heard.body, heard.headers as Record<string, string>) as { readonly id: string }
    t.equal(heard.headers['webhook-id'], event.id)
    return event
  }
  for (const [place, status] of CASE_STATUSES.entries()) {
    const event = await city.advance(filed.reference, step(status))
    t.strictSame(told(await listener.next()), {
      specversion: '1.0',
      id: event!.id,
      source: '/shenfu/applications',
      type: 'cn.shenfu.case.status.v1',
      subject: filed.reference,
      time: event!.at,
      datacontenttype: 'application/json',
      data: { caseNo: taken.body['caseNo'], sequence: place + 1, status },
    })
  }
  const full = async (status: Step['status']) => {
    await city.advance(filed.reference, step(status, FULL))
    return told(await listener.next())
  }
  const correction = [{ code: 'retiredOn', message: '日期有误' }, { message: '缺少盖章页' }]
  t.match(await full('correction'), { data: { remark: '备注', points: correction, results: undefined } })
  t.match(await full('completed'), { data: { points: undefined, results } })

  const failures: readonly Reply[] = [{ status: 200, body: '{}' }, { status: 202 }, { status: 302 }, { status: 503 }]
  const bodies: string[] = []
  for (const reply of failures) {
    replies = () => reply
    await city.advance(filed.reference, step('reviewing'))
    bodies.push((await listener.next()).body)
  }
  replies = () => ({ status: 204 })
  const again: string[] = []
  for (const _ of failures) {
    const heard = await listener.next()
    told(heard)
    again.push(heard.body)
  }
  t.strictSame(again.sort(), bodies.sort())

  await city.setFault({ fault: 'wrong-signature', rate: 1 })
  await city.advance(filed.reference, step('approved'))
  const wrong = await listener.next()
  t.throws(() => webhook.verify(wrong.body, wrong.headers as Record<string, string>))
})

t.test('Fushun tells its news page by page, by a cursor that stays good', async (t) => {
  await using city = await open('fushun')
  const licence = keyOf(folder, 'fushun')
  const ask = async (record: string) => {
    const { inner } = await callFushun(city.address, licence, pack('0104', 'news', record))
    const code = textOf(inner, 'CODE')!
    if (code !== '0') return { code, said: textOf(inner, 'MESSAGE'), rows: [], next: '', more: '' }
    const data = readXml(inner).children.find(({ name }) => name === 'DATA')!.children[0]!
    const list = data.children.find(({ name }) => name === 'XXLB')!
    return { code, said: '', rows: list.children, next: textOf(inner, 'XYBZ')!, more: textOf(inner, 'HYGD')! }
  }
  const page = (limit: number, cursor?: string) =>
    ask(`<RECORD>${cursor === undefined ? '' : `<YBZ>${cursor}</YBZ>`}<ZDTS>${limit}</ZDTS></RECORD>`)
  const plain = (row: XmlElement) => Object.fromEntries(row.children.map(({ name, text }) => [name, text]))

  const beginning = await page(50)
  t.match(beginning, { code: '0', rows: [], more: '0', next: /^[A-Za-z0-9_-]{1,64}$/ })
  const caseNo = newCaseNo()
  const reference = `${caseNo}.decide`
  const item = ITEMS.find(({ code }) => code === 'hf-retirement-withdrawal')!
  const record = fushunRecord({ item: item.code, leg: 'decide' }, sampleFor(item, 'fushun'))
  const { inner } = await callFushun(city.address, licence, pack('0102', reference, record))
  const expected: object[] = []
  const codes = ['10', '20', '30', '90', '40', '41', '50', '51', '60', '61', '70', '91']
  for (const [place, status] of CASE_STATUSES.entries()) {
    const event = await city.advance(reference, step(status))
    expected.push({
      XXBH: event!.id,
      YWXTBH: reference,
      BJBH: textOf(inner, 'BJBH'),
      BDXH: String(place + 1),
      BDSJ: beijing(event!.at).replaceAll(/[^0-9]/g, ''),
      BJZT: codes[place],
    })
  }
  const found: object[] = []
  let cursor = beginning.next
  for (const more of ['1', '1', '0']) {
    const { rows, next, ...rest } = await page(5, cursor)
    t.equal(rest.more, more)
    found.push(...rows.map(plain))
    cursor = next
  }
  t.strictSame(found, expected)
  t.match(await page(5, cursor), { rows: [], next: cursor, more: '0' })
  t.equal((await page(100)).rows.length, 12, 'asking removes nothing')

  await city.advance(reference, step('correction', FULL))
  await city.advance(reference, step('approved', FULL))
  const [correction, approval] = (await page(100, cursor)).rows
  const inside = (row: XmlElement, name: string) =>
    row.children.find((child) => child.name === name)?.children.map(plain)
  t.equal(plain(correction!)['BZ'], '备注')
  t.same(inside(correction!, 'BZLB'), [{ BZBM: 'TXRQ', BZNR: '日期有误' }, { BZNR: '缺少盖章页' }])
  t.equal(inside(correction!, 'JGLB'), undefined)
  t.same(inside(approval!, 'JGLB'), [{ JGBM: 'permit', JGMC: '许可证', JGWH: '2026-1' }])
  t.equal(inside(approval!, 'BZLB'), undefined)

  const refused: readonly (readonly [string, string])[] = [
    ['', '-904'],
    ['<RECORD/>', '-904'],
    ['<RECORD><ZDTS>0</ZDTS></RECORD>', '-904'],
    ['<RECORD><ZDTS>101</ZDTS></RECORD>', '-904'],
    ['<RECORD><ZDTS>05</ZDTS></RECORD>', '-904'],
    ['<RECORD><ZDTS>5</ZDTS><ZDTS>5</ZDTS></RECORD>', '-904'],
    ['<RECORD><ZDTS>5</ZDTS><WZZD>1</WZZD></RECORD>', '-904'],
    ['<RECORD><YBZ></YBZ><ZDTS>5</ZDTS></RECORD>', '-908'],
    ['<RECORD><YBZ>a b</YBZ><ZDTS>5</ZDTS></RECORD>', '-908'],
    ['<RECORD><YBZ>p999</YBZ><ZDTS>5</ZDTS></RECORD>', '-908'],
  ]
  for (const [asked, code] of refused) t.equal((await ask(asked)).code, code, asked)

  const ids = ({ rows }: { readonly rows: readonly XmlElement[] }) => rows.map((row) => plain(row)['XXBH'])
  const inOrder = ids(await page(10))
  await city.setFault({ fault: 'duplicate-news', rate: 1 })
  t.same(
    ids(await page(10)),
    inOrder.slice(0, 5).flatMap((id) => [id, id]),
  )
  await city.setFault({ fault: 'shuffled-news', rate: 1 })
  t.same(ids(await page(10)), inOrder.toReversed())
  await city.setFault({ fault: 'clock-skew', rate: 1 })
  t.match(await page(5), { code: '0' }, 'ten minutes are just within Fushun’s tolerance')
})
