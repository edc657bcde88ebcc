// The protocol of Shenyang, called as docs/wire/shenyang.md says; signatures are made with node:crypto and with openssl.

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { openCity } from '../../src/sandbox/city.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { answerFault } from './answer-schemas.ts'
import { keyOf } from './shenfu-calls.ts'
import { application, call, fetchSecret, firmBlock, personBlock, sign } from './shenyang-calls.ts'
import { newCaseNo, queryForms } from './submissions.ts'

const run = promisify(execFile)
const folder = t.testdir()
const place = PLACES.find(({ city }) => city === 'shenyang')!
const city = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const { address } = city
const appKey = keyOf(folder, 'shenyang')
const secret = await fetchSecret(address, appKey)

t.test('the worked example of the document is right', async (t) => {
  const key = '8Qm2vXc7TfLr0ZkPw4NsYb9HjUe1aGdK3oRiV6tCxMy'
  t.equal(sign(key, 'SY-AUTH-0001', '1795341600000', '{}'), 'sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE=')
  const body =
    '{"project_no":"20261122-7Q2M9X4KTB0C.decide","task_code":"hf-retirement-withdrawal","task_handle_item":"decide","applyer_name":"张伟"}'
  t.equal(Buffer.byteLength(body), 136)
  const signature = sign('f3Kp9sWzQ1vN7yTb2LmR8xHcD4jU6gEaV0oIiP5kYtZ', 'SY-APPLY-0001', '1795341600000', body)
  t.equal(signature, 'ofQq5w0FmU/8tU6VdB4YPvqKcF13i9zVHzLn9zQuiQo=')
})

t.test('a secret decrypted and a call signed by the openssl command are accepted', async (t) => {
  const { data } = await call(address, 'secret', appKey, {})
  const { secret, iv, secretEndTime } = data as { secret: string; iv: string; secretEndTime: number }
  t.ok(secretEndTime > Date.now() + 500_000 && secretEndTime < Date.now() + 700_000)
  const file = (name: string, content: string | Buffer): string => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }
  const digestOf = async (path: string) => (await run('openssl', ['dgst', '-sha256', '-r', path])).stdout.split(' ')[0]!
  const decrypted = await run('openssl', [
    'enc',
    '-d',
    '-aes-256-cbc',
    '-in',
    file('secret', Buffer.from(secret, 'base64')),
    '-K',
    await digestOf(file('app-key', appKey)),
    '-iv',
    Buffer.from(iv, 'base64').toString('hex'),
  ])
  const rtime = String(Date.now())
  const toSign = `SY-HEALTH-0001\nKYTB-GATEWAY\n${rtime}\n${await digestOf(file('body', '{}'))}`
  const signature = await run(
    'openssl',
    ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `key:${decrypted.stdout}`, '-binary', file('to-sign', toSign)],
    { encoding: 'buffer' },
  )
  const headers = { gjgxjhpt_rtime: rtime, gjgxjhpt_sign: signature.stdout.toString('base64') }
  t.match(await call(address, 'health', 'unused', {}, headers), { code: '0000', data: { status: 'UP' } })
})

t.test('signature, time, requester and service are checked before anything is done', async (t) => {
  const body = application(newCaseNo())
  const codeOf = async (changes: Readonly<Record<string, string>>, key = secret) =>
    (await call(address, 'apply', key, body, changes)).code
  t.equal(await codeOf({}, 'another secret'), '4010')
  t.equal(await codeOf({}, appKey), '4010', 'the app key signs nothing but the fetching of secrets')
  t.equal(await codeOf({ gjgxjhpt_sign: '' }), '4010')
  t.equal(await codeOf({ gjgxjhpt_rtime: String(Date.now() - 301_000) }), '4011')
  t.equal(await codeOf({ gjgxjhpt_rtime: '20261122' }), '4011')
  t.equal(await codeOf({ gjgxjhpt_rid: 'SOMEBODY' }), '4013')
  t.equal(await codeOf({ gjgxjhpt_sid: 'SY-QUERY-0001' }), '4014')
  t.equal((await call(address, 'secret', secret, {})).code, '4010')
  t.equal((await call(address, 'enquire', secret, { project_no: body.project_no })).code, '2002')
})

