// Prints the entries of a log as lines of JSON, for other tools to search: every record as it was signed, oldest first.

import { readCheckpoint } from '../../audit/log/checkpoint.ts'
import { readNote } from '../../audit/log/note.ts'
import { TILE_WIDTH, readBundle, tilePath } from '../../audit/log/tile.ts'
import { CommandError } from '../output.ts'
import { readPart, type ShardPlace } from './source.ts'

/**
 * Entry by entry, with memory for one bundle. It checks nothing but that all of them are there: `verify` does the rest.
 * Throws CommandError for a part that is missing.
 */
export async function* entriesOf({ prefix }: ShardPlace): AsyncGenerator<string> {
  const note = await readPart(prefix, 'checkpoint')
  const checkpoint = readCheckpoint(readNote(note?.toString() ?? '')?.text ?? '')
  if (checkpoint === null) throw new CommandError(1, `${prefix} 没有检查点。`, `There is no checkpoint at ${prefix}.`)
  for (let start = 0; start < checkpoint.size; start += TILE_WIDTH) {
    const width = Math.min(TILE_WIDTH, checkpoint.size - start)
    const bundle = await readPart(prefix, `tile/${tilePath({ level: null, index: start / TILE_WIDTH, width })}`)
    const entries = bundle === null ? null : readBundle(bundle)
    if (entries?.length !== width) {
      throw new CommandError(
        1,
        `${prefix} 自第 ${start} 条起的条目缺失或已损坏，请先运行 audit verify。`,
        `Entries of ${prefix} are missing or broken from ${start} on; run audit verify first.`,
      )
    }
    for (const entry of entries) yield Buffer.from(entry).toString()
  }
}
