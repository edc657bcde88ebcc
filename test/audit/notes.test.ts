// Notes, checkpoints, tile names, bundles and proof files, held by the examples of the C2SP documents.

import { generateKeyPairSync, sign } from 'node:crypto'
import { assert, integer, nat, option, property, record } from 'fast-check'
import t from 'tap'
import {
  checkpointText,
  cosignedAt,
  makeCosignature,
  readCheckpoint,
  readSigned,
} from '../../src/audit/log/checkpoint.ts'
import {
  isKeyName,
  isSignedBy,
  rawPublicKey,
  readNote,
  readVkey,
  signatureLine,
  signaturesBy,
  verifierOf,
  vkeyOf,
} from '../../src/audit/log/note.ts'
import { proofText, readProof } from '../../src/audit/log/proof-file.ts'
import { readBundle, readTilePath, tilePath } from '../../src/audit/log/tile.ts'

// https://c2sp.org/signed-note, section “Example”.
const VKEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'
const NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`
// https://c2sp.org/tlog-cosignature, the first example (its keys are not published).
const COSIGNED = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`

t.test('the example of signed-note is verified, and no changed one', async (t) => {
  const verifier = readVkey(VKEY)!
  t.equal(vkeyOf(verifier), VKEY)
  const note = readNote(NOTE)!
  const [signature] = signaturesBy(note, verifier)
  t.ok(isSignedBy(verifier, note.text, signature!.signature))
  t.notOk(isSignedBy(verifier, note.text.replace('example', 'Example'), signature!.signature))
  for (const wrong of [
    VKEY.replace('530d903a', '530d903b'),
    VKEY.replace('example.com/foo', 'example.com/bar'),
    VKEY.replace('U2k', 'U2k='),
    VKEY.replace('+Aek', '+Auk'),
    `${VKEY} `,
    '',
  ]) {
    t.equal(readVkey(wrong), null, wrong)
  }
})

t.test('what is no note is none', async (t) => {
  for (const wrong of [
    NOTE.slice(0, -1),
    NOTE.replace('\n\n', '\n'),
    NOTE.replace('—', '-'),
    NOTE.replace('message.', 'message.\r'),
    NOTE.replace('aQM=', 'aQN='),
    NOTE.replace('aQM=', 'aQM=='),
    NOTE.replace('example.com/foo U', 'example.com/foo  U'),
    NOTE.replace('message.', 'message\ufffd'),
    'text only\n\n',
  ]) {
    t.equal(readNote(wrong), null, JSON.stringify(wrong))
  }
  t.notOk(isKeyName('a b') || isKeyName('a+b') || isKeyName('') || isKeyName('a\u3000b'))
})

t.test('the example of tlog-cosignature is read as it stands there', async (t) => {
  const note = readNote(COSIGNED)!
  const checkpoint = readCheckpoint(note.text)!
  t.equal(checkpoint.origin, 'example.com/behind-the-sofa')
  t.equal(checkpoint.size, 20_852_163)
  t.equal(checkpointText(checkpoint), note.text)
  const [log, witness] = note.signatures
  t.equal(log?.name, checkpoint.origin)
  t.equal(Number(witness?.signature.readBigUInt64BE(0)), 1_679_315_147, 'the time of the example')
  for (const wrong of ['020852163', '-1', '1e3', '99999999999999999', '']) {
    t.equal(readCheckpoint(note.text.replace('20852163', wrong)), null, `size ${wrong}`)
  }
  t.equal(readCheckpoint(note.text.replace('q2I=', 'q2J=')), null, 'a root with a rest')
  t.match(readCheckpoint(`${note.text}an extension\n`), { size: 20_852_163 }, 'extension lines are let be')
  t.equal(readCheckpoint(`${note.text}\nan extension\n`), null)
})

