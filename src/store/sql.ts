// What the store's operations need of a database: prepared statements. Each engine has its own behind it.

export type SqlValue = null | number | bigint | string | Uint8Array

export type SqlRow = Record<string, null | number | bigint | string | Uint8Array>

export interface Statement {
  /** `lastInsertRowid`: of an INSERT into a table whose rows the database numbers. */
  run(...values: readonly SqlValue[]): {
    readonly changes: number | bigint
    readonly lastInsertRowid: number | bigint
  }
  get(...values: readonly SqlValue[]): SqlRow | undefined
  all(...values: readonly SqlValue[]): SqlRow[]
}

/**
 * Statements are written in what SQLite and PostgreSQL both take, but for the few forms that the PostgreSQL store translates
 * (src/store/postgres/dialect.ts). They are carried out one after the other, each when it is called.
 * A limit is written `LIMIT ? + 0`: for a parameter that stands alone SQLite plans the statement anew each time that it is run,
 * which takes a hundred times as long as running it.
 */
export interface Sql {
  prepare(sql: string): Statement
}

/** A connection that changes tables, too: several statements at a time, without values. */
export interface SqlScripts extends Sql {
  exec(sql: string): void
}

/** The one connection that writes: transactions, and what its engine's errors mean for them. */
export interface WritingSql extends SqlScripts {
  /** Whether a transaction is under way, if only to be rolled back. */
  readonly isTransaction: boolean
  /** Nobody else writes to the store until the transaction ends. `first` begins it: it may be called again if nothing came of it. */
  begin(first: () => void): void
  /** Carries out what has been run and not been waited for yet; throws what any of it throws. */
  flush(): void
  /** What was done is durable when it returns; throws what any of it throws that has not been waited for. */
  commit(): void
  rollback(): void
  /** Whether an error concerns one statement only, not the store. */
  concernsOneOnly(error: unknown): boolean
  /** Whether a commit that failed with this error has left nothing behind for certain. */
  isUndone(error: unknown): boolean
}

/** A connection that reads only. */
export interface ReadingSql extends Sql {
  /** Carries out one read of several statements. */
  once<Result>(read: () => Result): Result
  /** Whether an error concerns the store, not one read. */
  isUnavailable(error: unknown): boolean
  close(): void
}
