// /v1/audit/log and the keys to it: the signed log as C2SP tlog-tiles, open to all. It holds nothing personal.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { shardOrigin, verifiersOf } from '../audit/log/names.ts'
import { vkeyOf } from '../audit/log/note.ts'
import { makeReceipt } from '../audit/log/receipt.ts'
import { readTilePath } from '../audit/log/tile.ts'
import { Fault } from '../domain/fault.ts'
import type { LogShard } from '../domain/log.ts'
import { openAnswer, type Answered, type Desk } from './desk.ts'
import { readParameters } from './parameters.ts'

const TEXT = 'text/plain; charset=utf-8'
/** A tile never changes, nor does a partial one of its width. */
const FOR_EVER = 'public, max-age=31536000, immutable'
/** Good for a moment: the next checkpoint is a second away. */
const FRESH = 'public, max-age=1'
const PENDING_SECONDS = 1

const YEAR = /^\d{4}$/

export function auditLogRoutes(app: FastifyInstance, desk: Desk): void {
  const { store } = desk.parts

  /** The shard of the year in the address; where that names none, the one that grows. */
  async function shardOf(request: FastifyRequest): Promise<LogShard> {
    readParameters(request.query, [])
    const { year } = request.params as { readonly year?: string }
    const shards = await store.logShards()
    const shard =
      year === undefined ? shards.at(-1) : YEAR.test(year) ? shards.find((one) => one.year === Number(year)) : undefined
    if (shard === undefined) throw new Fault('LOG_PART_UNKNOWN')
    return shard
  }

  async function checkpoint(request: FastifyRequest): Promise<Answered> {
    return ok((await shardOf(request)).checkpoint, TEXT, FRESH)
  }

  async function tile(request: FastifyRequest): Promise<Answered> {
    const { year } = await shardOf(request)
    const name = readTilePath((request.params as { readonly '*': string })['*'])
    if (name === null) throw new Fault('LOG_PART_UNKNOWN')
    const { level, index, width } = name
    const bytes = await (level === null
      ? store.logEntries(year, index, width)
      : store.logTile(year, level, index, width))
    if (bytes === null) throw new Fault('LOG_PART_UNKNOWN')
    return ok(Buffer.from(bytes), 'application/octet-stream', FOR_EVER)
  }

  async function shards(request: FastifyRequest): Promise<Answered> {
    readParameters(request.query, [])
    const all = await store.logShards()
    const body = all.map((shard) => ({ year: shard.year, origin: shardOrigin(shard), size: shard.size }))
    return json({ shards: body.toReversed(), next: null })
  }

  async function witnessed(request: FastifyRequest): Promise<Answered> {
    const shard = await shardOf(request)
    if (shard.witnessed === null) throw new Fault('LOG_PART_UNKNOWN')
    return ok(shard.witnessed, TEXT, FRESH)
  }

  async function proof(request: FastifyRequest): Promise<Answered> {
    readParameters(request.query, [])
    const receipt = await makeReceipt(store, (request.params as { readonly id: string }).id)
    if (receipt === null) throw new Fault('RECORD_UNKNOWN')
    if (receipt.kind === 'proof') return ok(receipt.text, TEXT, 'no-store')
    const headers = { 'retry-after': String(PENDING_SECONDS) }
    return { status: 202, headers, body: JSON.stringify({ state: 'pending' }) }
  }

  async function keys(request: FastifyRequest): Promise<Answered> {
    readParameters(request.query, [])
    const lines = verifiersOf(store.logKeys, await store.logShards()).map((verifier) => `${vkeyOf(verifier)}\n`)
    return ok(lines.join(''), TEXT, FRESH)
  }

  async function successions(request: FastifyRequest): Promise<Answered> {
    readParameters(request.query, [])
    const notes = store.logKeys.flatMap(({ succession }) => (succession === null ? [] : [succession]))
    return json({ successions: notes, next: null })
  }

  app.get('/v1/audit/log/shards', openAnswer(desk, shards))
  for (const prefix of ['/v1/audit/log', '/v1/audit/log/:year']) {
    app.get(`${prefix}/checkpoint`, openAnswer(desk, checkpoint))
    app.get(`${prefix}/witnessed`, openAnswer(desk, witnessed))
    app.get(`${prefix}/tile/*`, openAnswer(desk, tile))
  }
  app.get('/v1/audit/records/:id/proof', openAnswer(desk, proof))
  app.get('/.well-known/audit-keys', openAnswer(desk, keys))
  app.get('/.well-known/audit-key-successions', openAnswer(desk, successions))
}

const ok = (body: string | Buffer, type: string, cache: string): Answered => ({
  status: 200,
  headers: { 'content-type': type, 'cache-control': cache },
  body,
})

const json = (body: object): Answered => ({ status: 200, headers: {}, body: JSON.stringify(body) })
