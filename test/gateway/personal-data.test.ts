// Where personal data must not be: after a day's work with made-up people, nothing of them is found outside the sealed cases.

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ask, call, file, makeSick, records, sample, startGateway, tokenOf, until, type Answer } from './harness.ts'
import { sendRaw } from './sockets.ts'

// None of them exists. The first and the last two are known to sandbox cities; the last is refused everywhere.
const APPLICANT = {
  name: '欧阳慕雪',
  certNo: '210103198804120025',
  mobile: '13987650001',
  address: '沈阳市沈河区隐私路77号',
}
const AGENT = { name: '司徒静安', certNo: '210105199212050032', mobile: '13987650002' }
const KNOWN = { name: '王芳', certNo: '210303198511290021', mobile: '13987650003' }
const REFUSED = { name: '李不予', certNo: '21010219750505002X', mobile: '13987650004' }
const FIRM = {
  name: '鞍山示例冶金有限公司',
  uscc: '91210300MA10AB3C08',
  contact: '诸葛联络',
  contactMobile: '13987650005',
}
const SAID = { purpose: '为欧阳慕雪补办', hint: 'maiden-name-shangguan', key: 'key-of-ouyang-muxue' }

const SECRETS = [
  ...[APPLICANT, AGENT, KNOWN, REFUSED, FIRM, SAID].flatMap((person) => Object.values(person)),
  '示例路45号',
]

const gateway = await startGateway(t)
const clerk = tokenOf(gateway, 'clerk')
const QUERY = 'ss-personal-rights-record'
const APPLICATION = 'mi-remote-care-filing'

const person = ({ name, certNo, mobile }: { name: string; certNo: string; mobile: string }) => ({
  type: 'person' as const,
  name,
  certType: '111',
  certNo,
  mobile,
})
const answers: Answer[] = []
const keep = async (asked: Promise<Answer>): Promise<Answer> => {
  const answer = await asked
  answers.push(answer)
  return answer
}

