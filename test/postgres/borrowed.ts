// Lets the tests of whole gateways run on PostgreSQL unchanged: each gateway gets an empty store in a server that runs already.

import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Set to the place of a server for the files that are to run on PostgreSQL; see functional.test.ts. */
export const BORROWED = 'GATEWAY_TESTS_POSTGRES'

export interface ServerPlace {
  readonly url: string
  readonly password: string
}

interface StoreChoice {
  readonly env: Readonly<Record<string, string>>
  readonly changes: readonly [RegExp, string][]
}

/** How long a connection to the database may take: that to cities is made short for tests. */
export const DATABASE_PATIENCE: [RegExp, string] = [
  /(?<head>lookupConnections: \d+\n\s+connectTimeoutMs: )\d+/,
  '$<head>5000',
]

/** What a gateway on this data folder is started with: nothing, for the embedded store. */
export async function storeFor(dataDir: string): Promise<StoreChoice> {
  const given = process.env[BORROWED]
  if (given === undefined) return { env: {}, changes: [] }
  const { url, password } = JSON.parse(given) as ServerPlace
  const { Client } = await import('pg')
  const schema = `tests_${randomBytes(6).toString('hex')}`
  const owner = new URL(url)
  const client = new Client({
    host: owner.hostname,
    port: Number(owner.port),
    user: owner.username,
    database: owner.pathname.slice(1),
    password,
  })
  await client.connect()
  await client.query(`CREATE SCHEMA ${schema}`)
  await client.end()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  writeFileSync(join(dataDir, 'database-password'), `${password}\n`, { mode: 0o600 })
  return {
    env: { GATEWAY_STORE: `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}` },
    changes: [[/passwordFile: none/, 'passwordFile: database-password'], DATABASE_PATIENCE],
  }
}
