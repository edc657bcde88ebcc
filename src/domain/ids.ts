// Identifiers and randomness. Nothing else in src/ draws random numbers, so that simulations can replay them.

export interface Ids {
  /** `YYYYMMDD-` and 12 characters of Crockford's base 32 (60 random bits): unguessable enough, nothing personal in it. */
  caseNo(now: number): string
  /** Id of an audit record: sorts by time, 80 random bits. */
  recordId(now: number): string
  /** Sorts by time, 50 random bits: a name, not a secret. */
  requestId(): string
  lease(): string
  /** Of an uploaded file: 100 random bits. */
  materialId(): string
  /** `size` random bytes. */
  bytes(size: number): Buffer
}

/** Keyed digests (HMAC-SHA-256) for what must be found again without being kept in plain. */
export interface Keyed {
  /** Of a person or an organization, by document. The same for `x` and `X`. */
  subjectKey(party: { readonly certType: string; readonly certNo: string }): string
  /** Of an idempotency key in its scope. */
  scope(parts: readonly string[]): string
  /** Proof of what an address made by us says. */
  link(parts: readonly string[]): string
  /** Of the raw bytes of a body. */
  fingerprint(bytes: Uint8Array): string
}
