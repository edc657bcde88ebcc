// Whatever bytes come, each protocol says what it makes of them, or why not, by a Fault.

import * as fc from 'fast-check'
import t from 'tap'
import { fromCompactBeijingTime } from '../../src/cities/beijing-time.ts'
import type { Protocol } from '../../src/cities/protocol.ts'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { Fault, type FaultCode } from '../../src/domain/fault.ts'
import { correction, file, message, REFERENCE, withdrawal } from './support/city.ts'
import { answerTo, city, liaoyang, ours, seal, stamp as liaoyangStamp } from './support/liaoyang.ts'
import {
  fushun,
  fushunAnswer,
  fuxin,
  fuxinAnswer,
  jsonAnswer,
  readingOf,
  shenfu,
  shenyang,
  soapFault,
  stamp,
  tieling,
} from './support/protocols.ts'

t.teardown(() => [ours, city].forEach((key) => key[Symbol.dispose]()))

t.test('points in time of Beijing read back, and days that do not exist do not', (t) => {
  t.equal(fromCompactBeijingTime('20261122180000'), '2026-11-22T18:00:00+08:00')
  t.equal(fromCompactBeijingTime('20260230000000'), null)
  t.equal(fromCompactBeijingTime('2026112218000'), null)
  t.end()
})

const enquired = liaoyang.enquire(message, liaoyangStamp)
const sealed = (service: string, plain: unknown): WireAnswer =>
  answerTo(enquired, seal(service, plain, { nonce: enquired.nonce ?? '' }))

const protocols: readonly (readonly [string, Protocol, readonly WireAnswer[]])[] = [
  [
    'shenfu',
    shenfu,
    [
      jsonAnswer(201, { caseNo: '211500-2026-000123', status: 'received' }),
      jsonAnswer(200, { found: true, result: {} }),
      jsonAnswer(422, { reasons: [{ code: 'A', message: 'b' }] }),
      jsonAnswer(404, { error: { code: 'REFERENCE_UNKNOWN', message: '' } }),
    ],
  ],
  [
    'shenyang',
    shenyang,
    [
      jsonAnswer(200, {
        code: '0000',
        data: { project_no: REFERENCE, accept_no: '1', status: '1', exist: '1', result: {} },
      }),
      jsonAnswer(200, { code: '3001', data: { reasons: [{ reason_code: 'B01', reason_desc: '' }] } }),
      jsonAnswer(200, { code: '0000', data: { secret: 'AAAA', iv: 'AAAA', secretEndTime: 1 } }),
    ],
  ],
  [
    'liaoyang',
    liaoyang,
    [
      sealed('apply', { code: 0, data: { bizNo: REFERENCE, acceptNo: '1', status: 'A1' } }),
      sealed('query', { code: 0, data: { found: 'Y', result: {} } }),
      sealed('enquire', { code: 40401 }),
      jsonAnswer(200, { code: 40100, message: '应用未登记' }),
    ],
  ],
  [
    'tieling',
    tieling,
    [
      jsonAnswer(202, { reference: REFERENCE, ticket: 'TLP-00000000000001A7', state: 'queued' }),
      jsonAnswer(200, {
        reference: REFERENCE,
        ticket: 'TLP-00000000000001A7',
        state: 'taken',
        case_no: '211200-2026-000123',
        status: 'registered',
      }),
      jsonAnswer(200, { found: true, result: { full_name: 'a', employers: 'a;b\\;c' } }),
      jsonAnswer(200, { access_token: 'a', token_type: 'Bearer', expires_in: 300 }),
      jsonAnswer(422, { reference: REFERENCE, state: 'refused', reasons: [{ code: 'wrong_area', message: '' }] }),
      jsonAnswer(200, {
        events: [
          {
            event_id: 'tl-1',
            reference: REFERENCE,
            ticket: 'TLP-00000000000001A7',
            occurred_at: '2026-11-23T09:15:02.118+08:00',
            status: 'supplement',
            points: [{ field: 'acct_no', message: 'a' }],
          },
        ],
        next_cursor: 'b3',
        has_more: true,
      }),
    ],
  ],
  [
    'fushun',
    fushun,
    [
      fushunAnswer(
        '0102',
        REFERENCE,
        '0',
        `<RECORD><YWXTBH>${REFERENCE}</YWXTBH><BJBH>1</BJBH><BJZT>10</BJZT></RECORD>`,
      ),
      fushunAnswer('0101', REFERENCE, '0', '<RECORD><JG><HM>a</HM><ZXBM><ROW>1</ROW></ZXBM></JG></RECORD>'),
      fushunAnswer('0102', REFERENCE, '-910', '<RECORD><YYDM>02</YYDM><YYSM>x</YYSM></RECORD>'),
      soapFault('Client'),
    ],
  ],
  [
    'fuxin',
    fuxin,
    [
      fuxinAnswer(
        '00000',
        `<yewubianhao>${REFERENCE}</yewubianhao><banjianhao>1</banjianhao><banjianzhuangtai>01</banjianzhuangtai>`,
      ),
      fuxinAnswer('00000', '<jieguo><jine>7</jine><neirong><row>a</row></neirong></jieguo>'),
      fuxinAnswer('30001', '<liyou><row><liyoubianma>A</liyoubianma><liyoushuoming>x</liyoushuoming></row></liyou>'),
      fuxinAnswer('00000', '<dongtai><row></row></dongtai><xiayoubiao>a</xiayoubiao><haiyou>否</haiyou>'),
    ],
  ],
]

