// Each fault of a sandbox city, seen from the other end of the wire.

import { connect, type TLSSocket } from 'node:tls'
import t from 'tap'
import { openCity, type SandboxCity } from '../../src/sandbox/city.ts'
import type { FaultKind } from '../../src/sandbox/faults.ts'
import { PLACES } from '../../src/sandbox/places.ts'
import { enquire, get, message, post, targetIn } from './shenfu-calls.ts'
import { newCaseNo } from './submissions.ts'

const folder = t.testdir()
const place = PLACES.find(({ city }) => city === 'shenfu')!
let city: SandboxCity = await openCity({ place, folder })
t.teardown(() => city[Symbol.asyncDispose]())
const target = targetIn(folder, city.address)
/** Long enough for a handshake on a busy machine. */
const PATIENCE_MS = 1500

const set = (fault: FaultKind, rate = 1) => city.setFault({ fault, rate })
const file = (caseNo = newCaseNo()) => post(target, '/v1/applications', message(target, caseNo))

/** Whether the city has the case, asked once it is well again. */
async function isKnown(caseNo: string): Promise<boolean> {
  await set('off')
  return (await enquire(target, `${caseNo}.decide`)).status === 200
}

function dial(onOpen: () => void): TLSSocket {
  const { hostname, port } = new URL(target.address)
  return connect({ ...target.tls, host: hostname, port: Number(port) }, onOpen)
}

/** The raw answer until the connection ends or `patienceMs` are over; 'reset' and 'refused' for broken connections. */
function raw(request: string, patienceMs: number): Promise<{ readonly text: string; readonly end: string }> {
  return new Promise((resolve) => {
    let text = ''
    const socket = dial(() => socket.write(request))
    const finish = (end: string) => {
      socket.destroy()
      resolve({ text, end })
    }
    socket.setTimeout(patienceMs, () => finish('silence'))
    socket.on('data', (chunk) => (text += chunk.toString()))
    socket.on('end', () => finish('closed'))
    socket.on('error', (error: NodeJS.ErrnoException) => finish(error.code === 'ECONNRESET' ? 'reset' : 'refused'))
  })
}

