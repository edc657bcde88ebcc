// The commands of auditors: verify a log from its first entry to its last, copy it, check a proof that was kept.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import { addressFile } from '../operations/address-file.ts'
import { exportKeys, exportShard } from './audit/export.ts'
import { entriesOf } from './audit/list.ts'
import { checkReceipt } from './audit/receipt.ts'
import { redoErasures } from './audit/redo-erasures.ts'
import { rotateKey } from './audit/rotate-key.ts'
import { tellReport, warnOfTrust } from './audit/report.ts'
import { openSource } from './audit/source.ts'
import { readCheckpoint } from '../audit/log/checkpoint.ts'
import { readNote } from '../audit/log/note.ts'
import { trustIn, vkeyGiven } from './audit/trust.ts'
import type { Earlier } from './audit/verify.ts'
import { checkExport } from './audit/verify-export.ts'
import { runWitness } from './audit/witness.ts'
import { verifyPlace } from './audit/verify-place.ts'
import { openProgress } from './demo/progress.ts'
import { answer, CommandError, remark } from './output.ts'

interface VerifyOptions {
  readonly key: readonly string[]
  readonly witnessKey: readonly string[]
  readonly witnesses?: string
  readonly earlier: readonly string[]
  readonly json?: true
}

const more = (value: string, before: readonly string[]): readonly string[] => [...before, value]

export function addAudit(program: Command): void {
  const audit = program.command('audit').description('审计日志\nthe audit log')

  audit
    .command('verify')
    .description(
      '核对整个日志：签名、树、每条记录、序号和时间；不完好时状态为 1\nverify a whole log: signatures, tree, every entry, sequences and times; status 1 if it is not sound',
    )
    .argument(
      '<place>',
      '导出的目录、网关的数据目录、postgres:// 数据库或网关地址 / an exported folder, a gateway’s data folder, its database at postgres://…, or its address',
    )
    .option('--key <vkey>', '可信的公钥，可多次 / a key that you trust, repeatable', more, [])
    .option('--witness-key <vkey>', '见证方的公钥，可多次 / a witness’s key, repeatable', more, [])
    .option(
      '--witnesses <count>',
      '须有几个见证方副署，默认为给出的公钥数 / how many must have cosigned (all that are named)',
    )
    .option(
      '--earlier <file>',
      '以前留存的检查点，如见证方的，可多次 / a checkpoint kept before, e.g. a witness’s, repeatable',
      more,
      [],
    )
    .option('--json', '以 JSON 输出 / as JSON')
    .action(verify)

  audit
    .command('export')
    .description(
      '把日志复制到目录：检查点、瓦片、条目和公钥；再次执行只取新增部分\ncopy the log to a folder: checkpoints, tiles, entries and keys; run again, it fetches only what is new',
    )
    .requiredOption('--to <folder>', '目录 / the folder')
    .option('--from <place>', '网关地址，默认为本机正在运行的网关 / a gateway’s address (the one that runs here)')
    .action(async ({ to, from }: { readonly to: string; readonly from?: string }) => {
      const source = await openSource(from ?? runningHere())
      let entries = 0
      for (const shard of source.shards) entries += await exportShard(shard, to, progressOf())
      await exportKeys(source, to)
      remark({ zh: `已导出 ${entries} 条记录到 ${to}。`, en: `Exported ${entries} entries to ${to}.` })
    })

  audit
    .command('witness')
    .description(
      '运行见证方：只副署与此前所见一致的检查点，直到被停止\nrun a witness, which cosigns only what goes on from all that it has seen before, until it is stopped',
    )
    .requiredOption('--name <name>', '见证方名称，如 witness.shenyang.example / its name')
    .requiredOption('--folder <folder>', '存放密钥和见证记录的目录 / the folder of its key and its memory')
    .option('--log <vkey>', '要见证的日志的公钥，可多次 / the key of a log to witness, repeatable', more, [])
    .option('--host <address>', '监听地址 / address to listen on', '127.0.0.1')
    .option('--port <port>', '监听端口，0 表示任一空闲端口 / port to listen on, 0 = any free one', '8090')
    .action(runWitness)

  audit
    .command('rotate-key')
    .description(
      '更换审计日志的签名密钥（须先停止网关）；旧检查点仍然有效\nhave another key sign the log (stop the gateway first); old checkpoints stay valid',
    )
    .action(rotateKey)

  audit
    .command('redo-erasures')
    .description(
      '恢复备份之后，按较新的日志副本重新执行备份之后的个人信息删除（须先停止网关）\nafter restoring a backup, erase again whom a newer copy of the log names as erased (stop the gateway first)',
    )
    .requiredOption(
      '--from <place>',
      '恢复之前的日志：导出的目录或旧的数据目录 / the log from before: an exported folder, or the old data folder',
    )
    .action(redoErasures)

  audit
    .command('list')
    .description(
      '列出日志的全部记录，每条一行 JSON；先用 verify 核对\nlist every record of a log, a line of JSON each; verify it first',
    )
    .argument(
      '<place>',
      '导出的目录、网关的数据目录或网关地址 / an exported folder, a gateway’s data folder, or its address',
    )
    .action(async (place: string) => {
      for (const shard of (await openSource(place)).shards) for await (const entry of entriesOf(shard)) answer(entry)
    })

  audit
    .command('verify-receipt')
    .description('离线核对一份留存的证明\ncheck a proof that was kept, offline')
    .argument('<file>', '.tlog-proof 文件 / the .tlog-proof file')
    .requiredOption('--key <vkey>', '可信的公钥，可多次 / a key that you trust, repeatable', more, [])
    .option('--witness-key <vkey>', '见证方的公钥，可多次 / a witness’s key, repeatable', more, [])
    .option('--leaf <file>', '记录本身，默认用证明中的 / the record, if not the one in the proof')
    .action((file: string, options: VerifyOptions & { readonly leaf?: string }) => {
      const leaf = options.leaf === undefined ? null : bytesOf(options.leaf)
      const witnesses = options.witnessKey.map((key) => vkeyGiven(key, 4))
      const checked = checkReceipt(bytesOf(file).toString(), leaf, trustIn(options.key, '', []), witnesses)
      answer(JSON.stringify(checked, null, 2))
      remark({
        zh: `证明成立：该记录是 ${checked.origin} 的第 ${checked.index} 条，见证方 ${checked.witnesses.length} 个。`,
        en: `The proof holds: the record is entry ${checked.index} of ${checked.origin}; cosigned by ${checked.witnesses.length} of the witnesses named.`,
      })
    })

  audit
    .command('verify-export')
    .description('核对导出的记录文件是否与导出时相同\ncheck that a file of exported records is what was exported')
    .argument('<file>', '导出的文件 / the exported file')
    .requiredOption('--voucher <file>', '导出记录的证明（.tlog-proof） / the proof of the record of the export')
    .requiredOption('--key <vkey>', '可信的公钥，可多次 / a key that you trust, repeatable', more, [])
    .action(verifyExport)
}

