// The tree's hashes and proofs by RFC 6962, held by public vectors and by a plain reading of the RFC.

import { readFileSync } from 'node:fs'
import { assert, asyncProperty, constantFrom, nat } from 'fast-check'
import t from 'tap'
import { openEdge } from '../../src/audit/log/edge.ts'
import {
  EMPTY_ROOT,
  HASH_BYTES,
  isConsistent,
  leafHashOf,
  nodeHashOf,
  rootByInclusion,
} from '../../src/audit/log/merkle.ts'
import { consistencyProof, inclusionProof } from '../../src/audit/log/prove.ts'
import { TILE_WIDTH, hashesAtLevel, levelsOf, type TileName } from '../../src/audit/log/tile.ts'

interface Vectors {
  readonly inclusion: readonly {
    readonly name: string
    readonly leafIdx: number
    readonly treeSize: number
    readonly root: string
    readonly leafHash: string
    readonly proof: readonly string[] | null
    readonly wantErr: boolean
  }[]
  readonly consistency: readonly {
    readonly name: string
    readonly size1: number
    readonly size2: number
    readonly root1: string
    readonly root2: string
    readonly proof: readonly string[] | null
    readonly wantErr: boolean
  }[]
}

const vectors = JSON.parse(readFileSync(new URL('./vectors/rfc6962-proofs.json', import.meta.url), 'utf8')) as Vectors

const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64')

t.test('hashes are those of the vectors of transparency-dev/merkle', async (t) => {
  t.equal(EMPTY_ROOT.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.equal(
    leafHashOf(Buffer.alloc(0)).toString('hex'),
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  )
  t.equal(
    leafHashOf(Buffer.from('L123456')).toString('hex'),
    '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
  )
})

t.test('inclusion proofs are taken and refused as the vectors say', async (t) => {
  t.ok(vectors.inclusion.length > 90)
  for (const { name, leafIdx, treeSize, root, leafHash, proof, wantErr } of vectors.inclusion) {
    const reached = rootByInclusion(leafIdx, treeSize, bytes(leafHash), (proof ?? []).map(bytes))
    t.equal(reached !== null && reached.equals(bytes(root)), !wantErr, name)
  }
})

t.test('consistency proofs are taken and refused as the vectors say', async (t) => {
  t.ok(vectors.consistency.length > 90)
  for (const { name, size1, size2, root1, root2, proof, wantErr } of vectors.consistency) {
    const older = { size: size1, root: bytes(root1) }
    const newer = { size: size2, root: bytes(root2) }
    t.equal(isConsistent(older, newer, (proof ?? []).map(bytes)), !wantErr, name)
  }
})

/** Section 2.1 of the RFC as it is written, for trees that are small enough for it. */
function rootOf(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT
  if (leaves.length === 1) return leaves[0]!
  let split = 1
  while (split * 2 < leaves.length) split *= 2
  return nodeHashOf(rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split)))
}

const SIZE = 70_000
const leaves = Array.from({ length: SIZE }, (_, index) => leafHashOf(Buffer.from(`leaf ${index}`)))

/** Grows a tree to SIZE, and keeps what enters its tiles, and some of its roots. */
function grow(): { readonly tiles: readonly Buffer[][]; readonly roots: ReadonlyMap<number, Buffer> } {
  const tiles: Buffer[][] = [leaves]
  const roots = new Map<number, Buffer>()
  const edge = openEdge()
  for (const [index, leaf] of leaves.entries()) {
    for (const { level, index: at, hash } of edge.add(leaf)) {
      const above = (tiles[level] ??= [])
      if (at !== above.length) throw new Error(`hash ${at} of level ${level} came out of turn`)
      above.push(Buffer.from(hash))
    }
    if (index < 600 || index % 9973 === 0 || index === SIZE - 1) roots.set(index + 1, edge.root())
  }
  return { tiles, roots }
}

const { tiles, roots } = grow()

const readTile = async ({ level, index, width }: TileName): Promise<Buffer> =>
  Buffer.concat(tiles[level!]!.slice(index * TILE_WIDTH, index * TILE_WIDTH + width))

/** Partial tiles of a tree of this size, from the lowest up. */
async function partialTiles(size: number): Promise<Buffer[]> {
  return Promise.all(
    Array.from({ length: levelsOf(size) }, (_, level) => {
      const hashes = hashesAtLevel(size, level)
      const width = hashes % TILE_WIDTH
      return readTile({ level, index: (hashes - width) / TILE_WIDTH, width })
    }),
  )
}

t.test('a growing tree has the roots of the RFC, and tiles as the specification counts them', async (t) => {
  for (const [size, root] of roots) {
    if (size <= 600) t.ok(rootOf(leaves.slice(0, size)).equals(root), `${size} leaves`)
  }
  t.equal(tiles.length, 3)
  t.equal(tiles[1]!.length, 273, 'the example of tlog-tiles: 70,000 entries')
  t.equal(tiles[2]!.length, 1)
  t.equal(openEdge().root(), EMPTY_ROOT)
})

t.test('an edge opened from partial tiles goes on as if it had never been closed', async (t) => {
  for (const size of [0, 1, 2, 255, 256, 257, 511, 600, 19_947, 65_536, 65_537, 69_812]) {
    const edge = openEdge(await partialTiles(size))
    t.equal(edge.size(), size)
    if (roots.has(size)) t.ok(edge.root().equals(roots.get(size)!), `root of ${size}`)
    for (const leaf of leaves.slice(size)) edge.add(leaf)
    t.ok(edge.root().equals(roots.get(SIZE)!), `from ${size} on`)
  }
})

t.test('every proof made from tiles is accepted, and none of another leaf or tree', async () => {
  const sizes = [...roots.keys()]
  const anySize = constantFrom(...sizes)
  await assert(
    asyncProperty(anySize, nat(), async (size, any) => {
      const index = any % size
      const proof = await inclusionProof(index, size, readTile)
      const root = rootByInclusion(index, size, leaves[index]!, proof)
      if (root === null || !root.equals(roots.get(size)!)) return false
      const other = rootByInclusion(index, size, leaves[(index + 1) % SIZE]!, proof)
      return other === null || !other.equals(roots.get(size)!)
    }),
    { numRuns: 100 },
  )
  await assert(
    asyncProperty(anySize, anySize, async (one, two) => {
      const [older, newer] = one < two ? [one, two] : [two, one]
      const proof = await consistencyProof(older, newer, readTile)
      const trees = [older, newer].map((size) => ({ size, root: roots.get(size)! })) as [never, never]
      if (!isConsistent(...trees, proof)) return false
      if (older === newer) return true
      return !isConsistent({ size: older, root: Buffer.alloc(HASH_BYTES) }, trees[1], proof)
    }),
    { numRuns: 100 },
  )
})
