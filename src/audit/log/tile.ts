// Tiles and entry bundles by C2SP tlog-tiles: how they are named, how wide they are, how entries stand in a bundle.

export const TILE_HEIGHT = 8
export const TILE_WIDTH = 2 ** TILE_HEIGHT

/** `level` null = a bundle of entries. `width` < 256 = a partial one. */
export interface TileName {
  readonly level: number | null
  readonly index: number
  readonly width: number
}

const LEVEL = /^(?:0|[1-9]\d?)$/
const WIDTH = /^[1-9]\d{0,2}$/
const LEVEL_MAX = 63

/** `7/x001/234.p/5`, as it follows `tile/` in an address. */
export function tilePath({ level, index, width }: TileName): string {
  const digits = String(index)
  const padded = digits.padStart(Math.ceil(digits.length / 3) * 3, '0')
  const parts = padded.match(/\d{3}/g)!
  const name = parts.map((part, at) => (at < parts.length - 1 ? `x${part}` : part)).join('/')
  return `${level ?? 'entries'}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`
}

/** Null for all that is not written exactly as `tilePath` writes it. */
export function readTilePath(path: string): TileName | null {
  const match = /^(\d+|entries)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path)
  if (match === null) return null
  const [, first = '', name = '', partial] = match
  if (first !== 'entries' && (!LEVEL.test(first) || Number(first) > LEVEL_MAX)) return null
  if (partial !== undefined && (!WIDTH.test(partial) || Number(partial) >= TILE_WIDTH)) return null
  const tile: TileName = {
    level: first === 'entries' ? null : Number(first),
    index: Number(name.replaceAll(/[x/]/g, '')),
    width: partial === undefined ? TILE_WIDTH : Number(partial),
  }
  return Number.isSafeInteger(tile.index) && tilePath(tile) === path ? tile : null
}

/** How many hashes the tiles of a level hold together, in a tree of `size` leaves. */
export const hashesAtLevel = (size: number, level: number): number => Math.floor(size / TILE_WIDTH ** level)

/** Of the levels from the lowest up to the last that holds any. */
export function levelsOf(size: number): number {
  let levels = 0
  while (hashesAtLevel(size, levels) > 0) levels += 1
  return levels
}

const LENGTH_BYTES = 2

/** Takes a bundle apart: each entry after its length in two bytes. Null if it does not come out even. */
export function readBundle(bundle: Uint8Array): readonly Uint8Array[] | null {
  const entries: Uint8Array[] = []
  for (let at = 0; at < bundle.length;) {
    if (at + LENGTH_BYTES > bundle.length) return null
    const from = at + LENGTH_BYTES
    at = from + bundle[at]! * 256 + bundle[at + 1]!
    if (at > bundle.length) return null
    entries.push(bundle.subarray(from, at))
  }
  return entries
}
