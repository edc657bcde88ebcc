// Tells what a verification has found: for people in both languages, or as JSON for programs.

import { answer, remark } from '../output.ts'
import type { Finding } from './range.ts'
import { fingerprintOf, type Trust } from './trust.ts'
import type { ShardReport } from './verify.ts'

/** Findings that are listed of each year; a log that was wholly rewritten has one for each entry. */
const LISTED_MAX = 20

const line = (origin: string, { index, what }: Finding): string => {
  const where = index === null ? origin : `${origin} #${index}`
  return `  ${where}: ${what.zh}\n    ${what.en}\n`
}

function listed(shard: ShardReport, findings: readonly Finding[]): string {
  const more = findings.length - LISTED_MAX
  const rest = more > 0 ? `  … 另有 ${more} 处。 And ${more} more.\n` : ''
  return (
    findings
      .slice(0, LISTED_MAX)
      .map((one) => line(shard.origin, one))
      .join('') + rest
  )
}

/** The first bad entry comes first. Gives whether the log is sound. */
export function tellReport(shards: readonly ShardReport[], trust: Trust, asJson: boolean): boolean {
  const isSound = shards.every(({ findings }) => findings.length === 0)
  const entries = shards.reduce((sum, { size }) => sum + size, 0)
  if (asJson) {
    const keys = trust.keys.map(({ publicKey }) => fingerprintOf({ publicKey }))
    answer(JSON.stringify({ sound: isSound, entries, keysGiven: trust.given, keys, shards }, null, 2))
    return isSound
  }
  for (const shard of shards) {
    const { origin, size, root, witnesses, findings, remarks } = shard
    answer(`${origin}: ${size}  ${root}`)
    for (const { name, at, size: seen } of witnesses) answer(`  ${name} ${at} ${seen}`)
    if (findings.length > 0) process.stderr.write(`问题 Findings:\n${listed(shard, findings)}`)
    if (remarks.length > 0) process.stderr.write(`提示 Remarks:\n${listed(shard, remarks)}`)
  }
  remark(
    isSound
      ? {
          zh: `日志完好：${entries} 条记录，签名、树、条目和序号都相符。`,
          en: `The log is sound: ${entries} entries; signatures, tree, entries and sequences agree.`,
        }
      : { zh: '日志有问题，见上。', en: 'The log is not sound; see above.' },
  )
  return isSound
}

export function warnOfTrust(trust: Trust): void {
  if (trust.given) return
  const prints = trust.keys.map(fingerprintOf).join('；')
  remark({
    zh: `注意：没有用 --key 给出公钥，只能相信该处自己给出的公钥，这不能证明日志没有被整个重新签名。请由别的途径核对指纹（SHA-256）：${prints}`,
    en: `Warning: without --key the keys are those that the place itself names, which proves nothing against a log that was signed anew as a whole. Compare their fingerprints (SHA-256) with what you got by another way: ${prints.replaceAll('；', '; ')}`,
  })
}
