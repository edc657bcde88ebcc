// A verifier that trusts nobody: each way of tampering with a log is found, and the first bad entry is named.

import { sign } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { readCheckpoint } from '../../src/audit/log/checkpoint.ts'
import { readNote } from '../../src/audit/log/note.ts'
import { makeSuccession } from '../../src/audit/log/succession.ts'
import { verifyPlace } from '../../src/cli/audit/verify-place.ts'
import { leafOf, newSigner, ORIGIN, vkeyOfYear, writeShard, type LogSigner } from '../audit/log-folder.ts'

const folder = mkdtempSync(join(tmpdir(), 'audit-verify-'))
t.teardown(() => rmSync(folder, { recursive: true, force: true }))

const signer = newSigner()
const KEY = vkeyOfYear(signer, 2026)
// Enough for several stretches, so that threads take part, and for a tile above the lowest.
const SIZE = 70_000
const leaves = Array.from({ length: SIZE }, (_, at) => leafOf(at + 1))
const SOUND = join(folder, 'sound')
const checkpoint = writeShard(SOUND, 2026, leaves, signer)
const YOUNG = 700

interface Verified {
  readonly findings: readonly { readonly index: number | null; readonly en: string }[]
  readonly remarks: readonly string[]
  readonly entries: number
}

async function verified(
  place: string,
  keys: readonly string[] = [KEY],
  earlier: readonly string[] = [],
): Promise<Verified> {
  const { shards } = await verifyPlace(place, {
    keys,
    witnesses: [],
    required: 0,
    earlier: earlier.map((note) => ({ by: 'a witness', checkpoint: readCheckpoint(readNote(note)!.text)!, note })),
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  return {
    findings: shards.flatMap(({ findings }) => findings.map(({ index, what }) => ({ index, en: what.en }))),
    remarks: shards.flatMap(({ remarks }) => remarks.map(({ what }) => what.en)),
    entries: shards.reduce((sum, { size }) => sum + size, 0),
  }
}

t.test('a sound log is found sound, with threads and without', async (t) => {
  t.same(await verified(SOUND), { findings: [], remarks: [], entries: SIZE })
  const small = join(folder, 'small')
  writeShard(small, 2026, leaves.slice(0, 300), signer)
  t.same(await verified(small), { findings: [], remarks: [], entries: 300 })
  t.same(await verified(join(small, '2026')), { findings: [], remarks: [], entries: 300 }, 'by its own folder too')
  const two = join(folder, 'two-years')
  writeShard(two, 2026, leaves.slice(0, 300), signer)
  writeShard(two, 2027, leaves.slice(300, 900), signer)
  t.same((await verified(two)).findings, [], 'sequences run on from one year to the next')
})

const ENTRIES = 'tile/entries/000'
const TILE = 'tile/0/000'

/** A copy of a log of some hundred entries, for harm. */
function copyOf(size = YOUNG): string {
  const copy = mkdtempSync(join(folder, 'copy-'))
  writeShard(copy, 2026, leaves.slice(0, size), signer)
  return copy
}

function changeFile(copy: string, name: string, change: (bytes: Buffer) => Buffer): void {
  const file = join(copy, '2026', name)
  writeFileSync(file, change(readFileSync(file)))
}

/** Takes a bundle apart, changes the list of its entries, and puts it together again. */
function changeEntries(copy: string, change: (entries: string[]) => void): void {
  changeFile(copy, ENTRIES, (bundle) => {
    const entries: string[] = []
    for (let at = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at)) {
      entries.push(bundle.subarray(at + 2, at + 2 + bundle.readUInt16BE(at)).toString())
    }
    change(entries)
    return Buffer.concat(
      entries.flatMap((entry) => [Buffer.of(entry.length >> 8, entry.length & 0xff), Buffer.from(entry)]),
    )
  })
}

/** Writes the whole log anew with other leaves, as somebody would who has every file, and maybe the key. */
function rewritten(change: (all: string[]) => string[], by: LogSigner): string {
  const copy = mkdtempSync(join(folder, 'rewritten-'))
  writeShard(copy, 2026, change(leaves.slice(0, YOUNG)), by)
  return copy
}

const other = newSigner()

interface Harm {
  readonly place: () => string
  /** The first finding: of which entry, in which words. */
  readonly index: number | null
  readonly says: RegExp
  readonly earlier?: readonly string[]
}

const harmed = (harm: (copy: string) => void): (() => string) => {
  return () => {
    const copy = copyOf()
    harm(copy)
    return copy
  }
}

const kept = writeShard(join(folder, 'kept'), 2026, leaves.slice(0, YOUNG), signer)
const longer = writeShard(join(folder, 'longer'), 2026, leaves.slice(0, YOUNG + 5), signer)

const HARMS: Readonly<Record<string, Harm>> = {
  'an entry changed': {
    place: harmed((copy) => changeEntries(copy, (all) => all.splice(17, 1, leafOf(18, 0)))),
    index: 17,
    says: /Entry 17 .*changed/,
  },
  'an entry deleted': {
    place: harmed((copy) => changeEntries(copy, (all) => all.splice(40, 1))),
    index: 0,
    says: /holds 255/,
  },
  'an entry inserted': {
    place: harmed((copy) => changeEntries(copy, (all) => all.splice(40, 0, leafOf(9999)))),
    index: 0,
    says: /holds 257/,
  },
  'two entries swapped': {
    place: harmed((copy) => changeEntries(copy, (all) => all.splice(7, 2, all[8]!, all[7]!))),
    index: 7,
    says: /Entry 7 .*moved/,
  },
  'the last entries cut off': {
    place: harmed((copy) => rmSync(join(copy, '2026/tile/entries/002.p'), { recursive: true })),
    index: 512,
    says: /bundle of 188 entries.*missing/,
  },
  'a tile changed': {
    place: harmed((copy) => changeFile(copy, TILE, (bytes) => bytes.fill(1, 32, 64))),
    index: 1,
    says: /Entry 1 /,
  },
  'a higher tile changed': {
    place: harmed((copy) => changeFile(copy, 'tile/1/000.p/2', (bytes) => bytes.fill(1, 0, 1))),
    index: null,
    says: /Tile 0 of level 1/,
  },
  'an entry and its tile changed together': {
    place: harmed((copy) => {
      const changed = rewritten((all) => all.with(17, leafOf(18, 0)), other)
      for (const name of [ENTRIES, TILE]) cpSync(join(changed, '2026', name), join(copy, '2026', name))
    }),
    index: null,
    says: /Tile 0 of level 1/,
  },
  'all files written anew, under the old checkpoint': {
    place: () => {
      const copy = rewritten((all) => all.with(17, leafOf(18, 0)), other)
      writeFileSync(join(copy, '2026/checkpoint'), kept)
      return copy
    },
    index: null,
    says: /root is not the one that was signed/,
  },
  'a record left out before it was signed': {
    place: () => rewritten((all) => all.toSpliced(100, 1), signer),
    index: 100,
    says: /goes from 100 to 102/,
  },
  'all written anew and signed with another key': {
    place: () => rewritten((all) => all.with(17, leafOf(18, 0)), other),
    index: null,
    says: /not signed by a trusted key/,
  },
  'the checkpoint changed': {
    place: harmed((copy) =>
      changeFile(copy, 'checkpoint', (bytes) => Buffer.from(String(bytes).replace('\n700\n', '\n512\n'))),
    ),
    index: null,
    says: /forged/,
  },
  'the log of another year in its place': {
    place: harmed((copy) => renameSync(join(copy, '2026'), join(copy, '2027'))),
    index: null,
    says: /of another log/,
  },
  'an older state of everything, which a witness has seen grow': {
    place: harmed(() => undefined),
    index: null,
    says: /rolled back.*705 entries.*700/,
    earlier: [longer],
  },
  'a history that its key signed anew, which a witness has seen otherwise': {
    place: () => rewritten((all) => all.with(17, leafOf(18, Date.parse('2026-11-30T00:00:00.183Z'))), signer),
    index: null,
    says: /not what a witness has seen/,
    earlier: [kept],
  },
  'a year that a witness has seen, gone': {
    place: () => {
      const copy = mkdtempSync(join(folder, 'other-year-'))
      writeShard(copy, 2027, leaves.slice(YOUNG, YOUNG + 3), signer)
      return copy
    },
    index: null,
    says: /700 entries of this log, and it is not here/,
    earlier: [kept],
  },
}

for (const [what, { place, index, says, earlier }] of Object.entries(HARMS)) {
  t.test(`found: ${what}`, async (t) => {
    const { findings } = await verified(place(), [KEY], earlier)
    const [first] = findings
    t.match(first, { index, en: says })
  })
}

t.test('in a long log the first of several bad entries is named first', async (t) => {
  const copy = join(folder, 'long')
  cpSync(SOUND, copy, { recursive: true })
  for (const bundle of ['200', '070']) {
    const file = join(copy, '2026/tile/entries', bundle)
    writeFileSync(file, readFileSync(file).fill('x', 2, 4))
  }
  const { findings } = await verified(copy)
  t.equal(findings[0]?.index, 70 * 256)
  t.ok(
    findings.some(({ index }) => index === 200 * 256),
    'and the others are named too',
  )
})

t.test('an older checkpoint of a log that only grew is held against it, wherever it ended', async (t) => {
  for (const size of [1, 255, 256, 257, 65_536]) {
    const earlier = writeShard(join(folder, `earlier-${size}`), 2026, leaves.slice(0, size), signer)
    t.same((await verified(SOUND, [KEY], [earlier])).findings, [], `${size} entries`)
  }
})

t.test('a checkpoint that the log’s key has not signed is held against it, and called no evidence', async (t) => {
  const madeUp = writeShard(join(folder, 'made-up'), 2026, leaves.slice(0, 300), other)
  t.match(await verified(join(folder, 'kept'), [KEY], [madeUp]), { findings: [], remarks: [/is no evidence/] })
  t.match(await verified(join(folder, 'kept'), [KEY], [kept]), { findings: [], remarks: [] })
})

t.test('a time that goes back is remarked upon, and does not make a log unsound', async (t) => {
  const copy = mkdtempSync(join(folder, 'clock-'))
  writeShard(copy, 2026, [...leaves.slice(0, 10), leafOf(11, Date.parse('2026-11-29T00:00:00Z'))], signer)
  const { findings, remarks } = await verified(copy)
  t.same(findings, [])
  t.match(remarks, [/goes back by 86400 s/])
})

t.test('a key is followed by another only where both have signed', async (t) => {
  const next = newSigner()
  const by = (one: LogSigner) => ({
    publicKey: one.publicKey,
    sign: async (bytes: Uint8Array) => sign(null, bytes, one.privateKey),
  })
  const note = await makeSuccession(ORIGIN, by(signer), by(next), 0)
  const foreign = await makeSuccession(ORIGIN, by(other), by(next), 0)
  const forged = note.replace('1970', '1971')
  const succeeded = async (notes: readonly string[]): Promise<readonly unknown[]> => {
    const copy = rewritten((all) => all, next)
    writeFileSync(join(copy, 'audit-key-successions'), JSON.stringify({ successions: notes }))
    return (await verified(copy)).findings
  }
  t.same(await succeeded([note]), [])
  t.match(await succeeded([foreign]), [{ en: /not signed by a trusted key/ }])
  t.match(await succeeded([forged]), [{ en: /not signed by a trusted key/ }])
  t.match(await succeeded([]), [{ en: /not signed by a trusted key/ }])
})

t.test('without a key, those of the place are taken, and that is told', async (t) => {
  const { trust } = await verifyPlace(join(folder, 'kept'), {
    keys: [],
    witnesses: [],
    required: 0,
    earlier: [],
    onTrust: (trust) => t.equal(trust.given, false),
    progress: () => () => undefined,
  })
  t.equal(trust.keys.length, 1)
  t.ok(checkpoint.startsWith(`${ORIGIN}/2026\n${SIZE}\n`))
})
