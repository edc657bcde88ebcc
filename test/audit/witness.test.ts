// A witness by its rules, one by one: what it cosigns, what it refuses and with which status, and that it never forgets.

import { sign } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { askWitness, type WitnessReply } from '../../src/audit/log/ask-witness.ts'
import { cosignedAt, readCheckpoint } from '../../src/audit/log/checkpoint.ts'
import { leafHashOf } from '../../src/audit/log/merkle.ts'
import { readNote, readVkey, verifierOf } from '../../src/audit/log/note.ts'
import { consistencyProof, type ReadTile } from '../../src/audit/log/prove.ts'
import { readSubmission, submissionText } from '../../src/audit/log/submission.ts'
import { TILE_WIDTH } from '../../src/audit/log/tile.ts'
import { addCheckpoint, type WitnessAnswer, type WitnessOptions } from '../../src/audit/log/witness.ts'
import { openWitnessHeads, type HeadStore } from '../../src/store/witness-heads.ts'
import { newSigner, ORIGIN, signedCheckpoint, vkeyOfYear, type LogSigner } from './log-folder.ts'
import { rootOf } from './whole-log.ts'

const NOW = Date.parse('2026-11-30T08:00:00.000Z')
const logKey = newSigner()
const witnessKey = newSigner()
const verifier = verifierOf('witness.example/one', 4, witnessKey.publicKey)

/** Two histories of one log that part after 500 entries. */
const TRUE = Array.from({ length: 700 }, (_, at) => leafHashOf(Buffer.from(`entry ${at}`)))
const FORKED = TRUE.map((hash, at) => (at < 500 ? hash : leafHashOf(Buffer.from(`another ${at}`))))

const noteOf = (leaves: readonly Buffer[], size: number, by: LogSigner = logKey, year = 2026): string =>
  signedCheckpoint(year, size, rootOf(leaves.slice(0, size)), by)

/** Tiles as a log of these leaves has them. */
const tilesOf =
  (leaves: readonly Buffer[]): ReadTile =>
  async ({ level, index, width }) => {
    const span = TILE_WIDTH ** (level ?? 0)
    const hashes = Array.from({ length: width }, (_, at) => {
      const from = (index * TILE_WIDTH + at) * span
      return rootOf(leaves.slice(from, from + span))
    })
    return Buffer.concat(hashes)
  }

async function bodyOf(
  leaves: readonly Buffer[],
  old: number,
  size: number,
  note = noteOf(leaves, size),
): Promise<string> {
  const proof = old > 0 && old < size ? await consistencyProof(old, size, tilesOf(leaves)) : []
  return submissionText({ old, proof, checkpoint: note })
}

const folder = mkdtempSync(join(tmpdir(), 'gateway-witness-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const optionsOf = (heads: HeadStore): WitnessOptions => ({
  verifier,
  sign: (bytes) => sign(null, bytes, witnessKey.privateKey),
  logs: [readVkey(vkeyOfYear(logKey, 2026))!],
  heads,
  now: () => NOW,
})

interface Witness {
  readonly heads: HeadStore
  readonly add: (body: string) => WitnessAnswer
}

let folders = 0
function newWitness(t: Test, into = join(folder, `witness-${(folders += 1)}`)): Witness & { readonly into: string } {
  const heads = openWitnessHeads(into)
  t.teardown(() => heads[Symbol.dispose]())
  return { heads, into, add: (body) => addCheckpoint(optionsOf(heads), body) }
}

/** The answer is a cosignature of this note by the witness's key, at the witness's time. */
function isCosigned(t: Test, answer: WitnessAnswer, note: string): void {
  t.equal(answer.status, 200, answer.body)
  t.equal(cosignedAt(readNote(`${note}${answer.body}`)!, verifier), NOW / 1000)
}

t.test('it cosigns a log that only grows, and the same tree again', async (t) => {
  const { add, heads } = newWitness(t)
  let old = 0
  for (const size of [1, 1, 255, 256, 257, 500, 700, 700]) {
    isCosigned(t, add(await bodyOf(TRUE, old, size)), noteOf(TRUE, size))
    old = size
  }
  t.match(heads.find(`${ORIGIN}/2026`), noteOf(TRUE, 700), 'and remembers the newest')
})

t.test('each year is a log of its own, and one key is known in all its years', async (t) => {
  const { add } = newWitness(t)
  isCosigned(t, add(await bodyOf(TRUE, 0, 700)), noteOf(TRUE, 700))
  const next = noteOf(TRUE, 3, logKey, 2027)
  isCosigned(t, add(await bodyOf(TRUE, 0, 3, next)), next)
})

t.test('an empty log may be cosigned, and grows from nothing', async (t) => {
  const { add } = newWitness(t)
  isCosigned(t, add(await bodyOf(TRUE, 0, 0)), noteOf(TRUE, 0))
  isCosigned(t, add(await bodyOf(TRUE, 0, 5)), noteOf(TRUE, 5))
})

