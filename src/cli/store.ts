// The commands about the store: make a shared one's tables, give a role its rights, move an embedded one into it, and what follows a restore.

import type { Command } from 'commander'
import { configOptions, loadConfig, readEnvironment, type LoadedConfig } from '../config.ts'
import { copyStore } from '../store/copy.ts'
import { markRestoredDatabase, markRestoredFolder } from '../store/restored.ts'
import { makeTables } from '../store/postgres/prepare.ts'
import { giveRights } from '../store/postgres/roles.ts'
import { inSession } from '../store/postgres/session.ts'
import { postgresAddress } from '../store-place.ts'
import { systemClock, systemIds } from '../system.ts'
import { answer, CommandError, remark } from './output.ts'
import { openProgress } from './demo/progress.ts'
import { verifyPlace } from './audit/verify-place.ts'

export function addStore(program: Command): void {
  const store = program
    .command('store')
    .description(
      '存储：多个网关共用的 PostgreSQL，恢复之后\nthe store: PostgreSQL shared by several gateways, and after a restore',
    )

  store
    .command('migrate')
    .description(
      '在 GATEWAY_STORE 的数据库中建表或升级，用表的属主执行；网关角色因此不需要建表的权限\nmake or upgrade the tables in the database of GATEWAY_STORE, as their owner: the gateway’s own role then needs no right to',
    )
    .action(async () => {
      const { config, address } = shared()
      const { dataDir } = config
      await inSession(address, (connection) => makeTables(connection, { dataDir, ...made() }))
      remark({ zh: '表已就绪。', en: 'The tables are ready.' })
    })

  store
    .command('roles')
    .description(
      '用表的属主执行：给网关角色所需的最小权限，审计日志只能追加；每次升级后再执行一次\nas the owner of the tables: give a gateway’s role the rights that it needs and no more, to the audit log it can only add; again after each upgrade',
    )
    .requiredOption('--role <name>', '已有的角色 / a role that there is')
    .action(async ({ role }: { readonly role: string }) => {
      for (const statement of await inSession(shared().address, (connection) => giveRights(connection, role))) {
        answer(`${statement};`)
      }
    })

  store
    .command('restored')
    .description(
      '恢复备份之后、启动网关之前执行：备份时待送的申请可能此后已送达，先向城市查询，查明没有再送\nafter restoring a backup and before the start: applications that waited then may have been sent since, so cities are asked about them first',
    )
    .action(async () => {
      const config = loadConfig(configOptions(readEnvironment()))
      const { dataDir } = config
      const marked =
        config.store.place === 'embedded'
          ? markRestoredFolder({ dataDir, ...made() })
          : await inSession(postgresAddress(dataDir, config.store), (connection) =>
              markRestoredDatabase(connection, systemClock.now()),
            )
      answer(`unconfirmed\t${marked}`)
      remark({
        zh: `${marked} 件待送申请将先向城市查询。`,
        en: `${marked} applications that waited will be asked about first.`,
      })
    })

  store
    .command('copy')
    .description(
      '把数据目录中的嵌入式存储复制到空的 PostgreSQL（须先停止网关）：先核对日志，再逐行比对，全部一致才生效\ncopy the embedded store of a data folder into an empty PostgreSQL (stop the gateway first): the log is verified, each row is compared, and all of it takes effect or nothing',
    )
    .requiredOption('--from <folder>', '数据目录 / the data folder')
    .requiredOption('--to <address>', 'postgres://用户@主机:端口/库 / postgres://user@host:port/database')
    .action(async ({ from, to }: { readonly from: string; readonly to: string }) => {
      const { address } = shared(to)
      const { shards } = await verifyPlace(from, {
        keys: [],
        witnesses: [],
        required: 0,
        earlier: [],
        onTrust: () => undefined,
        progress: () => (done, total) => (total === 0 ? undefined : openProgress(total, process.stderr)(done)),
      })
      if (shards.some(({ findings }) => findings.length > 0)) {
        throw new CommandError(
          1,
          `${from} 中的审计日志有问题，没有复制；请用 gateway audit verify 查看。`,
          `The audit log in ${from} is not sound, and nothing was copied: see gateway audit verify.`,
        )
      }
      const copied = await inSession(address, (connection) => copyStore(connection, { dataDir: from, ...made() }))
      for (const { table, rows } of copied) answer(`${table}\t${rows}`)
      remark({
        zh: '已复制，每张表逐行一致。今后请以 GATEWAY_STORE 和同一数据目录（密钥、材料）启动；不要再以嵌入式存储启动该目录。',
        en: 'Copied, and each table reads the same row by row. Start with GATEWAY_STORE and the same data folder (keys, materials) from now on, and never again with the embedded store of that folder.',
      })
    })
}

const made = () => ({ now: systemClock.now(), bytes: (size: number) => systemIds.bytes(size) })

/** The configuration, and where its shared store is: `place` if it is given. Throws CommandError where there is none. */
function shared(place?: string): {
  readonly config: LoadedConfig
  readonly address: ReturnType<typeof postgresAddress>
} {
  const env = readEnvironment()
  const config = loadConfig(configOptions(place === undefined ? env : { ...env, GATEWAY_STORE: place }))
  if (config.store.place !== 'embedded') return { config, address: postgresAddress(config.dataDir, config.store) }
  throw new CommandError(
    2,
    '请用 GATEWAY_STORE 给出 PostgreSQL 的地址。',
    'Name a PostgreSQL database by GATEWAY_STORE.',
  )
}