async function verifyExport(
  file: string,
  options: Pick<VerifyOptions, 'key'> & { readonly voucher: string },
): Promise<void> {
  const checked = await checkExport(file, bytesOf(options.voucher).toString(), trustIn(options.key, '', []))
  answer(JSON.stringify(checked, null, 2))
  remark({
    zh: `文件与导出时相同：${checked.records} 条记录，出自日志的前 ${checked.entries} 条。`,
    en: `The file is what was exported: ${checked.records} records, of the first ${checked.entries} of the log.`,
  })
}

async function verify(place: string, options: VerifyOptions): Promise<void> {
  const { trust, shards } = await verifyPlace(place, {
    keys: options.key,
    witnesses: options.witnessKey.map((key) => vkeyGiven(key, 4)),
    required: requiredOf(options),
    earlier: options.earlier.map(earlierOf),
    onTrust: warnOfTrust,
    progress: progressOf,
  })
  if (!tellReport(shards, trust, options.json === true)) process.exitCode = 1
}

function requiredOf({ witnesses, witnessKey }: VerifyOptions): number {
  if (witnesses === undefined) return witnessKey.length
  if (/^\d{1,3}$/.test(witnesses) && Number(witnesses) <= witnessKey.length) return Number(witnesses)
  throw new CommandError(
    2,
    `--witnesses 应为 0 到 ${witnessKey.length}（给出的见证方公钥数）。`,
    `--witnesses must be between 0 and ${witnessKey.length}, the number of witness keys given.`,
  )
}

function earlierOf(file: string): Earlier {
  const note = bytesOf(file).toString()
  const checkpoint = readCheckpoint(readNote(note)?.text ?? '')
  if (checkpoint === null) throw new CommandError(2, `${file} 不是检查点。`, `${file} is no checkpoint.`)
  return { by: file, checkpoint, note }
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    throw new CommandError(2, `无法读取文件 ${file}。`, `Cannot read the file ${file}.`)
  }
}

/** On stderr, as soon as the total is known. */
function progressOf(): (done: number, total: number) => void {
  let progress: ((done: number) => void) | undefined
  return (done, total) => {
    progress ??= total === 0 ? () => undefined : openProgress(total, process.stderr)
    progress(done)
  }
}

function runningHere(): string {
  const { dataDir } = lookUpConfig(configOptions(readEnvironment()))
  try {
    return (JSON.parse(readFileSync(addressFile(dataDir), 'utf8')) as { readonly address: string }).address
  } catch {
    throw new CommandError(
      1,
      '本机没有正在运行的网关；请用 --from 给出地址。',
      'No gateway runs here; give its address with --from.',
    )
  }
}
