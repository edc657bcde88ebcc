// Says, in both languages, why the log cannot be gone on with: it is not what was signed.

import type { Sentence } from '../../domain/words.ts'

export type LogProblemCode = 'LOG_SHORTENED' | 'LOG_CHANGED' | 'LOG_FOREIGN'

/** The gateway does not start over it, and ends if it comes up while it runs. */
export class LogProblem extends Error {
  readonly code: LogProblemCode
  readonly sentence: Sentence

  constructor(code: LogProblemCode, zh: string, en: string, cause?: unknown) {
    super(en, cause === undefined ? undefined : { cause })
    this.name = 'LogProblem'
    this.code = code
    this.sentence = { zh, en }
  }
}

const KEEP = {
  zh: '请保留数据目录的现状作为证据，并从最近的完整备份恢复；用 gateway audit verify 核对一份导出，可以指出从哪一条起不同。',
  en: 'Keep the data folder as it is as evidence, and restore the newest whole backup; gateway audit verify on an export names the record from which on it differs.',
}

export const shortened = (origin: string, size: number, cause: unknown): LogProblem =>
  new LogProblem(
    'LOG_SHORTENED',
    `审计日志 ${origin} 已签名 ${size} 条，数据库中却不足：有记录在签名之后被删除。网关不会启动。${KEEP.zh}`,
    `The audit log ${origin} has been signed for ${size} records, and the database holds fewer: some were deleted after they were signed. The gateway does not start. ${KEEP.en}`,
    cause,
  )

export const torn = (cause: unknown): LogProblem =>
  new LogProblem(
    'LOG_SHORTENED',
    `审计记录的顺序中缺少记录：有尚未签名的记录被删除。网关不会继续签名。${KEEP.zh}`,
    `Audit records are missing in the order of their commits: some were deleted before they were signed. The gateway does not go on signing. ${KEEP.en}`,
    cause,
  )

export const changed = (origin: string, size: number): LogProblem =>
  new LogProblem(
    'LOG_CHANGED',
    `审计日志 ${origin} 前 ${size} 条的树根与签名的检查点不同：有记录在签名之后被更改。网关不会启动。${KEEP.zh}`,
    `The root over the first ${size} records of the audit log ${origin} is not the one that was signed: something was changed after it was signed. The gateway does not start. ${KEEP.en}`,
  )

export const foreign = (year: number): LogProblem =>
  new LogProblem(
    'LOG_FOREIGN',
    `${year} 年审计日志的检查点不是由本数据目录的日志密钥签名的。网关不会启动。请恢复与这些数据对应的密钥，或恢复完整备份。`,
    `The checkpoint of the audit log of ${year} is not signed by this folder's log key. The gateway does not start. Restore the keys that belong to the data, or a whole backup.`,
  )