t.test('a day’s work', async (t) => {
  const withAddress = { ...person(APPLICANT), address: APPLICANT.address }
  const body = { ...sample(APPLICATION, 'shenfu'), applicant: withAddress, purpose: SAID.purpose }
  const query = { ...sample(QUERY, 'anshan'), applicant: withAddress, purpose: SAID.purpose }
  const agent = {
    ...AGENT,
    certType: '111',
    authorization: { kind: 'power-of-attorney', reference: SAID.hint, until: '2030-01-01' },
  }
  const materials = [...(body.materials ?? []), { code: 'agent-authorization', held: 'commitment' }]

  await t.test('done as it should be', async (t) => {
    const known = {
      token: tokenOf(gateway, 'resident', { subject: KNOWN.certNo }),
      body: { ...query, applicant: person(KNOWN) },
    }
    const found = await keep(ask(gateway, QUERY, 'anshan', known))
    t.match(found.body, { found: true, result: {} }, found.text)
    t.equal((await keep(ask(gateway, QUERY, 'anshan', { body: query }))).status, 200)
    const headers = { 'idempotency-key': SAID.key }
    for (const time of ['first', 'again']) {
      const wish = { body: { ...body, agent, materials }, headers }
      t.equal((await keep(file(gateway, APPLICATION, 'shenfu', wish))).status, 201, time)
    }
    const token = tokenOf(gateway, 'resident', { subject: APPLICANT.certNo })
    const { caseNo } = (await keep(file(gateway, APPLICATION, 'shenfu', { token, body }))).body
    t.equal((await keep(call(gateway, 'GET', `/v1/cases/${caseNo}`, { token }))).status, 200)
    const draft = { item: APPLICATION, body }
    const draftAt = `/v1/drafts/${crypto.randomUUID()}`
    t.equal(
      (await keep(call(gateway, 'PUT', draftAt, { token, body: draft, headers: { 'if-none-match': '*' } }))).status,
      201,
    )
    t.equal((await keep(call(gateway, 'GET', draftAt, { token }))).status, 200)
    const receipt = { token, headers: { accept: 'text/html' } }
    t.equal((await keep(call(gateway, 'GET', `/v1/cases/${caseNo}/receipt`, receipt))).status, 200)
    const firm = sample('mr-registration-archive-query', 'anshan')
    const applicant = {
      ...firm.applicant,
      name: FIRM.name,
      uscc: FIRM.uscc,
      legalRepresentative: { name: AGENT.name, certType: '111', certNo: AGENT.certNo },
      contact: { name: FIRM.contact, mobile: FIRM.contactMobile },
    }
    const form = { ...firm.form, entityName: FIRM.name, uscc: FIRM.uscc }
    const archive = await keep(
      ask(gateway, 'mr-registration-archive-query', 'anshan', { body: { ...firm, applicant, form } }),
    )
    t.equal(archive.status, 200, archive.text)
  })

  await t.test('refused by cities, in words of their own', async (t) => {
    for (const city of ['shenyang', 'fushun', 'shenfu']) {
      const applicant = person(REFUSED)
      const answer = await keep(file(gateway, APPLICATION, city, { body: { ...sample(APPLICATION, city), applicant } }))
      t.match(answer.body, { state: 'refused', reasons: [{ message: /./ }] }, answer.text)
      t.equal((await keep(ask(gateway, QUERY, city, { body: { ...sample(QUERY, city), applicant } }))).status, 409)
    }
  })

  await t.test('while cities are sick', async (t) => {
    for (const fault of ['error-500', 'garbage', 'reset-after', 'hang', 'refuse-connect', 'slow'] as const) {
      await makeSick(gateway, 'anshan', fault)
      await keep(ask(gateway, QUERY, 'anshan', { body: query }))
      t.equal(
        (
          await keep(
            file(gateway, APPLICATION, 'anshan', {
              body: { ...sample(APPLICATION, 'anshan'), applicant: withAddress },
            }),
          )
        ).status,
        202,
      )
    }
    await makeSick(gateway, 'anshan', 'off')
  })

  await t.test('put where it does not belong', async (t) => {
    const token = { token: clerk }
    const post = (path: string, wish: object): Promise<Answer> =>
      keep(call(gateway, 'POST', path, { ...token, ...wish }))
    const at = `/v1/items/${QUERY}/queries`
    const { certNo, mobile, name, address } = APPLICANT
    const wrong = [
      keep(call(gateway, 'GET', `/v1/cases/${certNo}`, token)),
      keep(call(gateway, 'GET', `/v1/items/${mobile}`, token)),
      keep(call(gateway, 'GET', `/v1/${encodeURIComponent(name)}/${certNo}`, token)),
      keep(call(gateway, 'GET', `/v1/items/${certNo}%zz`, token)),
      keep(call(gateway, 'GET', `/v1/cases?certNo=${certNo}&${encodeURIComponent(name)}=${mobile}`, token)),
      keep(call(gateway, 'GET', `/v1/cases?state=${encodeURIComponent(name)}&item=${certNo}`, token)),
      keep(
        call(gateway, 'GET', `/v1/audit/records?actor=${certNo}&caseNo=${mobile}`, {
          token: tokenOf(gateway, 'auditor'),
        }),
      ),
      keep(
        call(gateway, 'GET', '/v1/cases', {
          ...token,
          headers: { 'x-request-id': certNo, 'user-agent': `app ${mobile}`, 'accept-language': certNo },
        }),
      ),
      keep(
        call(gateway, 'GET', '/v1/cases', {
          ...token,
          headers: { 'x-request-id': `of-${mobile}`, prefer: `wait=${certNo}` },
        }),
      ),
      keep(call(gateway, 'GET', '/v1/cases', { token: tokenOf(gateway, 'clerk', { subject: certNo }) })),
      keep(call(gateway, 'GET', '/v1/cases', { token: `${certNo}.${mobile}.x` })),
      post(at, { body: { ...query, [`${name}的电话`]: mobile, form: { ...query.form, [certNo]: address } } }),
      post(at, {
        body: {
          ...query,
          applicant: { ...withAddress, certNo: `${certNo.slice(0, -1)}1`, mobile: `${mobile}9`, [SAID.hint]: 1 },
        },
      }),
      post(at, { body: { ...query, form: { insuredDivision: certNo } } }),
      post(at, { body: `{"name":"${name}","certNo":${certNo.slice(0, 17)}${certNo.slice(0, 17)},"a":1}` }),
      post(at, { body: `{"${name}":1,"${name}":2}` }),
      post(at, { body: `{"name":"${name} ${certNo}` }),
      post(at, { body: JSON.stringify(query), headers: { 'content-type': `text/${mobile}` } }),
      post('/v1/cases/searches', { body: { applicant: { certType: '111', certNo } } }),
      post('/v1/cases/searches', { body: { applicant: { certType: 'uscc', certNo: FIRM.uscc } } }),
      post('/v1/cases/searches', { body: { applicant: { certType: '111', certNo: mobile }, item: certNo } }),
      post('/v1/cases/searches', { body: { item: certNo, hall: mobile, caseNo: certNo, [certNo]: name } }),
      post(`/v1/cases/searches?certNo=${certNo}`, { body: {} }),
      post(`/v1/items/${APPLICATION}/applications`, {
        body: { ...body, handlingMode: name },
        headers: { 'idempotency-key': certNo },
      }),
      post(`/v1/items/${APPLICATION}/applications`, {
        body: { ...body, collectingCity: `a${mobile}` },
        headers: { 'idempotency-key': mobile },
      }),
      post(`/v1/items/${APPLICATION}/applications`, {
        token: tokenOf(gateway, 'resident', { subject: certNo }),
        body: { ...body, collectingCity: `a${mobile}` },
        headers: { 'idempotency-key': mobile },
      }),
      post(`/v1/items/${certNo}/applications`, { body, headers: { 'idempotency-key': 'x y' } }),
      call(gateway, 'OPTIONS', `/v1/cases/${certNo}`, token),
      post(`/v1/operations/deliveries/${certNo}/${mobile}/0`, {
        token: tokenOf(gateway, 'operator'),
        body: { act: 'redrive', reason: `${name} ${mobile}`, [certNo]: address },
        headers: { 'idempotency-key': certNo },
      }),
      keep(
        call(gateway, 'GET', `/v1/operations/deliveries?city=${certNo}&state=${encodeURIComponent(name)}`, {
          token: tokenOf(gateway, 'operator'),
        }),
      ),
    ]
    for (const answer of await Promise.all(wrong)) t.ok(answer.status < 500, answer.text)
    const bytes = Buffer.from(`GET /v1/cases HTTP/1.1\r\nhost: ${certNo}\r\n${mobile} : ${name}\r\n\r\n`)
    t.equal((await sendRaw(gateway.address, bytes)).status, 400)
  })

  await t.test('and a crash', async () => {
    await makeSick(gateway, 'fuxin', 'hang')
    const cut = file(gateway, APPLICATION, 'fuxin', {
      body: { ...sample(APPLICATION, 'fuxin'), applicant: withAddress },
    }).catch(() => null)
    const begun = () => records(gateway, { kind: 'forwarded', city: 'fuxin' })
    await until(begun, (found) => found.length > 0)
    await gateway.kill()
    await cut
    await makeSick(gateway, 'fuxin', 'off')
    await gateway.restart()
    const backlog = async () => (await call(gateway, 'GET', '/metrics')).text.includes('gateway_courier_backlog{')
    await until(backlog, (left) => !left, 60_000)
  })
})

