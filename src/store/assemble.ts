// What the stores have in common, whatever engine is behind them: the keys, and the methods over operators.

import type { KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RecordDraft } from '../domain/audit.ts'
import type { Clock } from '../domain/clock.ts'
import type { Ids, Keyed } from '../domain/ids.ts'
import type { LogKey } from '../domain/log.ts'
import type { Store } from '../domain/store.ts'
import type { BatchesOptions } from './batches.ts'
import { storeCalls, type Operators } from './calls.ts'
import { fingerprintOf, KEY_BYTES, keyFile, makeKeyFile, readKeyFile } from './keys.ts'
import { ed25519Of, openLogSigner, publicKeyOf } from './log-keys.ts'
import type { PreparedTables } from './prepare-tables.ts'

/** What opening a store needs, whatever its engine. */
export interface StoreOptions {
  /** Where the keys are, and all else that is kept in files. */
  readonly dataDir: string
  /** Name of this gateway in the audit log, the same over restarts. */
  readonly node: string
  /** Name of this start of it. */
  readonly boot: string
  readonly clock: Clock
  readonly ids: Pick<Ids, 'bytes'>
  /** How many writes may wait for the commit at work; more are refused with STORE_BUSY. Settlements may wait twice as many. */
  readonly queueMax: number
  /** A commit or a read that takes longer counts as stalled: writes and reads fail with STORE_UNAVAILABLE until it ends. */
  readonly stallMs: number
  /** Once the store is fit for use and nobody else's, while the threads are still starting. */
  readonly onLocked?: () => void
  /** After each commit: its members, how many of them failed, how long it took from here to here, records by kind. */
  readonly onCommit: BatchesOptions['onBatch']
  /** A thread of the store was lost: this store answers nothing any more, and the process should end and be started again. */
  readonly onFatal: (error: Error) => void
}

export interface OpenStore extends Store {
  readonly keyed: Keyed
  /**
   * Makes a new key of the log, which signs from the next opening on: this store goes on with the old one. `succession` makes the
   * note by which both say so. Killed anywhere, either key is in charge and none is lost; a file that a killed attempt has left
   * is taken up by the next one.
   */
  rotateLogKey(succession: Succession, record: RecordDraft): Promise<LogKey>
  /** What time it is where the data is, in milliseconds since 1970: the same for all gateways that share it. Fails as reads do. */
  time(): Promise<number>
  /** Writes and reads that wait at this moment. */
  stats(): { readonly writesWaiting: number; readonly readsWaiting: number }
}

interface SigningKey {
  readonly publicKey: Uint8Array
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

const signingKey = (key: KeyObject): SigningKey => ({ publicKey: publicKeyOf(key), sign: openLogSigner(key) })

export type Succession = (older: SigningKey, newer: SigningKey, time: number) => Promise<string>

export function assembleStore(
  { dataDir, clock, ids }: Pick<StoreOptions, 'dataDir' | 'clock' | 'ids'>,
  { keys, logKeys }: PreparedTables,
  operators: Omit<Operators, 'now'>,
): Omit<OpenStore, 'stats' | typeof Symbol.asyncDispose> {
  async function rotateLogKey(succession: Succession, record: RecordDraft): Promise<LogKey> {
    const keyId = keys.logKey.keyId + 1
    const file = keyFile(dataDir, 'log', keyId)
    if (!existsSync(file)) makeKeyFile(file, ids.bytes(KEY_BYTES))
    const seed = readKeyFile(file)
    const [older, newer] = [signingKey(keys.logKey.privateKey), signingKey(ed25519Of(seed))]
    // A clock that was set back must not make the newer key the older one.
    const since = Math.max(clock.now(), (logKeys[0]?.since ?? 0) + 1)
    const note = await succession(older, newer, since)
    const key = { keyId, publicKey: newer.publicKey, fingerprint: fingerprintOf(seed), since, succession: note }
    await operators.write({ kind: 'rotateLogKey', key, record })
    return { publicKey: key.publicKey, since, succession: note }
  }

  return {
    keyed: keys.keyed,
    rotateLogKey,
    time: () => operators.lookUp({ kind: 'time' }) as Promise<number>,
    ...storeCalls({ ...operators, now: () => clock.now() }),
    logKeys,
    signLog: openLogSigner(keys.logKey.privateKey),
  }
}
