// The scripts that prove golden files sign as the worked examples of the wire documents do; a file with a mistake is told by name.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readGolden } from './support/golden.ts'
import { objection, signedLines } from './support/proof.ts'

const KEY = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'

t.test('each script makes the signature of its document’s worked example', async (t) => {
  const anshan = {
    call: 'news-request',
    key: KEY,
    method: 'GET',
    path: '/kytb/v1/news?cursor=MTc5NTM0MTYwMDAwMC8z%2BQ%3D%3D&limit=50',
    headers: { 'x-as-app-id': 'KYTB-GATEWAY', date: 'Sun, 22 Nov 2026 10:00:00 GMT' },
    body: Buffer.alloc(0),
  }
  t.strictSame(signedLines('anshan', anshan), ['x-as-signature: J0E71Il7iFRf+eXdI9WuLsb89+GBluYsE6X0xV9Dv7k='])

  const shenyang = {
    call: 'secret',
    key: KEY,
    method: 'POST',
    path: '/gjgxjhpt/secret',
    headers: { gjgxjhpt_sid: 'SY-AUTH-0001', gjgxjhpt_rid: 'KYTB-GATEWAY', gjgxjhpt_rtime: '1795341600000' },
    body: Buffer.from('{}'),
  }
  t.strictSame(signedLines('shenyang', shenyang), ['gjgxjhpt_sign: sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE='])

  const benxi = {
    call: 'enquire',
    key: KEY,
    method: 'POST',
    path: '/bxkytb/rest/enquire',
    headers: { 'x-bx-nonce': '5f0c2a9e7b3d4186a1c0e9f2b4d6a8c3', 'x-bx-timestamp': '1795341600000' },
    body: Buffer.from('{"token":"BX-KYTB-210100-01","params":{"REF_NO":"20261122-7Q2M9X4KTB0C.decide"}}'),
  }
  t.strictSame(signedLines('benxi', benxi), [
    'x-bx-sign: 1b5fb82d70786a928f298fa0847ab960bf4307f083449c6e2bca1a114fca2774',
  ])
  const changed = { ...benxi, body: Buffer.from(String(benxi.body).replace('7Q2M', '7Q3M')) }
  t.notSame(signedLines('benxi', changed), signedLines('benxi', benxi))

  const liaoyang = {
    call: 'enquire',
    key: `0123456789abcdeffedcba9876543210
3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8
04d5548c7825cbb56150a3506cd57464af8a1ae0519dfaf3c58221dc810caf28dd921073768fe3d59ce54e79a49445cf73fed23086537027264d168946d479533e
`,
    method: 'POST',
    path: '/kytb/api/enquire',
    headers: {},
    body: Buffer.from(
      '{"appId":"kytb-gateway","version":"1.0","timestamp":1795341600000,"nonce":"5f0c8a1e9b7d42368c1f0a6e3d2b4c59",' +
        '"encType":"SM4","signType":"SM2","encData":"AAECAwQFBgcICQoLDA0OD5ejHdPA/YckojY6qq2W9Vke7qkFJZooXS5UWEr/hPpbL8gxZsC36X+AREHF2AxuhQ==",' +
        '"signData":"mY8uS7WqCJv/iS6iroAF23XDjIpSPDPWahzPPTFRKQygrJkwvtoqE97xhZIoP4X5OQO7Cny1kCKrB778Jbv6bQ=="}',
    ),
  }
  t.equal(objection('liaoyang', liaoyang), '')
  t.not(objection('liaoyang', { ...liaoyang, call: 'query' }), '')
  t.not(objection('liaoyang', { ...liaoyang, body: Buffer.from(String(liaoyang.body).replace('AAEC', 'AAED')) }), '')

  const fushun = { ...shenyang, body: Buffer.from(`<kytb:process><sqzcm>${KEY}</sqzcm><information>`) }
  t.equal(objection('fushun', fushun), '')
  t.not(objection('fushun', { ...fushun, key: 'another' }), '')
})

t.test('a golden file whose members are not as the schema wants them is named, with the member', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'golden-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'wrong.yaml')
  const head = 'title: a health call, and more\nat: 2026-11-22T18:00:00+08:00\nkey: k\n'
  const request = 'request: { method: GET, path: /, headers: {} }\n'
  const wrong = [
    [`${head}${request}call: heal\nanswers: []\n`, '/call'],
    [`${head}${request}call: health\n`, 'answers'],
    [`${head}${request}call: deliver\nanswers: []\n`, 'submission'],
    [`${head}${request}call: news-event\n`, 'reply'],
    [`${head}call: health\nanswers: []\n`, 'request'],
  ] as const
  for (const [text, member] of wrong) {
    writeFileSync(file, text)
    t.throws(() => readGolden(file), { message: new RegExp(`wrong\\.yaml: .*${member}`) }, member)
  }
})