t.test('what it does not cosign, and with which status', async (t) => {
  const stranger = newSigner()
  const known = 500
  const size = { type: 'text/x.tlog.size', body: `${known}\n` }
  const rows: readonly [string, Promise<string> | string, Partial<WitnessAnswer>][] = [
    ['no request at all', '', { status: 400 }],
    ['a size with a leading zero', (await bodyOf(TRUE, known, 700)).replace('old 500', 'old 0500'), { status: 400 }],
    ['no checkpoint', 'old 500\n\nnothing\n', { status: 400 }],
    [
      '64 hashes',
      submissionText({ old: 500, proof: TRUE.slice(0, 64), checkpoint: noteOf(TRUE, 700) }),
      { status: 400 },
    ],
    ['an old size beyond the new one', bodyOf(TRUE, 701, 700), { status: 400 }],
    [
      'a log that it does not know',
      bodyOf(TRUE, 0, 1, noteOf(TRUE, 1).replaceAll(ORIGIN, 'other.example/log')),
      { status: 404 },
    ],
    ['a key that it does not know', bodyOf(TRUE, known, 700, noteOf(TRUE, 700, stranger)), { status: 403 }],
    [
      'a changed checkpoint',
      bodyOf(TRUE, known, 700, noteOf(TRUE, 700).replace('\n700\n', '\n699\n')),
      { status: 403 },
    ],
    ['another old size', bodyOf(TRUE, 0, 700), { status: 409, ...size }],
    ['a smaller tree', bodyOf(TRUE, 400, 499), { status: 409, ...size }],
    ['another tree of the same size', bodyOf(FORKED.with(3, TRUE[4]!), known, known), { status: 409, ...size }],
    ['no proof', submissionText({ old: known, proof: [], checkpoint: noteOf(TRUE, 700) }), { status: 422 }],
    [
      'the proof of another size',
      submissionText({
        old: known,
        proof: [...(readSubmission(await bodyOf(TRUE, 499, 700))?.proof ?? [])],
        checkpoint: noteOf(TRUE, 700),
      }),
      { status: 422 },
    ],
    ['a history that parted before', bodyOf(FORKED.with(3, TRUE[4]!), known, 700), { status: 422 }],
  ]
  for (const [what, body, expected] of rows) {
    const { add, heads } = newWitness(t)
    isCosigned(t, add(await bodyOf(TRUE, 0, known)), noteOf(TRUE, known))
    const before = heads.find(`${ORIGIN}/2026`)
    t.match(add(await body), expected, what)
    t.equal(heads.find(`${ORIGIN}/2026`), before, `${what}: it remembers what it did`)
    isCosigned(t, add(await bodyOf(TRUE, known, 700)), noteOf(TRUE, 700))
  }
})

t.test('a first checkpoint with a proof is refused: there is nothing to prove', async (t) => {
  const { add } = newWitness(t)
  t.equal(add(submissionText({ old: 0, proof: [TRUE[0]!], checkpoint: noteOf(TRUE, 3) })).status, 422)
})

t.test('signed checkpoints that contradict each other are kept as evidence', async (t) => {
  const { add, heads } = newWitness(t)
  isCosigned(t, add(await bodyOf(TRUE, 0, 600)), noteOf(TRUE, 600))
  t.equal(add(await bodyOf(FORKED, 600, 600)).status, 409)
  t.equal(add(await bodyOf(FORKED, 600, 700)).status, 422)
  t.strictSame(heads.contradictions(), [noteOf(FORKED, 600), noteOf(FORKED, 700)])
})

t.test('it remembers over a restart, and two on one folder are refused', async (t) => {
  const first = newWitness(t)
  isCosigned(t, first.add(await bodyOf(TRUE, 0, 600)), noteOf(TRUE, 600))
  t.throws(() => openWitnessHeads(first.into), { code: 'STORE_LOCKED' })
  first.heads[Symbol.dispose]()
  const again = newWitness(t, first.into)
  t.match(again.add(await bodyOf(TRUE, 0, 300)), { status: 409, body: '600\n' }, 'a roll-back is refused')
  t.equal(again.add(await bodyOf(FORKED, 600, 700)).status, 422, 'and another history')
  isCosigned(t, again.add(await bodyOf(TRUE, 600, 700)), noteOf(TRUE, 700))
})

t.test('a log that asks it is told what it has to do with the answer', async (t) => {
  const { add } = newWitness(t)
  const ask = (leaves: readonly Buffer[], size: number, seen: number, by = logKey): Promise<WitnessReply> =>
    askWitness({
      witness: { verifier, address: 'http://witness.example' },
      checkpoint: readCheckpoint(readNote(noteOf(leaves, size, by))!.text)!,
      note: noteOf(leaves, size, by),
      seen,
      readTile: tilesOf(leaves),
      post: async (_address, body) => add(body),
      stop: new AbortController().signal,
    })
  t.match(await ask(TRUE, 300, 0), { state: 'agrees', seen: 300 })
  t.match(await ask(TRUE, 600, 0), { state: 'agrees', seen: 600 }, 'it says itself how far it has come')
  t.match(await ask(TRUE, 400, 400), { state: 'disputes', why: /has seen 600 .* 400: the log was rolled back/ })
  t.match(await ask(FORKED, 600, 600), { state: 'disputes', why: /rewritten/ })
  t.match(await ask(FORKED, 700, 0), { state: 'disputes', why: /rewritten/ })
  t.match(await ask(TRUE, 700, 600, newSigner()), { state: 'refuses', why: /403/ })
})

t.test('an answer that is no cosignature of this checkpoint by this key counts as none', async (t) => {
  const answers: readonly WitnessAnswer[] = [
    { status: 200, type: 'text/plain', body: '' },
    { status: 200, type: 'text/plain', body: '<html>' },
    { status: 200, type: 'text/plain', body: `— witness.example/one ${Buffer.alloc(76).toString('base64')}\n` },
    { status: 409, type: 'text/plain', body: '600\n' },
    { status: 409, type: 'text/x.tlog.size', body: 'many\n' },
    { status: 400, type: 'text/plain', body: '' },
  ]
  for (const answer of answers) {
    const reply = await askWitness({
      witness: { verifier, address: 'http://witness.example' },
      checkpoint: readCheckpoint(readNote(noteOf(TRUE, 300))!.text)!,
      note: noteOf(TRUE, 300),
      seen: 0,
      readTile: tilesOf(TRUE),
      post: async () => answer,
      stop: new AbortController().signal,
    })
    t.match(reply, { state: 'unreachable', line: null }, JSON.stringify(answer))
  }
})
