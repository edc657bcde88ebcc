// Checks sandbox cities from the command line as an integrator would: well, sick, and where nothing may be called.

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { configOptions, loadConfig } from '../../src/config.ts'
import { openTestAddress } from '../../src/city-addresses.ts'
import { openConfig } from '../../src/config/kept.ts'
import { ConfigProblems } from '../../src/config/problems.ts'
import { readCertificates } from '../../src/cities/certificates.ts'
import { checkTls } from '../../src/cli/check-city/connection.ts'
import { mask, maskHeader } from '../../src/cli/check-city/mask.ts'
import { readSandboxFile, setFault, startOrAdoptSandbox } from '../../src/sandbox/control.ts'
import { received } from '../../src/sandbox/received.ts'
import { openCity } from '../../src/sandbox/city.ts'
import { systemClock } from '../../src/system.ts'
import { root } from '../project/source.ts'

const folder = mkdtempSync(join(tmpdir(), 'check-city-'))
const dataDir = join(folder, 'data')
const configDir = join(folder, 'config')
cpSync(join(root, 'config'), configDir, { recursive: true })
const env = { GATEWAY_DATA_DIR: dataDir, GATEWAY_CONFIG_DIR: configDir }

const sandbox = await startOrAdoptSandbox({ dataDir, cities: ['shenyang', 'fushun'], ownerPid: process.pid })

// The live system of each city: whoever calls it is counted.
let liveCalls = 0
const live = createServer((socket) => {
  liveCalls += 1
  socket.destroy()
})
await new Promise<void>((resolve) => {
  live.listen(0, '127.0.0.1', resolve)
})
const liveAddress = `http://127.0.0.1:${(live.address() as AddressInfo).port}`
for (const city of ['shenyang', 'fushun', 'anshan']) {
  change(city, / address: sandbox\n/, ` address: ${liveAddress}\n    secondAddress: ${liveAddress}\n`)
}
// As after a gateway's start: the commands below find it checked.
await openConfig({ ...configOptions(env), clock: systemClock, remark: () => undefined })
t.teardown(async () => {
  live.close()
  await sandbox.stop()
  rmSync(folder, { recursive: true })
})

function change(city: string, from: RegExp, to: string): void {
  const file = join(configDir, 'cities', `${city}.yaml`)
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}

