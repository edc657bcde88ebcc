// Reads what a backend's secret file holds: one key in its first line, or the keys that a protocol needs together.

import type { Sentence } from '../domain/words.ts'
import type { BackendConfig } from './config.ts'
import { flawIn } from './signing/liaoyang-keys.ts'

/** A secret file that cannot be used, said for people; nothing of what stands in the file is. */
export class SecretProblem extends Error {
  readonly sentence: Sentence

  constructor(file: string, { zh, en }: Sentence) {
    super(`${file}: ${en}`)
    this.name = 'SecretProblem'
    this.sentence = { zh: `密钥文件 ${file}：${zh}`, en: `The key file ${file}: ${en}` }
  }
}

/** What calls of this backend are signed with. Throws SecretProblem for a file that is not as its protocol wants it. */
export function secretIn(
  { protocol, secretFile }: Pick<BackendConfig, 'protocol' | 'secretFile'>,
  bytes: Buffer,
): Buffer {
  if (protocol !== 'liaoyang') return firstLine(bytes)
  const flaw = flawIn(bytes)
  if (flaw !== null) throw new SecretProblem(secretFile, flaw)
  return bytes
}

function firstLine(bytes: Buffer): Buffer {
  const end = bytes.findIndex((byte) => byte === 0x0a || byte === 0x0d)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
