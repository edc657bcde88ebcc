// Reads the secret file of docs/wire/liaoyang.md: the shared SM4 key, our SM2 private key and the city's public key.

import type { Sentence } from '../../domain/words.ts'
import { isPrivateKey, isPublicKey } from './sm2.ts'

export interface Keys {
  readonly sm4Key: Buffer
  /** Hex digits. */
  readonly privateKey: string
  /** Of the city: hex digits of the uncompressed point. */
  readonly publicKey: string
}

const LINES: readonly (readonly [form: RegExp, zh: string, en: string])[] = [
  [/^[0-9a-f]{32}$/, 'SM4 密钥，32 位小写十六进制数字', 'the SM4 key, 32 hex digits in lower case'],
  [/^[0-9a-f]{64}$/, '我方 SM2 私钥，64 位小写十六进制数字', 'our SM2 private key, 64 hex digits in lower case'],
  [
    /^04[0-9a-f]{128}$/,
    '该市 SM2 公钥（未压缩点），以 04 开头的 130 位小写十六进制数字',
    'the city’s SM2 public key (uncompressed point), 130 hex digits in lower case beginning with 04',
  ],
]

/** What is wrong with the file, without a word of what stands in it; null where it is good. */
export function flawIn(bytes: Buffer): Sentence | null {
  const lines = bytes.toString('latin1').split('\n')
  if (lines.length !== LINES.length + 1 || lines.at(-1) !== '') {
    return {
      zh: '应当恰有三行，每行以换行（LF）结束：SM4 密钥、我方 SM2 私钥、该市 SM2 公钥。',
      en: 'must have exactly three lines, each ended by LF: the SM4 key, our SM2 private key, the city’s SM2 public key.',
    }
  }
  for (const [index, [form, zh, en]] of LINES.entries()) {
    if (!form.test(lines[index] ?? ''))
      return { zh: `第 ${index + 1} 行应为${zh}。`, en: `line ${index + 1} must be ${en}.` }
  }
  if (!isPrivateKey(lines[1] ?? '')) {
    return {
      zh: '第 2 行不是 SM2 私钥：数值超出范围。',
      en: 'line 2 is no SM2 private key: the number is out of range.',
    }
  }
  if (!isPublicKey(lines[2] ?? '')) {
    return { zh: '第 3 行不是 SM2 曲线上的点。', en: 'line 3 is no point of the SM2 curve.' }
  }
  return null
}

/** The keys of a file in which `flawIn` has found nothing wrong. */
export function keysIn(bytes: Buffer): Keys {
  const [sm4Key = '', privateKey = '', publicKey = ''] = bytes.toString('latin1').split('\n')
  return { sm4Key: Buffer.from(sm4Key, 'hex'), privateKey, publicKey }
}
