// Tells what time it is where the data is.

import type { Sql } from './sql.ts'

/** In milliseconds since 1970. */
export function openTimeReader(database: Sql): () => number {
  const read = database.prepare("SELECT unixepoch('subsec') AS seconds")
  return () => Math.round(Number(read.get()?.['seconds']) * 1000)
}
