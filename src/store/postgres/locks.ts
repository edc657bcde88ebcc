// The advisory locks of PostgreSQL that gateways agree by. Each is of one schema, so that several stores may share a database.

/** Held by the one transaction that writes. */
export const WRITERS = 7_301
/** Held by a session that writes under a node's name. */
export const NODES = 7_302
/** Held by the one gateway that makes or changes tables. */
export const MIGRATIONS = 7_303