t.test('an expired secret has its own code, and a new one works', async (t) => {
  const old = await fetchSecret(address, appKey)
  t.ok(city.expireTokens())
  const body = application(newCaseNo())
  t.equal((await call(address, 'apply', old, body)).code, '4012')
  t.equal((await call(address, 'apply', await fetchSecret(address, appKey), body)).code, '0000')
})

t.test('an application is taken once; its reference cannot be used again', async (t) => {
  const key = await fetchSecret(address, appKey)
  const body = application(newCaseNo())
  const first = await call(address, 'apply', key, body)
  t.match(first, { status: 200, code: '0000', data: { project_no: body.project_no, status: '1' } })
  t.match(first.data, { accept_no: /^210100-20[0-9]{2}-[0-9]{6}$/ })
  t.match(await call(address, 'apply', key, body), { status: 200, code: '2001', data: null })
  t.same((await call(address, 'enquire', key, { project_no: body.project_no })).data, first.data)
})

t.test('a refusal has reasons, makes no case, and is remembered', async (t) => {
  const key = await fetchSecret(address, appKey)
  const body = application(newCaseNo(), personBlock('21010219750505002X'))
  const refused = await call(address, 'apply', key, body)
  t.match(refused, { code: '3001', data: { reasons: [{ reason_code: 'B05', reason_desc: String }, {}] } })
  const known = await call(address, 'enquire', key, { project_no: body.project_no })
  t.same(known.data, { project_no: body.project_no, status: '9', ...refused.data })
  t.equal((await call(address, 'apply', key, body)).code, '2001')
  const misrouted = application(newCaseNo(), { form_data: { ...application('').form_data, fundCentre: '2103' } })
  t.match(await call(address, 'apply', key, misrouted), { code: '3001', data: { reasons: [{ reason_code: 'B02' }] } })
})

t.test('a missing, unknown or malformed member is named', async (t) => {
  const key = await fetchSecret(address, appKey)
  const fieldOf = async (changes: object) => {
    const { code, data } = await call(address, 'apply', key, application(newCaseNo(), changes))
    return [code, data?.['field']]
  }
  t.same(await fieldOf({ applyer_name: undefined }), ['1002', 'applyer_name'])
  t.same(await fieldOf({ unheard_of: '1' }), ['1002', 'unheard_of'])
  t.same(await fieldOf({ apply_date: '2026-02-30 09:00:00' }), ['1002', 'apply_date'])
  t.same(await fieldOf({ project_no: 'x.decide' }), ['1002', 'project_no'])
  t.same(await fieldOf({ form_data: '{}' }), ['1002', 'form_data'])
  t.same(await fieldOf({ accept_area: '110000' }), ['1002', 'accept_area'])
  t.same(await fieldOf({ verify_type: 'id-card-reader' }), ['1002', 'verify_time'])
  t.same(await fieldOf({ material_list: [{ material_code: 'a', get_type: '7' }] }), [
    '1002',
    'material_list/0/get_type',
  ])
})

t.test('four queries, written out by hand, answer as their schemas say, and know nothing of strangers', async (t) => {
  const key = await fetchSecret(address, appKey)
  const ask = async (item: string, form: object, who: object) => {
    const { material_list: _, ...rest } = application('', { task_code: item, task_handle_item: 'answer', ...who })
    return call(address, 'query', key, { ...rest, project_no: `q-${newCaseNo()}`, form_data: form })
  }
  for (const [item, form] of Object.entries(queryForms)) {
    const known = await ask(item, form('210102'), item.startsWith('mr-') ? firmBlock : {})
    t.match(known, { code: '0000', data: { exist: '1' } }, item)
    t.equal(answerFault(item, known.data?.['result']), null, item)
  }
  const stranger = personBlock('11010519491231002X')
  const form = queryForms['hf-account-loan-query']('210100')
  t.match(await ask('hf-account-loan-query', form, stranger), { code: '0000', data: { exist: '0' } })
})