function rawApplication(caseNo: string): string {
  const body = JSON.stringify(message(target, caseNo))
  const head = [
    'POST /v1/applications HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Reference: ${caseNo}.decide`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

const rawHealth = `GET /v1/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`

t.test('hang and reset come before anything is taken, their -after kinds once it is on disk', async (t) => {
  for (const [fault, end, taken] of [
    ['hang', 'silence', false],
    ['hang-after', 'silence', true],
    ['reset', 'reset', false],
    ['reset-after', 'reset', true],
  ] as const) {
    const caseNo = newCaseNo()
    await set(fault)
    t.same(await raw(rawApplication(caseNo), PATIENCE_MS), { text: '', end }, fault)
    t.same(await raw(rawHealth, PATIENCE_MS), { text: '', end }, `${fault} strikes the health call too`)
    t.equal(await isKnown(caseNo), taken, `${fault}: taken`)
  }
})

t.test('error-500 and garbage take nothing', async (t) => {
  const caseNo = newCaseNo()
  await set('error-500')
  t.match(await raw(rawApplication(caseNo), PATIENCE_MS), { text: /^HTTP\/1\.1 500 / })
  await set('garbage')
  const seen = new Set<string>()
  for (let tries = 0; seen.size < 2 && tries < 100; tries += 1) {
    const { text } = await raw(rawApplication(caseNo), PATIENCE_MS)
    t.match(text, /^HTTP\/1\.1 200 /)
    seen.add(text.includes('text/html') ? 'page' : 'broken off')
    t.throws(() => JSON.parse(text.split('\r\n\r\n')[1]!) as unknown)
  }
  t.equal(seen.size, 2, 'both kinds of garbage came')
  t.equal(await isKnown(caseNo), false)
})

t.test('a city that hangs may not even read what it is sent', async (t) => {
  const caseNo = newCaseNo()
  await set('hang-unread')
  const whole = rawApplication(caseNo)
  // More than any buffer between the two ends holds: it leaves only as far as somebody reads.
  const rest = Buffer.alloc(64 * 1024 * 1024, ' ')
  const head = whole.replace(/Content-Length: (\d+)/, (_, length) => `Content-Length: ${Number(length) + rest.length}`)
  const socket = dial(() => socket.write(head))
  await new Promise((resolve) => socket.once('secureConnect', resolve))
  const left = new Promise((resolve) => socket.write(rest, () => resolve('all of it was read')))
  const silence = new Promise((resolve) => setTimeout(resolve, 500, 'not read'))
  t.equal(await Promise.race([left, silence]), 'not read')
  socket.on('error', () => undefined)
  socket.destroy()
  t.equal(await isKnown(caseNo), false)
})

t.test('html, empty and maintenance take nothing; truncated, wrong-charset and error-500-after take it', async (t) => {
  for (const [fault, head, body, taken] of [
    ['html', /^HTTP\/1\.1 200 [^]*text\/html/, /^<!DOCTYPE html>/, false],
    ['empty', /^HTTP\/1\.1 200 [^]*application\/json/, /^$/, false],
    ['maintenance', /^HTTP\/1\.1 503 /, /UNAVAILABLE/, false],
    ['truncated', /^HTTP\/1\.1 201 /, /^\{"[^}]+$/, true],
    ['wrong-charset', /^HTTP\/1\.1 201 [^]*charset=utf-8/, /^\{\0"\0/, true],
    ['error-500-after', /^HTTP\/1\.1 500 /, /^error/, true],
  ] as const) {
    const caseNo = newCaseNo()
    await set(fault)
    const { text } = await raw(rawApplication(caseNo), PATIENCE_MS)
    const end = text.indexOf('\r\n\r\n')
    t.match(text.slice(0, end), head, fault)
    t.match(text.slice(end + 4), body, fault)
    t.equal(await isKnown(caseNo), taken, `${fault}: taken`)
  }
})

t.test('slow takes it and lets the answer drip', async (t) => {
  const caseNo = newCaseNo()
  await set('slow')
  const { text, end } = await new Promise<{ text: string; end: string }>((resolve) => {
    const socket = dial(() => socket.write(rawApplication(caseNo)))
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk.toString()
      if (text.endsWith('{"c')) socket.destroy()
    })
    socket.on('close', () => resolve({ text, end: 'cut by us' }))
  })
  t.equal(end, 'cut by us')
  t.match(text, /^HTTP\/1\.1 201 [^]+\r\n\r\n\{"c$/, 'three bytes had come one by one')
  t.equal(await isKnown(caseNo), true)
})

t.test('oversized takes it and answers with more than anybody can want', async (t) => {
  const caseNo = newCaseNo()
  await set('oversized')
  const bytes = await new Promise<number>((resolve) => {
    const socket = dial(() => socket.write(rawApplication(caseNo)))
    let bytes = 0
    socket.on('data', (chunk) => {
      bytes += chunk.length
      if (bytes > 2 * 1024 * 1024) socket.destroy()
    })
    socket.on('close', () => resolve(bytes))
  })
  t.ok(bytes > 2 * 1024 * 1024)
  t.equal(await isKnown(caseNo), true)
})

t.test('lie says yes, keeps nothing, and does not know it when asked', async (t) => {
  const caseNo = newCaseNo()
  await set('lie')
  const { status, body } = await file(caseNo)
  t.equal(status, 201)
  t.match(body, { caseNo: /^211500-20[0-9]{2}-9[0-9]{5}$/, status: 'received' })
  t.equal((await enquire(target, `${caseNo}.decide`)).status, 404)
  t.equal(await isKnown(caseNo), false)
})

t.test('refuse-connect stops listening, and off listens on the same port again', async (t) => {
  await file()
  await set('refuse-connect')
  t.match(await raw(rawHealth, PATIENCE_MS), { end: 'refused' })
  await set('off')
  t.equal((await get(target, '/v1/health')).status, 200)
})

t.test('a rate strikes its share of the calls', async (t) => {
  await set('error-500', 0.5)
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => get(target, '/v1/health').catch(() => ({ status: 500 }))),
  )
  const struck = answers.filter(({ status }) => status === 500).length
  // Fewer than 50 or more than 150 of 200 at one half: less than one in 10^12.
  t.ok(struck > 50 && struck < 150, `${struck} of 200`)
  await set('error-500', 0)
  t.equal((await get(target, '/v1/health')).status, 200)
})

t.test('a fault outlives a restart, also one that refuses connections', async (t) => {
  for (const fault of ['error-500', 'refuse-connect'] as const) {
    const { address } = city
    await set(fault)
    await city[Symbol.asyncDispose]()
    city = await openCity({ place, folder })
    t.equal(city.address, address)
    t.match(
      await raw(rawHealth, PATIENCE_MS),
      fault === 'error-500' ? { text: /^HTTP\/1\.1 500 / } : { end: 'refused' },
      fault,
    )
  }
  await set('off')
  t.equal((await get(target, '/v1/health')).status, 200)
})
