// The secret file of Liaoyang's keys: what is wrong with it is said at the start, in both languages, and nothing that stands in it.

import t from 'tap'
import { secretIn } from '../../src/cities/secret-file.ts'
import { openCities } from '../../src/cities/table.ts'
import { systemClock, systemIds } from '../../src/system.ts'
import { cityConfig } from './support/city.ts'
import { city, ours, SECRET } from './support/liaoyang.ts'

t.teardown(() => [ours, city].forEach((key) => key[Symbol.dispose]()))

const config = cityConfig(
  'liaoyang',
  {},
  { protocol: 'liaoyang', protocolOptions: { appId: 'kytb-gateway', areas: {} } },
)
const [backend] = config.backends
const [sm4 = '', privateKey = '', publicKey = ''] = SECRET.toString().split('\n')

t.test('a good file is taken whole, and of other protocols the first line', async (t) => {
  t.equal(secretIn(backend, SECRET), SECRET)
  t.same(secretIn({ protocol: 'benxi', secretFile: 'f' }, Buffer.from('key\nmore\n')), Buffer.from('key'))
  t.same(secretIn({ protocol: 'benxi', secretFile: 'f' }, Buffer.from('key')), Buffer.from('key'))
})

const ORDER = 'fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123'
const rows: readonly (readonly [string, readonly string[], string])[] = [
  ['empty', [''], '应当恰有三行'],
  ['two lines', [sm4, privateKey, ''], '应当恰有三行'],
  ['four lines', [sm4, privateKey, publicKey, 'more', ''], '应当恰有三行'],
  ['no LF at the end', [sm4, privateKey, publicKey], '应当恰有三行'],
  ['CR LF', [`${sm4}\r`, `${privateKey}\r`, `${publicKey}\r`, ''], '第 1 行'],
  ['capitals', [sm4.toUpperCase(), privateKey, publicKey, ''], '第 1 行'],
  ['a short private key', [sm4, privateKey.slice(1), publicKey, ''], '第 2 行'],
  ['a private key out of range', [sm4, ORDER, publicKey, ''], '第 2 行不是 SM2 私钥'],
  ['a compressed point', [sm4, privateKey, `02${publicKey.slice(2, 66)}`, ''], '第 3 行'],
  [
    'no point of the curve',
    [sm4, privateKey, `${publicKey.slice(0, -1)}${publicKey.endsWith('0') ? '1' : '0'}`, ''],
    '曲线上的点',
  ],
]

for (const [name, lines, zh] of rows) {
  t.test(`${name}: refused at the start`, async (t) => {
    const opening = openCities({
      cities: [config],
      fields: { kinds: new Map(), dictionaries: new Map() },
      addressOf: () => 'http://127.0.0.1:9',
      secretOf: () => Buffer.from(lines.join('\n')),
      clock: systemClock,
      bytes: systemIds.bytes,
      observe: () => undefined,
      onState: () => undefined,
    })
    const error: unknown = await opening.then(
      () => null,
      (thrown: unknown) => thrown,
    )
    t.match(error, {
      name: 'SecretProblem',
      sentence: { zh: /^密钥文件 secrets\/liaoyang：/, en: /^The key file secrets\/liaoyang: / },
    })
    t.match(error, { sentence: { zh: new RegExp(zh) } })
    for (const line of lines.filter((one) => one.length > 20)) t.notOk(String(error).includes(line.slice(0, 20)))
  })
}
