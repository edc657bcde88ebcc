// The audit log as a tree that is signed: its shards, their checkpoints, and the seam to where they are kept.

/** One key of the log, as others know it. The private key never leaves the store: what it signs is brought there. */
export interface LogKey {
  /** Ed25519, 32 bytes by RFC 8032. */
  readonly publicKey: Uint8Array
  /** When it was made: it signs from then on, until the next one. */
  readonly since: number
  /** A signed note by which the key before says that this one follows it; null for the first. */
  readonly succession: string | null
}

/** One year's log. Its entries are the records that were committed from its beginning to that of the next. */
export interface LogShard {
  readonly year: number
  /** How many entries the checkpoint covers. */
  readonly size: number
  /** The newest signed checkpoint, a signed note. */
  readonly checkpoint: string
  /** The newest that witnesses have cosigned as the policy demands, with their lines; null = none yet. */
  readonly witnessed: string | null
}

/** Records that no checkpoint covers yet, in the order of their commits. */
export interface LogTail {
  /** When each was made. */
  readonly times: Float64Array
  /** Their leaf hashes, 32 bytes each. */
  readonly hashes: Uint8Array
}

/** What one step of the sequencer adds. */
export interface LogStep {
  /** Of the newest shard, or a later year: a new shard then begins after the newest one's last entry. */
  readonly year: number
  readonly size: number
  readonly checkpoint: string
  /** What enters tiles above the lowest: roots of tiles below that have become full. `level` is 1 and up. */
  readonly nodes: readonly { readonly level: number; readonly index: number; readonly hash: Uint8Array }[]
}

/** Where a record stands in the log. `pending` = no checkpoint covers it yet. */
export type LogPlace =
  | { readonly kind: 'pending' }
  | { readonly kind: 'covered'; readonly year: number; readonly index: number; readonly leaf: string }

/**
 * Where the log is kept. Its leaves are the audit records themselves; reading methods give nothing that is not yet covered by
 * a checkpoint, save `logTail`.
 */
export interface LogStore {
  /** Newest first. */
  readonly logKeys: readonly LogKey[]
  /** Ed25519 by the newest key. */
  signLog(bytes: Uint8Array): Promise<Uint8Array>
  /** Oldest first; the last one grows. */
  logShards(): Promise<readonly LogShard[]>
  /** From the `skip`-th record that the newest checkpoint does not cover. Throws if a record is missing in between. */
  logTail(skip: number, limit: number): Promise<LogTail>
  /**
   * Puts a step in the place of the newest checkpoint `old` (null = there is no shard yet): all of it durable, or nothing.
   * `false` = another sequencer was first, and nothing was changed.
   */
  replaceCheckpoint(old: string | null, step: LogStep): Promise<boolean>
  /** Keeps a cosigned checkpoint of a shard. */
  keepWitnessed(year: number, checkpoint: string): Promise<void>
  /** The first `width` hashes of a tile. Null if the shard's checkpoint does not cover them. */
  logTile(year: number, level: number, index: number, width: number): Promise<Uint8Array | null>
  /** The first `width` entries of a bundle, each after its length in two bytes. Null if the checkpoint does not cover them. */
  logEntries(year: number, index: number, width: number): Promise<Uint8Array | null>
  /** Null if there is no such record. */
  logPlace(recordId: string): Promise<LogPlace | null>
}