function checkCity(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const { NODE_OPTIONS: _, ...inherited } = process.env
  const command = [join(root, 'src/cli.js'), 'check-city', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { env: { ...inherited, ...env } }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

interface Finding {
  readonly key: string
  readonly outcome: string
  readonly found: { readonly zh: string; readonly en: string }
  readonly mend: { readonly zh: string; readonly en: string } | null
  readonly shown: { readonly sent: string; readonly received: string | null } | null
  readonly list?: readonly string[]
}

const findingsIn = (stdout: string): ReadonlyMap<string, Finding> =>
  new Map((JSON.parse(stdout) as { findings: Finding[] }).findings.map((one) => [one.key, one]))

t.test('cities that keep to their documents pass every check', async (t) => {
  const page = join(folder, 'shenyang.html')
  const [shenyang, fushun] = await Promise.all([
    checkCity('shenyang', '--json', '--html', page),
    checkCity('fushun', '--json'),
  ])
  for (const { status, stdout, stderr } of [shenyang, fushun]) {
    t.equal(status, 0, stdout + stderr)
    const findings = findingsIn(stdout)
    t.strictSame(
      [...findings.values()].filter(({ outcome }) => outcome === 'failed'),
      [],
    )
    t.equal(findings.size, 17)
    for (const key of ['files', 'corrections', 'withdrawals']) t.match(findings.get(key), { outcome: 'passed' }, key)
    t.match(findings.get('items')?.found.zh, /^10\d 个事项全部读懂（taken 9\d, found 13）/)
    t.match(findings.get('clock')?.found.en, /tolerates (?:290|590) s at least/)
  }
  t.match(findingsIn(shenyang.stdout).get('news')?.found.zh, '/v1/cities/shenyang/events')
  t.match(findingsIn(fushun.stdout).get('news'), { outcome: 'passed' })
  t.match(findingsIn(shenyang.stdout).get('ledger'), { outcome: 'passed', found: { en: /all that were just taken/ } })
  t.match(findingsIn(fushun.stdout).get('ledger'), { outcome: 'not-applicable' })

  const html = readFileSync(page, 'utf8')
  t.match(html, /^<!doctype html>\n<html lang="zh-CN">/)
  t.notMatch(html, /<script|<link|src=|href=/, 'it needs no other file')
  t.match(html, '沈阳市接口核对报告')

  const key = readFileSync(join(dataDir, 'sandbox/secrets/fushun'), 'utf8').trim()
  for (const text of [shenyang.stdout, fushun.stdout, html]) {
    t.notMatch(text, '210102199003070011', 'no identity number')
    t.notMatch(text, '张伟', 'no name')
    t.notOk(text.includes(key), 'no key')
  }
  const references = received(dataDir, 'fushun').map(({ reference }) => reference)
  t.equal(new Set(references).size, references.length, 'what came twice took effect once')
})

t.test('what a sick city does wrong is named, with what went over the wire and how to mend it', async (t) => {
  await setFault(dataDir, 'fushun', 'error-500', 1)
  const broken = await checkCity('fushun')
  t.equal(broken.status, 1)
  t.match(broken.stdout, /签名被接受[^\n]*未通过 failed/)
  t.match(broken.stdout, '怎样修 how to mend: 对方系统内部出错')
  t.match(broken.stdout, 'HTTP 500')
  t.match(broken.stdout, /未检查 not tried[^\n]*健康检查未通过/, 'a city that does not know us gets no samples')

  await setFault(dataDir, 'fushun', 'lie', 1)
  const lying = await checkCity('fushun', '--json')
  t.equal(lying.status, 1)
  const findings = findingsIn(lying.stdout)
  t.match(findings.get('duplicate'), { outcome: 'failed', found: { zh: /办件/ }, mend: { en: /tell repetitions/ } })
  t.match(findings.get('enquiry'), { outcome: 'failed', shown: { sent: /^POST /, received: /^HTTP 200/ } })

  await setFault(dataDir, 'fushun', 'refuse-connect', 1)
  const gone = findingsIn((await checkCity('fushun', '--json')).stdout)
  t.match(gone.get('reachable'), { outcome: 'failed', found: { en: /ECONNREFUSED/ } })
  t.match(gone.get('items'), { outcome: 'not-tried' })
  await setFault(dataDir, 'fushun', 'off', 1)

  await setFault(dataDir, 'shenyang', 'clock-skew', 1)
  const skewed = findingsIn((await checkCity('shenyang', '--json')).stdout)
  t.match(skewed.get('signature'), { outcome: 'failed', mend: { zh: /时钟/ } })
  await setFault(dataDir, 'shenyang', 'off', 1)
})

t.test('a wrong mapping is named by item', async (t) => {
  const file = join(configDir, 'cities/fushun.yaml')
  const before = readFileSync(file, 'utf8')
  t.teardown(() => writeFileSync(file, before))
  writeFileSync(file, before.replace(/date: YYYYMMDD/, 'date: YYYY-MM-DD'))
  t.not(readFileSync(file, 'utf8'), before)
  const wrong = await checkCity('fushun', '--json')
  t.equal(wrong.status, 1)
  const items = findingsIn(wrong.stdout).get('items')
  t.equal(items?.outcome, 'failed')
  t.ok(items?.list?.every((line) => /^[a-z]{2}-[a-z0-9-]+: /.test(line)))
  t.match(items?.mend?.en, 'mapping')
})

t.test('without a test system nothing is called, and the live one never', async (t) => {
  change('anshan', /    testAddress: sandbox\n/, '')
  const none = await checkCity('anshan')
  t.equal(none.status, 2)
  t.match(none.stderr, '没有配置 testAddress')
  t.equal(none.stdout, '')
  t.equal((await checkCity('nowhere')).status, 2)
  t.equal((await checkCity('fushun', '--backend', 'other')).status, 2)
  t.equal(liveCalls, 0)

  change('fushun', /testAddress: sandbox/, `testAddress: ${liveAddress}`)
  t.throws(() => loadConfig(configOptions(env)), ConfigProblems, 'a test system that is the live one')
  change('fushun', /testAddress: http.*/, 'testAddress: sandbox')
})

t.test('a sandbox of its own is started where none runs, and ended again', async (t) => {
  const alone = join(folder, 'alone')
  const [backend] = loadConfig(configOptions(env)).cities.find(({ key }) => key === 'fushun')?.backends ?? []
  if (backend === undefined) return t.fail('no backend')
  const used = await openTestAddress(dataDir, 'fushun', backend)
  t.equal(used.origin, sandbox.addresses.get('fushun'))
  await used[Symbol.asyncDispose]()
  t.equal(readSandboxFile(dataDir)?.pid, sandbox.pid, 'one that runs is left alone')

  const started = await openTestAddress(alone, 'fushun', backend)
  t.match(started.origin, /^http:\/\/127\.0\.0\.1:\d+$/)
  await started[Symbol.asyncDispose]()
  t.equal(readSandboxFile(alone), null)
  await t.rejects(openTestAddress(dataDir, 'anshan', backend), 'one that runs without this city is not ended')
})

t.test('a certificate is held to its chain, its names and its end', async (t) => {
  const own = join(folder, 'tls')
  const place = {
    city: 'shenfu',
    name: '沈抚示范区',
    areaCode: '211500',
    protocol: 'shenfu',
    isAsynchronous: false,
  }
  await using city = await openCity({ place, folder: own })
  const [backend] = loadConfig(configOptions(env)).cities.find(({ key }) => key === 'shenfu')?.backends ?? []
  if (backend === undefined) return t.fail('no backend')
  const file = (name: string): Buffer => readFileSync(join(own, 'tls', name))
  const certificates = await readCertificates({ ca: 'ca.pem', cert: 'client.pem', key: 'client.key' }, file)
  const subject = { origin: city.address, backend, certificates }

  const good = await checkTls(subject)
  t.match(good, { outcome: 'passed', found: { en: /18\d\d days left/ } })
  t.match(good.list?.join('\n'), /TLSv1\.3[^]*127\.0\.0\.1[^]*ours was shown/)
  t.match(await checkTls({ ...subject, certificates: null }), { outcome: 'failed', found: { en: /does not check/ } })
  const named = { ...subject, origin: city.address.replace('127.0.0.1', '[::ffff:127.0.0.1]') }
  t.match(await checkTls(named), { outcome: 'failed', found: { en: /ERR_TLS_CERT_ALTNAME_INVALID/ } })
  const old = { ...certificates, endsAt: Date.now() + 29 * 86_400_000 }
  t.match(await checkTls({ ...subject, certificates: old }), { outcome: 'failed', found: { en: /^Our own/ } })
  t.match(await checkTls({ ...subject, origin: 'http://127.0.0.1:1' }), { outcome: 'not-applicable' })
})

t.test('people, keys and tokens are masked; codes, times and references are not', async (t) => {
  const text = [
    '{"name":"王小明","msg":"成功","id":"21010219900307001X","mobile":"13912345678","no":"210100-2026-000123",',
    '"access_token":"abc.def","sent":"20261122183000","place":"和平区示例路12号3单元","code":"1002"}',
  ].join('')
  const shown = mask(text, [], false)
  for (const gone of ['王小明', '21010219900307001X', '13912345678', 'abc.def', '示例路12号'])
    t.notOk(shown.includes(gone), gone)
  for (const kept of ['成功', '210100-2026-000123', '20261122183000', '1002']) t.ok(shown.includes(kept), kept)
  t.notMatch(mask('{"result":{"hm":"某某路","je":"123456"}}', [], true), /某某|123456/)
  t.notMatch(mask('<sqzcm>k1234567</sqzcm>&lt;TOKEN&gt;t1234567&lt;/TOKEN&gt;', [], false), /1234567/)
  t.equal(maskHeader('Authorization', 'Bearer x'), 'B*****')
})
