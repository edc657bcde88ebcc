// The command `gateway audit redo-erasures`: after a restored backup, whom a newer copy of the log names as erased is erased again.

import { readOrigin, shardOrigin, shardVerifier } from '../../audit/log/names.ts'
import { vkeyOf } from '../../audit/log/note.ts'
import { openRecording } from '../../audit/records.ts'
import { configOptions, readEnvironment } from '../../config.ts'
import { lookUpConfig } from '../../config/kept.ts'
import type { Store } from '../../domain/store.ts'
import { openMaterialFiles } from '../../store/material-files.ts'
import { systemClock, systemIds } from '../../system.ts'
import { answer, CommandError, remark } from '../output.ts'
import { openOwnStore } from '../own-store.ts'
import { entriesOf } from './list.ts'
import { openSource, type Source } from './source.ts'
import { verifyPlace } from './verify-place.ts'

const PAGE_RECORDS = 200

interface Erasure {
  readonly id: string
  readonly outcome: string
  readonly erasureRef?: string
  readonly intent?: string
}

/** Of each erasure that the copy has and this store has not. */
interface Redone {
  /** The person was known here, and what may go is gone. */
  redone: number
  /** Nobody here: the person came after the backup, or there was nothing left to erase. */
  unknown: number
  /** Done again before, by this command. */
  before: number
}

async function* erasuresIn({ shards }: Source): AsyncGenerator<Erasure> {
  for (const shard of shards) {
    for await (const entry of entriesOf(shard)) {
      if (entry.includes('"kind":"subject-erased"')) yield JSON.parse(entry) as Erasure
    }
  }
}

/** The erasures that stand behind those which this store has done again. */
async function doneAgain(store: Pick<Store, 'listRecords'>): Promise<Set<unknown>> {
  const done = new Set<unknown>()
  let after: number | null = 0
  while (after !== null) {
    const page: Awaited<ReturnType<Store['listRecords']>> = await store.listRecords({
      kind: 'subject-erased',
      limit: PAGE_RECORDS,
      after,
    })
    for (const { leaf } of page.entries) if (leaf['intent'] !== undefined) done.add(leaf['intent'])
    after = page.next
  }
  return done
}

/** With this log's own keys, so that nobody has people erased by a made-up copy. */
async function verified(place: string, keys: readonly string[]): Promise<Source> {
  const { shards } = await verifyPlace(place, {
    keys,
    witnesses: [],
    required: 0,
    earlier: [],
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  if (shards.some(({ findings }) => findings.length > 0)) {
    throw new CommandError(
      1,
      `${place} 不是本网关签名的完好日志，什么也没有删除。请用 audit verify 查看。`,
      `${place} is no sound log that this gateway has signed; nothing was erased. Look at it with audit verify.`,
    )
  }
  return openSource(place)
}

/**
 * Each erasure is one transaction with its record: killed anywhere, the command may simply be run again. Throws StoreProblem while
 * a gateway runs on the folder, CommandError for a copy that is not sound.
 */
export async function redoErasures({ from }: { readonly from: string }): Promise<void> {
  const config = lookUpConfig(configOptions(readEnvironment()))
  const clock = systemClock
  await using store = await openOwnStore(config)
  const newest = (await store.logShards()).at(-1)
  const origin = newest === undefined ? config.auditLog.origin : (readOrigin(shardOrigin(newest))?.base ?? '')
  const year = newest?.year ?? new Date(clock.now()).getUTCFullYear()
  const copy = await verified(
    from,
    store.logKeys.map(({ publicKey }) => vkeyOf(shardVerifier(origin, year, publicKey))),
  )
  const recording = openRecording({ clock, ids: systemIds, keyed: store.keyed, configVersion: config.version })
  const files = openMaterialFiles({ dataDir: config.dataDir, ids: systemIds })
  const done = await doneAgain(store)
  const counts: Redone = { redone: 0, unknown: 0, before: 0 }
  for await (const { id, outcome, erasureRef } of erasuresIn(copy)) {
    if ((await store.findRecord(id)) !== null) continue
    if (done.has(id)) counts.before += 1
    else if (erasureRef === undefined) counts.unknown += 1
    else {
      const erased = await store.redoErasure(erasureRef, recording.own('subject-erased', outcome, { intent: id }))
      await files.remove(erased.files)
      counts[erased.isKnown ? 'redone' : 'unknown'] += 1
    }
  }
  answer(JSON.stringify(counts))
  remark({
    zh: `备份之后的删除：重新执行 ${counts.redone} 次；${counts.unknown} 次在此没有可删除的；${counts.before} 次此前已重新执行。`,
    en: `Erasures after the backup: ${counts.redone} done again; for ${counts.unknown} there is nothing here to erase; ${counts.before} had been done again before.`,
  })
}
