// Opens the store where the configuration has it: in the data folder, or in a PostgreSQL database.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { LoadedConfig } from './config.ts'
import { StartProblem } from './operations/start-problem.ts'
import type { OpenStore, StoreOptions } from './store/assemble.ts'
import { openPostgresStore } from './store/postgres.ts'
import type { PostgresAddress, PostgresTls } from './store/postgres/messages.ts'
import { openStore } from './store/sqlite.ts'

type PlacedOptions = Omit<StoreOptions, 'queueMax' | 'stallMs'> & {
  /** The database's role may do anything there. */
  readonly onSuperuser: () => void
}

/** Throws StoreProblem as the stores do, StartProblem for a file of the configuration that cannot be read. */
export function openStoreAt(
  { dataDir, store }: Pick<LoadedConfig, 'dataDir' | 'store'>,
  options: PlacedOptions,
): Promise<OpenStore> {
  const { queueMax, stallMs, place } = store
  if (place === 'embedded') return openStore({ ...options, queueMax, stallMs, sizeBytesMax: null })
  const { lookupConnections } = store.postgres
  const address = postgresAddress(dataDir, store)
  return openPostgresStore({ ...options, queueMax, stallMs, address, lookupConnections })
}

/** With what the files hold that the configuration names. Throws StartProblem. */
export function postgresAddress(dataDir: string, { place, postgres }: LoadedConfig['store']): PostgresAddress {
  const { passwordFile, caFile, certFile, keyFile, connectTimeoutMs, statementTimeoutMs } = postgres
  const read = (name: string): string | null => (name === 'none' ? null : readNamed(resolve(dataDir, name)))
  return {
    url: place,
    password: read(passwordFile)?.replace(/\r?\n$/, '') ?? null,
    tls: tlsBy(read(caFile), read(certFile), read(keyFile)),
    connectTimeoutMs,
    statementTimeoutMs,
  }
}

function tlsBy(ca: string | null, cert: string | null, key: string | null): PostgresTls | null {
  const own = cert !== null && key !== null ? { cert, key } : null
  return ca === null && own === null ? null : { ca, own }
}

function readNamed(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code)
    throw new StartProblem(
      `读不到数据库的口令或证书文件 ${path}（${code}）。请核对 gateway.yaml 中的 store.postgres。`,
      `The file ${path} with the database’s password or certificate cannot be read (${code}). Check store.postgres in gateway.yaml.`,
      error,
    )
  }
}
