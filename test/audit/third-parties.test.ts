// Others agree with what we sign: openssl with the checkpoint's signature, an independent package with the inclusion proofs.

import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyCheckpoint } from '@sigstore/verify/dist/tlog/checkpoint.js'
import { verifyMerkleInclusion } from '@sigstore/verify/dist/tlog/merkle.js'
import t from 'tap'
import { verifiersOf } from '../../src/audit/log/names.ts'
import { vkeyOf } from '../../src/audit/log/note.ts'
import { readProof } from '../../src/audit/log/proof-file.ts'
import { makeReceipt } from '../../src/audit/log/receipt.ts'
import { openSequencer } from '../../src/audit/log/sequencer.ts'
import { systemClock } from '../../src/system.ts'
import { draft } from '../contract/fixture.ts'
import { newFolder, openIn } from '../store/folder.ts'

const store = await openIn(t, newFolder(t))
const drafts = Array.from({ length: 700 }, () => draft())
await store.append(drafts)
const fail = (error: unknown): never => {
  throw error
}
const sequencer = await openSequencer({
  store,
  clock: systemClock,
  origin: 'gateway.example/log',
  everyMs: 60_000,
  onError: fail,
  onBroken: fail,
})
await sequencer.catchUp()

const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const [shard] = await store.logShards()
const [verifier] = verifiersOf(store.logKeys, await store.logShards())
const vkey = vkeyOf(verifier!)
const der = Buffer.concat([SPKI, Buffer.from(vkey.split('+').slice(2).join('+'), 'base64').subarray(1)])

t.test('openssl verifies the checkpoint’s signature, and no other text', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'openssl-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const [text = '', lines = ''] = shard!.checkpoint.split('\n\n')
  const signature = Buffer.from(lines.split('\n')[0]!.split(' ')[2]!, 'base64').subarray(4)
  const verify = (signed: string): string => {
    writeFileSync(join(folder, 'text'), signed)
    writeFileSync(join(folder, 'signature'), signature)
    writeFileSync(join(folder, 'key.der'), der)
    const options = [
      '-verify',
      '-pubin',
      '-keyform',
      'DER',
      '-inkey',
      'key.der',
      '-rawin',
      '-in',
      'text',
      '-sigfile',
      'signature',
    ]
    return execFileSync('openssl', ['pkeyutl', ...options], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  }
  t.match(verify(`${text}\n`), /Verified Successfully/)
  t.throws(() => verify(`${text.replace('\n700\n', '\n701\n')}\n`))
})

t.test('@sigstore/verify takes checkpoint and inclusion proofs, and refuses a changed leaf', async (t) => {
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' })
  const log = { logID: verifier!.id, publicKey, baseURL: 'https://gateway.example/log/2026' }
  for (const index of [0, 1, 255, 256, 511, 699]) {
    const receipt = await makeReceipt(store, drafts[index]!.id)
    if (receipt?.kind !== 'proof') throw new Error('no proof')
    const proof = readProof(receipt.text)!
    const inclusionProof = {
      logIndex: String(proof.index),
      treeSize: '700',
      rootHash: Buffer.alloc(0),
      hashes: proof.hashes.map((one) => Buffer.from(one)),
      checkpoint: { envelope: proof.checkpoint },
    }
    const entry = (leaf: Uint8Array) => ({ canonicalizedBody: Buffer.from(leaf), inclusionProof })
    const checkpoint = verifyCheckpoint(entry(proof.extra!) as never, [log] as never)
    t.equal(checkpoint.logSize, 700n)
    t.doesNotThrow(() => verifyMerkleInclusion(entry(proof.extra!) as never, checkpoint), `entry ${index}`)
    const changed = Buffer.from(proof.extra!)
    changed[20]! ^= 1
    t.throws(() => verifyMerkleInclusion(entry(changed) as never, checkpoint), { code: 'TLOG_INCLUSION_PROOF_ERROR' })
    const moved = { ...entry(proof.extra!), inclusionProof: { ...inclusionProof, logIndex: String((index + 1) % 700) } }
    t.throws(() => verifyMerkleInclusion(moved as never, checkpoint), 'at another place')
  }
  const forged = { inclusionProof: { checkpoint: { envelope: shard!.checkpoint.replace('\n700\n', '\n701\n') } } }
  t.throws(() => verifyCheckpoint(forged as never, [log] as never), { code: 'TLOG_INCLUSION_PROOF_ERROR' })
})
