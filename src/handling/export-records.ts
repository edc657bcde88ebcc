// Gives out audit records as one file: page by page, up to the newest checkpoint, with a record of it that proves the file.

import { createHash } from 'node:crypto'
import type { AuditRecord, RecordFilter } from '../domain/audit.ts'
import type { Caller, Handled } from '../domain/caller.ts'
import { asFault, Fault } from '../domain/fault.ts'
import type { LogShard } from '../domain/log.ts'
import type { Parts } from './parts.ts'

/** Records that are in memory at once, in each export: so few that nobody waits long while they are written out. */
const PAGE_RECORDS = 100
/** Each reads as fast as its caller takes it; more of them would only take turns. */
export const EXPORTS_MAX = 2
const RETRY_AFTER_MS = 5000

/** How a file is written. What each gives is part of the digest. */
export interface ExportFormat {
  readonly mediaType: string
  readonly extension: string
  readonly headers: Readonly<Record<string, string>>
  /** Records of a file at most; null = all that fit. */
  readonly recordsMax: number | null
  head(about: ExportAbout): string
  record(record: AuditRecord): string
  /** `isWhole`: whether all that fit are in it. */
  foot(records: number, isWhole: boolean): string
}

export interface ExportAbout {
  /** Id of the record that will say what the file was. */
  readonly exportId: string
  readonly at: number
  /** The log that the records are in, and how many entries of it there were. */
  readonly log: { readonly origin: string; readonly size: number } | null
  /** After which record the file goes on, null from the beginning. */
  readonly goesOnAfter: string | null
}

export interface ExportWish {
  readonly format: ExportFormat
  readonly filter: Omit<RecordFilter, 'limit' | 'after' | 'upTo'>
  /** Id of the last record that the caller has. */
  readonly afterRecord: string | null
  /** Records at most. */
  readonly recordsMax: number | null
  readonly originOf: (shard: LogShard) => string
}

export interface Exports {
  /**
   * Records that the export begins, and answers with the file as it is read. A record of what it was is durable before its last bytes
   * leave; a file that was not read to its end has one that says so. Throws Fault EXPORTS_BUSY, PARAMETER_INVALID, or what the store
   * throws.
   */
  open(caller: Caller, wish: ExportWish, about: { readonly subjectKey: string | null }): Promise<Handled>
}

interface Running {
  readonly caller: Caller
  readonly wish: ExportWish
  readonly begunId: string
  readonly exportId: string
  readonly subjectKey: string | null
  readonly upTo: number
  readonly after: number
  readonly about: ExportAbout
}

export function openExports(parts: Parts): Exports {
  const { store, recording, clock, ids } = parts
  let running = 0

  async function positionOf(recordId: string, shards: readonly LogShard[]): Promise<number> {
    const place = await store.logPlace(recordId)
    if (place?.kind !== 'covered') throw new Fault('PARAMETER_INVALID', { errors: [NO_RECORD] })
    const before = shards.filter(({ year }) => year < place.year).reduce((sum, { size }) => sum + size, 0)
    return before + place.index + 1
  }

  /** Pieces of the file; the last one is given only when the record of the whole is durable. */
  async function* piecesOf(run: Running): AsyncGenerator<Buffer> {
    running += 1
    const { format } = run.wish
    const digest = createHash('sha256')
    let [bytes, records, ended] = [0, 0, false]
    // The newest piece is held back until another follows it, or the record is durable.
    let held: Buffer = Buffer.from(format.head(run.about))
    const give = (): Buffer => {
      digest.update(held)
      bytes += held.length
      return held
    }
    const put = async (outcome: string): Promise<void> => {
      ended = true
      const record = recording.of(run.caller, 'audit-exported', outcome, {
        subjectKey: run.subjectKey,
        intent: run.begunId,
        contentDigest: outcome === 'exported' ? digest.digest('base64url') : null,
        counts: { records, bytes, entries: run.upTo },
      })
      await store.append([{ ...record, id: run.exportId }])
    }
    try {
      const recordsMax = Math.min(run.wish.recordsMax ?? Infinity, format.recordsMax ?? Infinity)
      let after: number | null = run.after
      while (after !== null && records < recordsMax) {
        const limit = Math.min(PAGE_RECORDS, recordsMax - records)
        const page: Awaited<ReturnType<typeof store.listRecords>> = await store.listRecords({
          ...run.wish.filter,
          upTo: run.upTo,
          limit,
          after,
        })
        records += page.entries.length
        after = page.next
        if (page.entries.length === 0) continue
        if (held.length > 0) yield give()
        held = Buffer.from(page.entries.map((record) => format.record(record)).join(''))
      }
      held = Buffer.concat([held, Buffer.from(format.foot(records, after === null))])
      const last = give()
      await put('exported')
      yield last
    } catch (error) {
      if (!ended) await put('failed').catch(() => undefined)
      throw asFault(error)
    } finally {
      running -= 1
      if (!ended) await put('caller-gone').catch(() => undefined)
    }
  }

  return {
    async open(caller, wish, { subjectKey }) {
      if (running >= EXPORTS_MAX) throw new Fault('EXPORTS_BUSY', { retryAfterMs: RETRY_AFTER_MS })
      const shards = await store.logShards()
      const newest = shards.at(-1)
      const after = wish.afterRecord === null ? 0 : await positionOf(wish.afterRecord, shards)
      const begun = recording.of(caller, 'audit-read', 'exporting', { subjectKey, status: 200 })
      const exportId = ids.recordId(clock.now())
      await store.append([begun])
      const log = newest === undefined ? null : { origin: wish.originOf(newest), size: newest.size }
      const about = { exportId, at: clock.now(), log, goesOnAfter: wish.afterRecord }
      const upTo = shards.reduce((sum, { size }) => sum + size, 0)
      const { mediaType, extension, headers } = wish.format
      return {
        recordId: begun.id,
        status: 200,
        headers: {
          ...headers,
          'content-type': mediaType,
          'content-disposition': `${extension === 'html' ? 'inline' : 'attachment'}; filename="audit-records-${exportId}.${extension}"`,
          'export-record': exportId,
        },
        body: piecesOf({ caller, wish, begunId: begun.id, exportId, subjectKey, upTo, after, about }),
      }
    },
  }
}

const NO_RECORD = {
  pointer: '?afterRecord',
  rule: 'record',
  message: {
    zh: '参数 afterRecord：须为日志中已签名的一条记录的编号。',
    en: 'Parameter afterRecord: must be the id of a record that the signed log covers.',
  },
} as const
