// Writes a log as a folder of static files, from leaves that a test makes up: what an export gives, and what can be harmed.

import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { checkpointText } from '../../src/audit/log/checkpoint.ts'
import { openEdge } from '../../src/audit/log/edge.ts'
import { leafHashOf } from '../../src/audit/log/merkle.ts'
import { rawPublicKey, signatureLine, verifierOf, vkeyOf } from '../../src/audit/log/note.ts'
import { TILE_WIDTH, tilePath } from '../../src/audit/log/tile.ts'

export const ORIGIN = 'gateway.example/log'

export interface LogSigner {
  readonly privateKey: KeyObject
  readonly publicKey: Buffer
}

export function newSigner(): LogSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: rawPublicKey(publicKey) }
}

export const vkeyOfYear = (signer: LogSigner, year: number): string =>
  vkeyOf(verifierOf(`${ORIGIN}/${year}`, 1, signer.publicKey))

/** A leaf as the gateway makes them, about nothing in particular. */
export const leafOf = (seq: number, time = Date.parse('2026-11-30T00:00:00Z') + seq * 10, node = 'gateway-1'): string =>
  JSON.stringify({
    actor: { role: 'gateway' },
    boot: '4M8T0QXW2ZC6V1N9KBRD',
    configVersion: '5f1c0a9be27d3846',
    id: `01M80DZPHVPY${String(seq).padStart(14, '0')}`,
    kind: 'gateway-started',
    node,
    outcome: 'started',
    seq,
    time: new Date(time).toISOString(),
    v: 1,
  })

export function signedCheckpoint(year: number, size: number, root: Buffer, signer: LogSigner, origin = ORIGIN): string {
  const text = checkpointText({ origin: `${origin}/${year}`, size, root })
  const signature = sign(null, Buffer.from(text), signer.privateKey)
  return `${text}\n${signatureLine(verifierOf(`${origin}/${year}`, 1, signer.publicKey), signature)}`
}

function put(file: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, bytes)
}

/** The files of one year, with memory for one tile of each level however many leaves come. Gives the checkpoint. */
export function writeShard(folder: string, year: number, leaves: Iterable<string>, signer: LogSigner): string {
  const prefix = join(folder, String(year))
  const edge = openEdge()
  const levels: { hashes: Uint8Array[]; full: number }[] = [{ hashes: [], full: 0 }]
  let entries: Buffer[] = []

  function flush(level: number): void {
    const own = levels[level]!
    const tile = { index: own.full, width: own.hashes.length }
    if (tile.width === 0) return
    put(join(prefix, 'tile', tilePath({ level, ...tile })), Buffer.concat(own.hashes))
    if (level === 0) put(join(prefix, 'tile', tilePath({ level: null, ...tile })), Buffer.concat(entries))
    if (level === 0) entries = []
    own.hashes = []
    own.full += 1
  }

  for (const leaf of leaves) {
    const bytes = Buffer.from(leaf)
    const hash = leafHashOf(bytes)
    entries.push(Buffer.of(bytes.length >> 8, bytes.length & 0xff), bytes)
    levels[0]!.hashes.push(hash)
    if (levels[0]!.hashes.length === TILE_WIDTH) flush(0)
    for (const node of edge.add(hash)) {
      const above = (levels[node.level] ??= { hashes: [], full: 0 })
      above.hashes.push(node.hash)
      if (above.hashes.length === TILE_WIDTH) flush(node.level)
    }
  }
  for (const level of levels.keys()) flush(level)
  const checkpoint = signedCheckpoint(year, edge.size(), edge.root(), signer)
  put(join(prefix, 'checkpoint'), checkpoint)
  put(join(folder, 'audit-keys'), `${vkeyOfYear(signer, year)}\n`)
  return checkpoint
}