const OF_A_CITY: ReadonlySet<FaultCode> = new Set(['CITY_GARBLED', 'CITY_ERROR', 'CITY_ANSWER_UNSIGNED'])

for (const [name, protocol, samples] of protocols) {
  t.test(`${name}: whatever comes back, reading it gives an answer or a Fault of the city`, (t) => {
    const readers = [
      (answer: WireAnswer) => protocol.readDeliver(message, answer),
      (answer: WireAnswer) => protocol.readQuery(message, answer),
      (answer: WireAnswer) => protocol.readEnquiry(message, answer),
      (answer: WireAnswer) => protocol.readHealth(answer),
      (answer: WireAnswer) => protocol.secret?.read(answer, stamp) ?? protocol.readHealth(answer),
      (answer: WireAnswer) =>
        protocol.news?.kind === 'poll' ? protocol.news.read(answer) : protocol.readHealth(answer),
      (answer: WireAnswer) => protocol.readCorrection?.(correction, answer) ?? protocol.readHealth(answer),
      (answer: WireAnswer) => protocol.readWithdrawal?.(withdrawal, answer) ?? protocol.readHealth(answer),
      (answer: WireAnswer) => protocol.readHandOver?.(file, answer) ?? protocol.readHealth(answer),
    ]
    const holds = (answer: WireAnswer): boolean =>
      readers.every((read) => {
        try {
          const { kind } = read(answer)
          return kind === 'answer' || kind === 'not-done'
        } catch (error) {
          return error instanceof Fault && OF_A_CITY.has(error.code)
        }
      })
    const header = fc.constantFrom(
      undefined,
      'text/html',
      'application/json',
      'application/json;charset=utf-8',
      'text/xml; charset=GB18030',
      'text/xml',
      'application/xml;charset=UTF-8',
      'application/json; charset="',
    )
    const anything = fc.record({
      status: fc.constantFrom(200, 201, 204, 302, 400, 401, 404, 409, 422, 429, 500, 503),
      headers: fc.record({ 'content-type': header }),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
        fc.json().map((text) => Buffer.from(text)),
        fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(`<a>${text}</a>`)),
        fc.string({ unit: 'binary', maxLength: 100 }).map((text) => fuxinAnswer('00000', text).bytes),
      ),
    })
    // A true answer with some bytes overwritten gets deeper than noise does.
    const spoiled = fc
      .record({
        sample: fc.constantFrom(...samples),
        at: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
        cutTo: fc.option(fc.nat(), { nil: undefined, freq: 4 }),
      })
      .map(({ sample, at, cutTo }): WireAnswer => {
        const bytes = Buffer.from(sample.bytes)
        for (const [place, byte] of at) bytes[place % bytes.length] = byte
        return { ...sample, bytes: cutTo === undefined ? bytes : bytes.subarray(0, cutTo % bytes.length) }
      })
    t.doesNotThrow(() => fc.assert(fc.property(anything, holds), { numRuns: 2000 }))
    t.doesNotThrow(() => fc.assert(fc.property(spoiled, holds), { numRuns: 2000 }))
    t.ok(samples.some((sample) => readers.some((read) => readingOf(() => read(sample)) instanceof Object)))
    t.end()
  })
}
