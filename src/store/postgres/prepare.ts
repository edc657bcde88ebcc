// Makes a database ready before the store opens: its tables, the keys that belong to them, and what this session may do there.

import { StoreProblem } from '../problem.ts'
import { prepareTables, type PreparedTables, type TablesOptions } from '../prepare-tables.ts'
import { isLost, PostgresError, type PostgresConnection } from './connection.ts'
import { MIGRATIONS, WRITERS } from './locks.ts'
import { claimNode } from './writing.ts'

/** Another gateway that makes the tables takes its time. */
const WAIT_MS = 60_000

export interface Prepared extends PreparedTables {
  /** The session may do anything to the audit log: a role of its own would be better. */
  readonly isSuperuser: boolean
}

/**
 * Makes tables and keys where there are none yet, under a lock: of gateways that start at once one does it and the others find
 * it done. Migrations run while no gateway writes. `node` must be free. Throws StoreProblem.
 */
export function prepareDatabase(
  connection: PostgresConnection,
  node: string,
  options: Omit<TablesOptions, 'isNew'>,
): Prepared {
  try {
    connection.connect()
    claimNode(connection, node)
    const prepared = makeTables(connection, options)
    const { rows } = connection.send("SELECT current_setting('is_superuser') AS is_superuser")
    return { ...prepared, isSuperuser: rows[0]?.['is_superuser'] === 'on' }
  } catch (error) {
    throw problemOf(error)
  }
}

/** Makes the tables and keys, or brings them to this version. Throws PostgresError, StoreProblem. */
export function makeTables(connection: PostgresConnection, options: Omit<TablesOptions, 'isNew'>): PreparedTables {
  connection.send('BEGIN')
  connection.send(`SET LOCAL lock_timeout = ${WAIT_MS}`)
  connection.send(`SELECT pg_advisory_xact_lock(${MIGRATIONS}, hashtext(current_schema()))`)
  connection.send(`SELECT pg_advisory_xact_lock(${WRITERS}, hashtext(current_schema()))`)
  const { rows } = connection.send("SELECT to_regclass('schema_version') IS NULL AS is_new")
  const prepared = prepareTables(connection, { ...options, isNew: rows[0]?.['is_new'] === 1 })
  connection.send('COMMIT')
  return prepared
}

const AUTHORIZATION = /^28/
const NO_DATABASE = '3D000'
const NO_RIGHTS = '42501'
/** Disk, memory or connections. */
const NO_RESOURCES = /^53/

/** What a start that failed says to people. */
export function problemOf(error: unknown): unknown {
  if (!(error instanceof PostgresError)) return error
  const { code, message } = error
  if (code === 'NODE_IN_USE') {
    return new StoreProblem(
      'NODE_IN_USE',
      '另一个网关进程正以同一节点名写入这个数据库。请停止该进程，或用 GATEWAY_NODE 给每个网关各起一个名字。',
      'Another gateway process writes to this database under the same node name. Stop it, or give each gateway a name of its own by GATEWAY_NODE.',
      error,
    )
  }
  if (AUTHORIZATION.test(code) || code === NO_DATABASE) {
    return new StoreProblem(
      'STORE_REFUSED',
      `PostgreSQL 拒绝登录（${code}）。请检查 GATEWAY_STORE 中的用户名和数据库名、口令文件，以及数据库是否要求客户端证书（store.postgres.certFile 和 keyFile）。`,
      `PostgreSQL refused the login (${code}). Check the user and database in GATEWAY_STORE, the password file, and whether the database asks for a certificate (certFile and keyFile in store.postgres).`,
      error,
    )
  }
  if (code === NO_RIGHTS) {
    return new StoreProblem(
      'STORE_RIGHTS',
      `数据库角色权限不足（${message}）。新数据库和升级时，请先用属主执行 gateway store migrate。`,
      `The database role lacks a right (${message}). For a new database and at an upgrade, run gateway store migrate as the owner first.`,
      error,
    )
  }
  if (NO_RESOURCES.test(code)) {
    return new StoreProblem(
      'STORE_FULL',
      `PostgreSQL 的磁盘、内存或连接数已用尽（${message}）。请在数据库上腾出空间，或提高 max_connections。`,
      `The disk, memory or connections of PostgreSQL are used up (${message}). Make room at the database, or raise max_connections.`,
      error,
    )
  }
  if (!isLost(error)) return error
  return tlsProblem(error) ?? unreachable(error)
}

const WRONG_HOST = 'ERR_TLS_CERT_ALTNAME_INVALID'
const WRONG_CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/
/** The driver's own words: the server has said that it speaks no TLS. */
const NO_TLS = /does not support SSL/

/** Null where it was not for TLS. The login comes after it: neither password nor anything else has been sent then. */
function tlsProblem(error: PostgresError): StoreProblem | null {
  const { code, message } = error
  if (code === WRONG_HOST) {
    return new StoreProblem(
      'STORE_TLS',
      'PostgreSQL 的证书不是为 GATEWAY_STORE 中的主机名签发的。未发送口令和任何数据。请核对主机名，或让数据库换用写有该主机名的证书。',
      'The certificate of PostgreSQL is not for the host in GATEWAY_STORE. Neither password nor data were sent. Check the host, or give the database a certificate that names it.',
      error,
    )
  }
  if (WRONG_CERTIFICATE.test(code)) {
    return new StoreProblem(
      'STORE_TLS',
      `不能信任 PostgreSQL 的证书（${code}）。未发送口令和任何数据。请核对 store.postgres.caFile 是否为签发该证书的机构，以及证书是否过期。`,
      `The certificate of PostgreSQL cannot be trusted (${code}). Neither password nor data were sent. Check that store.postgres.caFile is the authority that has signed it, and that it has not expired.`,
      error,
    )
  }
  if (!NO_TLS.test(message)) return null
  return new StoreProblem(
    'STORE_TLS',
    'PostgreSQL 不提供 TLS，而配置要求 TLS。未发送口令和任何数据。请在数据库上打开 ssl。',
    'PostgreSQL offers no TLS, and the configuration asks for it. Neither password nor data were sent. Turn ssl on in the database.',
    error,
  )
}

function unreachable(error: PostgresError): StoreProblem {
  const { code, message } = error
  return new StoreProblem(
    'STORE_UNREACHABLE',
    `无法连接 PostgreSQL（${code === '' ? message : code}）。请检查 GATEWAY_STORE 中的地址、TLS 设置，以及数据库是否在运行。`,
    `PostgreSQL cannot be reached (${code === '' ? message : code}). Check the address in GATEWAY_STORE, the TLS settings, and whether the database is running.`,
    error,
  )
}
