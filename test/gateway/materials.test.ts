// Materials are uploaded, named by an application, read by who may, and leave nothing where they do not arrive.

import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { materialFolder } from '../../src/store/material-files.ts'
import { file, records, sample, startGateway, tokenOf, until, type Answer, type Json } from './harness.ts'

const TOO_LARGE = 20 * 1024 * 1024
const gateway = await startGateway(t, {}, [
  [/requestTimeoutMs: \d+/, 'requestTimeoutMs: 2000'],
  [/waitingMax: \d+/, 'waitingMax: 70'],
])
const ITEM = 'mi-remote-care-filing'
const CITY = 'shenfu'
const clerk = tokenOf(gateway, 'clerk')

const pdf = (size: number): Buffer => Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(size - 9)])
const digestOf = (content: Buffer): string => `sha-256=:${createHash('sha256').update(content).digest('base64')}:`
const stored = (): readonly string[] => {
  const folder = materialFolder(gateway.dataDir)
  return existsSync(folder) ? readdirSync(folder) : []
}

async function upload(
  content: Buffer,
  { token = clerk, headers = {} }: { token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await fetch(`${gateway.address}/v1/materials`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/pdf', ...headers },
    body: new Uint8Array(content),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: JSON.parse(text) as Json, text }
}

async function read(materialId: string, token: string): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
  const response = await fetch(`${gateway.address}/v1/materials/${materialId}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) }
}

t.test('an upload is answered with what it is, and given out as it came, to the hall alone', async (t) => {
  const content = pdf(200_000)
  const answer = await upload(content, { headers: { 'content-digest': digestOf(content) } })
  t.equal(answer.status, 201, answer.text)
  t.match(answer.body, { mediaType: 'application/pdf', sizeBytes: 200_000, digest: digestOf(content) })
  const { materialId } = answer.body
  t.equal(answer.headers.get('location'), `/v1/materials/${materialId}`)

  const again = await read(materialId, tokenOf(gateway, 'clerk', { subject: 'a-colleague' }))
  t.equal(again.status, 200)
  t.ok(again.bytes.equals(content))
  t.equal(again.headers.get('content-digest'), digestOf(content))
  t.equal(again.headers.get('content-type'), 'application/pdf')
  t.match(
    again.headers.get('content-disposition'),
    /^attachment/,
    'nothing that was uploaded is shown as a page of ours',
  )
  t.equal(again.headers.get('x-content-type-options'), 'nosniff')
  for (const [who, token] of [
    ['another hall', tokenOf(gateway, 'clerk', { hall: 'hunnan' })],
    ['another city', tokenOf(gateway, 'clerk', { city: 'benxi' })],
    ['a resident', tokenOf(gateway, 'resident')],
    ['the city', tokenOf(gateway, 'city', { city: CITY })],
  ] as const) {
    t.equal((await read(materialId, token)).status, 404, `not to ${who}`)
  }
  const kinds = (await records(gateway, { kind: 'material-taken' })).concat(
    await records(gateway, { kind: 'material-read' }),
  )
  t.match(kinds, [
    { outcome: 'kept', status: 201, counts: { bytes: 200_000 } },
    { outcome: 'answered', status: 200 },
  ])
  t.notMatch(JSON.stringify(kinds), createHash('sha256').update(content).digest('hex'), 'not even an unsalted digest')
  t.equal(readFileSync(join(materialFolder(gateway.dataDir), stored()[0] ?? '')).includes('%PDF'), false)
})

t.test('the same content again is the same material', async (t) => {
  const content = pdf(1000)
  const first = await upload(content)
  const before = stored().length
  const second = await upload(content)
  t.equal(second.status, 201)
  t.equal(second.body['materialId'], first.body['materialId'])
  t.equal(stored().length, before, 'and is stored once')
})

t.test('what is no material is refused, with a reason, and leaves nothing', async (t) => {
  const before = stored().length
  for (const [what, content, headers, status, code] of [
    ['a web page', Buffer.from('<html><script>'), {}, 415, 'MATERIAL_TYPE_REFUSED'],
    [
      'a program',
      Buffer.from('MZ\u0090'),
      { 'content-type': 'application/octet-stream' },
      415,
      'MATERIAL_TYPE_REFUSED',
    ],
    ['nothing', Buffer.alloc(0), {}, 422, 'MATERIAL_EMPTY'],
    ['a form', pdf(100), { 'content-type': 'multipart/form-data; boundary=x' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['JSON', pdf(100), { 'content-type': 'application/json' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['something packed', pdf(100), { 'content-encoding': 'gzip' }, 415, 'MEDIA_TYPE_UNSUPPORTED'],
    ['other content than said', pdf(100), { 'content-digest': digestOf(pdf(100)) }, 422, 'MATERIAL_DIGEST_WRONG'],
    ['too much', pdf(TOO_LARGE + 1), {}, 413, 'MATERIAL_TOO_LARGE'],
  ] as const) {
    // A refusal before all has arrived may break the connection, which fetch tells as an error.
    const answer = await upload(content, { headers: { ...headers } }).catch(() => null)
    if (answer === null) {
      t.equal(status, 413, what)
      continue
    }
    t.match(answer, { status, body: { code, source: 'caller' } }, what)
  }
  for (const role of ['auditor', 'operator', 'city'] as const) {
    const answer = await upload(pdf(100), { token: tokenOf(gateway, role) })
    t.match(answer, { status: 403, body: { code: 'ROLE_NOT_ALLOWED' } }, role)
  }
  t.equal((await upload(pdf(100), { token: 'x.y.z' })).status, 401)
  t.equal(stored().length, before)
})

t.test('an application takes the uploads that it names, and no others', async (t) => {
  const mine = (await upload(pdf(5000))).body['materialId'] as string
  const others = (await upload(pdf(5000), { token: tokenOf(gateway, 'clerk', { hall: 'hunnan' }) })).body['materialId']
  const body = sample(ITEM, CITY)
  const [first, ...rest] = body.materials ?? []
  const naming = (materialId: string) => ({
    ...body,
    materials: [{ code: first!.code, held: 'uploaded', materialId }, ...rest],
  })
  for (const [what, materialId] of [
    ['another hall’s', others],
    ['one that is not there', '0'.repeat(20)],
  ] as const) {
    const answer = await file(gateway, ITEM, CITY, { body: naming(materialId) })
    t.match(
      answer,
      {
        status: 422,
        body: { code: 'FORM_INVALID', errors: [{ pointer: '/materials/0/materialId', rule: 'material-unusable' }] },
      },
      what,
    )
  }
  const { materialId: _none, ...unnamed } = naming(mine).materials[0] as { materialId: string }
  t.match((await file(gateway, ITEM, CITY, { body: { ...body, materials: [unnamed, ...rest] } })).status, 422)

  const filed = await file(gateway, ITEM, CITY, { body: naming(mine) })
  t.equal(filed.status, 201, filed.text)
  t.equal((await read(mine, tokenOf(gateway, 'city', { city: CITY }))).status, 200, 'the city may read it now')
  t.equal((await read(mine, tokenOf(gateway, 'resident'))).status, 200, 'and the applicant')
  t.equal((await read(mine, tokenOf(gateway, 'city', { city: 'benxi' }))).status, 404, 'another city may not')
  const twice = await file(gateway, ITEM, CITY, { body: naming(mine) })
  t.match(twice, { status: 422, body: { errors: [{ rule: 'material-unusable' }] } }, 'no second case takes it')
})

t.test('an upload that breaks off leaves nothing, and its caller may send it again', async (t) => {
  const before = stored().length
  const { hostname, port } = new URL(gateway.address)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.write(
    `POST /v1/materials HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${clerk}\r\nContent-Type: application/pdf\r\nContent-Length: 9000000\r\n\r\n`,
  )
  socket.write(pdf(3_000_000))
  t.equal(
    await until(
      async () => stored().length,
      (count) => count === before + 1,
    ),
    before + 1,
    'some of it is there',
  )
  socket.destroy()
  t.equal(
    await until(
      async () => stored().length,
      (count) => count === before,
    ),
    before,
  )
})

t.test('an upload may take longer than other requests, which may not', async (t) => {
  const { hostname, port } = new URL(gateway.address)
  const content = pdf(4000)
  const slowly = async (path: string, type: string): Promise<string> => {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('error', () => undefined)
    socket.write(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${clerk}\r\nContent-Type: ${type}\r\nContent-Length: ${content.length}\r\nConnection: close\r\nIdempotency-Key: slow\r\n\r\n`,
    )
    for (let at = 0; at < content.length && !socket.destroyed && socket.writable; at += 500) {
      socket.write(content.subarray(at, at + 500))
      await new Promise((resolve) => setTimeout(resolve, 600))
    }
    if (!socket.closed) await once(socket, 'close')
    return answer
  }
  const [uploaded, asked] = await Promise.all([
    slowly('/v1/materials', 'application/pdf'),
    slowly(`/v1/items/${ITEM}/applications`, 'application/json'),
  ])
  t.match(uploaded, /^HTTP\/1\.1 201 /)
  t.match(asked, /^HTTP\/1\.1 408 /)
})

t.test('so many uploads may wait for a case, and no more', async (t) => {
  const token = tokenOf(gateway, 'clerk', { city: 'fuxin' })
  for (let count = 0; count < 70; count += 1) t.equal((await upload(pdf(100), { token })).status, 201)
  t.match(await upload(pdf(100), { token }), { status: 409, body: { code: 'MATERIALS_TOO_MANY' } })
  t.equal((await upload(pdf(100))).status, 201, 'another hall’s are its own')
})

t.test('what a killed gateway had half of is gone after its time, what it had answered is there', async (t) => {
  const content = pdf(300_000)
  const { materialId } = (await upload(content)).body
  await gateway.kill()
  await gateway.restart()
  const found = await read(materialId, tokenOf(gateway, 'clerk'))
  t.equal(found.status, 200)
  t.ok(found.bytes.equals(content))
})
