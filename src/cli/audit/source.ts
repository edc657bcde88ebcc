// Reads a log's parts from wherever they are: an exported folder, a gateway's data folder, or a gateway by its address.

import { readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../output.ts'
import { openDataFolder, readFromDataFolder } from './data-folder.ts'

/** Where the parts of one year's log stand: a folder or an address, without a slash at its end. */
export interface ShardPlace {
  /** The year as the place calls it; null where a folder holds one log and nothing else. */
  readonly year: number | null
  readonly prefix: string
}

export interface Source {
  /** Oldest first. */
  readonly shards: readonly ShardPlace[]
  /** The vkeys that the place itself names, one a line. */
  readonly keys: string
  /** Signed notes by which one key follows another. */
  readonly successions: readonly string[]
}

const isAddress = (place: string): boolean => /^https?:\/\//.test(place)

/** The largest part there can be: a bundle of 256 entries of 64 KiB. Whoever sends more is not believed to have a log. */
const PART_BYTES_MAX = 256 * (2 + 0xffff)

/** A gateway that is busy, or whose disk stalls, says 503: it is asked again this often, a second apart. */
const TRIES_MAX = 10

/** The bytes of one part, null if there is none. Throws CommandError where the place cannot be read at all. */
export async function readPart(prefix: string, name: string): Promise<Buffer | null> {
  if (!isAddress(prefix)) {
    const held = readFromDataFolder(prefix, name)
    if (held !== undefined) return held
    return readFile(join(prefix, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw new CommandError(
        1,
        `无法读取 ${join(prefix, name)}（${error.code}）。`,
        `Cannot read ${join(prefix, name)} (${error.code}).`,
      )
    })
  }
  const address = `${prefix}/${name}`
  let response = await fetchPart(address)
  for (let tries = 1; response.status === 503 && tries < TRIES_MAX; tries++) {
    await delay(1000)
    response = await fetchPart(address)
  }
  // 500: the gateway itself cannot put this part together, because a record of it is gone.
  if (response.status === 404 || response.status === 500) return null
  if (!response.ok)
    throw new CommandError(1, `${address} 答复 ${response.status}。`, `${address} answered ${response.status}.`)
  return bodyOf(response, address)
}

/** Throws CommandError if it breaks off, takes too long or is larger than any part can be. */
async function bodyOf(response: Response, address: string): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > PART_BYTES_MAX) break
    }
  } catch {
    throw new CommandError(1, `${address} 的答复中断。`, `The answer of ${address} broke off.`)
  }
  if (bytes > PART_BYTES_MAX)
    throw new CommandError(1, `${address} 的答复过大。`, `The answer of ${address} is too large.`)
  return Buffer.concat(chunks)
}

async function fetchPart(address: string): Promise<Response> {
  try {
    return await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(30_000) })
  } catch {
    throw new CommandError(1, `无法连接 ${address}。`, `Cannot reach ${address}.`)
  }
}

const YEAR = /^\d{4}$/

async function list(prefix: string, name: string, member: string): Promise<readonly unknown[]> {
  const bytes = await readPart(prefix, name)
  if (bytes === null) return []
  try {
    const entries = (JSON.parse(bytes.toString()) as Record<string, unknown>)[member]
    return Array.isArray(entries) ? entries : []
  } catch {
    return []
  }
}

/** Throws CommandError if there is no log at this place. */
export async function openSource(place: string): Promise<Source> {
  const base = place.replace(/\/+$/, '')
  const remote = isAddress(base)
  const own = remote ? null : openDataFolder(base)
  if (own !== null) {
    if (own.shards.length > 0) return own
    throw new CommandError(1, `${place} 还没有签名的审计日志。`, `The audit log in ${place} has not been signed yet.`)
  }
  const wellKnown = remote ? `${base}/.well-known` : base
  const years = remote
    ? (await list(`${base}/v1/audit/log`, 'shards', 'shards')).map((shard) =>
        String((shard as { year?: unknown }).year),
      )
    : namesIn(base)
  const shards: ShardPlace[] = years
    .filter((year) => YEAR.test(year))
    .toSorted()
    .map((year) => ({ year: Number(year), prefix: remote ? `${base}/v1/audit/log/${year}` : join(base, year) }))
  if (shards.length === 0 && (await readPart(base, 'checkpoint')) !== null) shards.push({ year: null, prefix: base })
  if (shards.length === 0) throw new CommandError(1, `${place} 没有审计日志。`, `There is no audit log at ${place}.`)
  const keys = await readPart(wellKnown, 'audit-keys')
  const successions = await list(wellKnown, 'audit-key-successions', 'successions')
  return { shards, keys: keys?.toString() ?? '', successions: successions.filter((one) => typeof one === 'string') }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    throw new CommandError(
      1,
      `没有目录 ${folder}，它也不是 http 地址。`,
      `There is no folder ${folder}, and it is no http address.`,
    )
  }
}