/** The secrets that stand in `content`, plainly, escaped as in addresses or JSON, or in the bytes of UTF-16. */
function found(content: Buffer | string): string[] {
  const bytes = Buffer.from(content)
  const spellings = (secret: string): Buffer[] => [
    Buffer.from(secret),
    Buffer.from(secret, 'utf16le'),
    Buffer.from(encodeURIComponent(secret)),
    Buffer.from(Array.from(secret, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')),
    Buffer.from(Buffer.from(secret).toString('hex')),
    Buffer.from(Buffer.from(secret).toString('base64').slice(0, -2)),
  ]
  return SECRETS.filter((secret) => spellings(secret).some((spelling) => bytes.includes(spelling)))
}

/** All that the gateway wrote: of the folder everything but the cities' own and the configuration that came with it. */
function filesWritten(): string[] {
  return readdirSync(gateway.dataDir, { recursive: true })
    .map(String)
    .filter((name) => !/^(sandbox|config)(\/|$)/.test(name) && statSync(join(gateway.dataDir, name)).isFile())
}

t.test('nothing of these people is', async (t) => {
  t.ok(answers.length > 40)
  t.ok(
    found(answers.map(({ text }) => text).join('')).length >= 3,
    'callers were told of them, so that there was something to keep',
  )
  t.ok(found(readFileSync(join(gateway.dataDir, 'sandbox.json'))).length === 0)
  t.strictSame(found('x13987650001'), ['13987650001'], 'what is looked for is found where it is')
  t.strictSame(found(encodeURIComponent('欧阳慕雪')), ['欧阳慕雪'])

  const log = await records(gateway, {})
  t.ok(log.length > 100)
  t.strictSame(found(JSON.stringify(log)), [], 'in the audit log')
  t.strictSame(found((await call(gateway, 'GET', '/metrics')).text), [], 'in the metrics')
  t.strictSame(found((await call(gateway, 'GET', '/readyz')).text), [], 'in the state')
  t.strictSame(found(gateway.output()), [], 'on stdout and stderr')

  const check = (when: string): void => {
    // What is kept of the configuration and of the program holds the examples and the sandbox's people that stand in them.
    const names = filesWritten().filter((name) => !/^(?:config|code)-cache\//.test(name))
    t.ok(names.includes('store.sqlite') && names.includes('gateway.log'))
    for (const name of names) t.strictSame(found(readFileSync(join(gateway.dataDir, name))), [], `in ${name}, ${when}`)
  }
  t.ok(filesWritten().includes('store.sqlite-wal'), 'the database has its log beside it')
  t.ok(
    readFileSync(join(gateway.dataDir, 'store.sqlite-wal')).includes('city-answered'),
    'and what is not sealed can be read in it',
  )
  check('while it runs')
  t.equal(await gateway.stop(), 0)
  check('after it has stopped')
  t.strictSame(found(gateway.output()), [], 'on stdout and stderr')
})
