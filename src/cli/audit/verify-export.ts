// Checks a file of exported records against its voucher: the proof of the record that says what the file was.

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { CommandError } from '../output.ts'
import { checkReceipt, type CheckedReceipt } from './receipt.ts'
import type { Trust } from './trust.ts'

export interface CheckedExport extends Pick<CheckedReceipt, 'origin' | 'index'> {
  /** Id of the record of the export. */
  readonly record: string
  readonly time: string
  readonly records: number
  /** Entries of the log that the file was made from. */
  readonly entries: number
}

/** Throws CommandError where the voucher does not hold, is about something else, or the file is another. */
export async function checkExport(file: string, voucher: string, trust: Trust): Promise<CheckedExport> {
  const { origin, index, leaf } = checkReceipt(voucher, null, trust, [])
  const { id, time, kind, outcome, contentDigest, counts } = leaf as Readonly<Record<string, string>> & {
    readonly counts?: Readonly<Record<string, number>>
  }
  if (kind !== 'audit-exported') {
    throw new CommandError(1, '凭据不是导出记录的证明。', 'The voucher is no proof of an export.')
  }
  if (outcome !== 'exported' || contentDigest === undefined) {
    throw new CommandError(
      1,
      '这次导出没有完成，没有可以核对的摘要；请以 afterRecord 继续导出。',
      'That export was cut off and has no digest to compare with; go on by afterRecord.',
    )
  }
  const { digest, bytes } = await digestOf(file)
  if (digest !== contentDigest) {
    const wanted = counts?.['bytes'] ?? 0
    throw new CommandError(
      1,
      `文件与导出时不同（导出 ${wanted} 字节，文件 ${bytes} 字节）：内容被更改、截断，或不是同一个文件。`,
      `The file is not what was exported (${wanted} bytes then, ${bytes} now): it was changed or cut off, or is another one.`,
    )
  }
  return {
    origin,
    index,
    record: id ?? '',
    time: time ?? '',
    records: counts?.['records'] ?? 0,
    entries: counts?.['entries'] ?? 0,
  }
}

async function digestOf(file: string): Promise<{ readonly digest: string; readonly bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  try {
    for await (const piece of createReadStream(file)) {
      hash.update(piece as Buffer)
      bytes += (piece as Buffer).length
    }
  } catch (error) {
    throw new CommandError(2, `无法读取文件 ${file}。`, `Cannot read the file ${file}: ${String(error)}`)
  }
  return { digest: hash.digest('base64url'), bytes }
}