t.test('a checkpoint counts as signed only under the very key, and a cosignature only as of its witness', async (t) => {
  const log = generateKeyPairSync('ed25519')
  const witness = generateKeyPairSync('ed25519')
  const verifier = verifierOf('log.example/2026', 1, rawPublicKey(log.publicKey))
  const watching = verifierOf('witness.example', 4, rawPublicKey(witness.publicKey))
  const text = checkpointText({ origin: 'log.example/2026', size: 3, root: Buffer.alloc(32, 7) })
  const signature = sign(null, Buffer.from(text), log.privateKey)
  const cosignature = makeCosignature(text, 1_700_000_000, (bytes) => sign(null, bytes, witness.privateKey))
  const note = `${text}\n${signatureLine(verifier, signature)}${signatureLine(watching, cosignature)}`
  const signed = readSigned(note, verifier)
  t.match(signed, { kind: 'signed', checkpoint: { size: 3 } })
  if (signed.kind === 'signed') {
    t.equal(cosignedAt(signed.note, watching), 1_700_000_000)
    t.equal(cosignedAt(signed.note, verifierOf('witness.example', 4, Buffer.alloc(32, 1))), null)
    const later = Buffer.from(cosignature)
    later.writeBigUInt64BE(1_800_000_000n)
    const forged = readNote(`${text}\n${signatureLine(watching, later)}`)!
    t.equal(cosignedAt(forged, watching), null, 'with another time')
  }
  t.match(readSigned(note, verifierOf('log.example/2027', 1, verifier.publicKey)), { kind: 'unsigned' })
  t.match(readSigned(note.replace('\n3\n', '\n4\n'), verifier), { kind: 'forged' })
  t.match(readSigned(text, verifier), { kind: 'malformed' })
  t.equal(readVkey(vkeyOf(watching))?.type, 4)
})

t.test('tiles are named as in tlog-tiles', async (t) => {
  t.equal(tilePath({ level: 0, index: 1_234_067, width: 256 }), '0/x001/x234/067')
  t.equal(tilePath({ level: 2, index: 0, width: 1 }), '2/000.p/1')
  t.equal(tilePath({ level: null, index: 273, width: 112 }), 'entries/273.p/112')
  for (const wrong of [
    '0/1',
    '00/001',
    '64/000',
    '0/x000/001',
    '0/001.p/0',
    '0/001.p/256',
    '0/001.p/01',
    '0/x001',
    '0/001/x002',
    'entry/001',
    '0/../001',
    '-1/001',
    `0/${'x999/'.repeat(6)}999`,
  ]) {
    t.equal(readTilePath(wrong), null, wrong)
  }
  assert(
    property(
      record({
        level: option(nat(63)),
        index: nat(Number.MAX_SAFE_INTEGER),
        width: integer({ min: 1, max: 256 }),
      }),
      (tile) => {
        t.strictSame(readTilePath(tilePath(tile)), { ...tile })
      },
    ),
  )
})

t.test('a bundle comes apart into its entries, or not at all', async (t) => {
  const bundle = Buffer.from([0, 2, 97, 98, 0, 0, 0, 1, 99])
  t.strictSame(
    readBundle(bundle)?.map((entry) => Buffer.from(entry).toString()),
    ['ab', '', 'c'],
  )
  for (const length of [1, 3, 8]) t.equal(readBundle(bundle.subarray(0, length)), null)
})

t.test('a proof file is read as it was written', async (t) => {
  const proof = { extra: Buffer.from('{"v":1}'), index: 73_894, hashes: [Buffer.alloc(32, 1)], checkpoint: COSIGNED }
  const text = proofText(proof)
  t.equal(text.split('\n')[0], 'c2sp.org/tlog-proof@v1')
  t.strictSame(readProof(text), proof)
  t.strictSame(readProof(proofText({ ...proof, extra: null, hashes: [] })), { ...proof, extra: null, hashes: [] })
  for (const wrong of [
    text.replace('@v1', '@v2'),
    text.replace('index 73894', 'index 073894'),
    text.replace('index', 'Index'),
    text.replace('AQE=', 'AQE'),
    text.replace('extra e', 'extra =e'),
    text.split('\n\n')[0]!,
  ]) {
    t.equal(readProof(wrong), null)
  }
})
