// Makes the proof that a record stands in the log, as a file to keep: it can be checked for ever, by anybody, without us.

import type { LogStore } from '../../domain/log.ts'
import { readCheckpoint } from './checkpoint.ts'
import { readNote } from './note.ts'
import { proofText } from './proof-file.ts'
import { inclusionProof } from './prove.ts'

/** `pending` = no checkpoint covers the record yet; in a second one will. */
export type Receipt = { readonly kind: 'pending' } | { readonly kind: 'proof'; readonly text: string }

/**
 * By the newest checkpoint that witnesses have cosigned if it covers the record, else by the newest there is.
 * Null if there is no such record.
 */
export async function makeReceipt(store: LogStore, recordId: string): Promise<Receipt | null> {
  const place = await store.logPlace(recordId)
  if (place === null || place.kind === 'pending') return place
  const shard = (await store.logShards()).find(({ year }) => year === place.year)
  const candidates = shard === undefined ? [] : [shard.witnessed, shard.checkpoint]
  for (const checkpoint of candidates) {
    const size = checkpoint === null ? 0 : (readCheckpoint(readNote(checkpoint)?.text ?? '')?.size ?? 0)
    if (checkpoint === null || size <= place.index) continue
    const hashes = await inclusionProof(place.index, size, async ({ level, index, width }) => {
      const tile = await store.logTile(place.year, level ?? 0, index, width)
      if (tile === null) throw new Error(`tile ${level}/${index} of ${place.year} is not covered by its own checkpoint`)
      return tile
    })
    return {
      kind: 'proof',
      text: proofText({ extra: Buffer.from(place.leaf), index: place.index, hashes, checkpoint }),
    }
  }
  return { kind: 'pending' }
}
