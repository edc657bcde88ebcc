// Keeps the store's keys in files beside the data, makes them for an empty store only, and refuses any other key.

import { createHmac, createSecretKey, hkdfSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { statSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Keyed } from '../domain/ids.ts'
import { ed25519Of } from './log-keys.ts'
import { canaryPlace } from './places.ts'
import { StoreProblem } from './problem.ts'
import { openSealer } from './sealed.ts'

/** data: seals values. digest: keyed digests of persons, idempotency keys and bodies. log: signs the audit log. */
export type KeyPurpose = 'data' | 'digest' | 'log'

/** What the store itself knows of a key. `canary` is a value sealed under a data key; null for other keys. */
export interface HeldKey {
  readonly purpose: KeyPurpose
  readonly keyId: number
  readonly fingerprint: string
  readonly canary: Uint8Array | null
}

export interface KeysOptions {
  readonly dataDir: string
  /** The keys that the store has been written with. Of a purpose that has none yet, and only then, one is made. */
  readonly held: readonly HeldKey[]
  readonly bytes: (size: number) => Buffer
}

export interface Keys {
  readonly dataKeys: ReadonlyMap<number, KeyObject>
  readonly newestDataKeyId: number
  readonly keyed: Keyed
  /** The key that signs the log (Ed25519), and its number. Those before it are not needed any more. */
  readonly logKey: { readonly keyId: number; readonly privateKey: KeyObject }
  /** To be written into the store with the transaction that makes it, or makes its log; empty for a store that has them. */
  readonly toHold: readonly HeldKey[]
}

export const KEY_BYTES = 32
const PURPOSES = ['data', 'digest', 'log'] as const
const CANARY = 'cross-city-gateway'

/** A key of its own for each use, so that no digest of one kind ever equals one of another. */
const derive = (key: Uint8Array, use: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', use, KEY_BYTES))

export const fingerprintOf = (key: Uint8Array): string => derive(key, 'fingerprint').subarray(0, 16).toString('hex')

/** `<dataDir>/keys/data-1.key`: 32 bytes in base64url and a line feed. */
export const keyFile = (dataDir: string, purpose: KeyPurpose, keyId: number): string =>
  join(dataDir, 'keys', `${purpose}-${keyId}.key`)

/** Makes the names in a folder survive power loss. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

export function readKeyFile(file: string): Buffer {
  if (!existsSync(file)) {
    throw new StoreProblem(
      'KEY_MISSING',
      `找不到密钥文件 ${file}。已有数据只能用原来的密钥打开，请从备份恢复该文件；不会另建新密钥。`,
      `The key file ${file} is missing. The data opens with its own key only: restore the file from a backup; no new key is made over old data.`,
    )
  }
  let text: string
  try {
    const { mode } = statSync(file)
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new StoreProblem(
        'KEY_TOO_OPEN',
        `密钥文件 ${file} 的权限过宽（${(mode & 0o777).toString(8)}）。请执行 chmod 600，并考虑该密钥是否已经泄露。`,
        `The key file ${file} is open to others (mode ${(mode & 0o777).toString(8)}). Run chmod 600 on it, and consider whether the key has leaked.`,
      )
    }
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof StoreProblem) throw error
    throw new StoreProblem(
      'KEY_UNREADABLE',
      `无法读取密钥文件 ${file}。请检查其属主和权限。`,
      `The key file ${file} cannot be read. Check its owner and permissions.`,
      error,
    )
  }
  if (!/^[A-Za-z0-9_-]{43}\n?$/.test(text)) {
    throw new StoreProblem(
      'KEY_MALFORMED',
      `密钥文件 ${file} 的内容不是密钥（应为 32 字节的 base64url）。请从备份恢复该文件。`,
      `The file ${file} does not hold a key (32 bytes in base64url). Restore it from a backup.`,
    )
  }
  return Buffer.from(text, 'base64url')
}

/** Made under another name and linked into place: a crash leaves a whole key or none, and never replaces one. */
export function makeKeyFile(file: string, key: Buffer): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.new`
  writeFileSync(draft, `${key.toString('base64url')}\n`, { mode: 0o600, flush: true })
  chmodSync(draft, 0o600)
  linkSync(draft, file)
  unlinkSync(draft)
  syncFolder(dirname(file))
  syncFolder(dirname(dirname(file)))
}

/** Keyed digests by `key`, 32 bytes. */
export function keyedBy(key: Uint8Array): Keyed {
  const digest = (use: string): ((bytes: string | Uint8Array) => string) => {
    const useKey = createSecretKey(derive(key, use))
    return (bytes) => createHmac('sha256', useKey).update(bytes).digest('base64url')
  }
  const ofSubject = digest('subject')
  const ofScope = digest('idempotency scope')
  const ofLink = digest('link')
  return {
    // A resident's check character X is written in either case; the digest has to be the same. JSON keeps the parts apart.
    subjectKey: (party) => ofSubject(JSON.stringify([party.certType, party.certNo.toUpperCase()])),
    scope: (parts) => ofScope(JSON.stringify(parts)),
    link: (parts) => ofLink(JSON.stringify(parts)),
    fingerprint: digest('body fingerprint'),
  }
}

function wrongKey(file: string, cause?: unknown): StoreProblem {
  return new StoreProblem(
    'KEY_WRONG',
    `密钥文件 ${file} 不是写入这些数据时所用的密钥。请恢复原来的密钥文件，或恢复与该密钥对应的数据。`,
    `The key file ${file} is not the key that the data was written with. Restore the original key file, or the data that belongs to this key.`,
    cause,
  )
}

/**
 * Opens the keys that the store was written with, or makes them for an empty store (that of the log for a store that was
 * written before there was one): on disk (file and folder synced) before this returns, thus before anything is sealed or
 * signed under them. Keys left by a start that crashed before the store's first transaction are taken up. Throws StoreProblem for a key that is missing, unreadable, open to
 * others, malformed or another store's.
 */
export function openKeys(options: KeysOptions): Keys {
  const { dataDir, held, bytes } = options
  const dataKeys = new Map<number, KeyObject>()
  let digestKey: Buffer | undefined
  let newestDataKeyId = 0
  const toHold: HeldKey[] = []
  let logKey: Keys['logKey'] | undefined
  const seal = (keyId: number) => openSealer({ keys: dataKeys, newestKeyId: keyId, bytes })

  function take(purpose: KeyPurpose, keyId: number, key: Buffer): void {
    switch (purpose) {
      case 'data':
        dataKeys.set(keyId, createSecretKey(key))
        newestDataKeyId = Math.max(newestDataKeyId, keyId)
        return
      case 'digest':
        digestKey = key
        return
      case 'log':
        logKey = { keyId, privateKey: ed25519Of(key) }
    }
  }

  for (const purpose of PURPOSES) {
    // A store that holds some keys has all of them but that of the log, which came later.
    if (held.length > 0 && (purpose !== 'log' || held.some((key) => key.purpose === 'log'))) continue
    const file = keyFile(dataDir, purpose, 1)
    if (!existsSync(file)) makeKeyFile(file, bytes(KEY_BYTES))
    const key = readKeyFile(file)
    take(purpose, 1, key)
    const canary = purpose === 'data' ? seal(1).seal(canaryPlace(1), CANARY) : null
    toHold.push({ purpose, keyId: 1, fingerprint: fingerprintOf(key), canary })
  }

  const newestLogKeyId = Math.max(...held.map(({ purpose, keyId }) => (purpose === 'log' ? keyId : 0)))
  for (const { purpose, keyId, fingerprint, canary } of held) {
    // A key of the log that another has followed signs nothing any more, and may have been destroyed.
    if (purpose === 'log' && keyId < newestLogKeyId) continue
    const file = keyFile(dataDir, purpose, keyId)
    const key = readKeyFile(file)
    if (fingerprintOf(key) !== fingerprint) throw wrongKey(file)
    take(purpose, keyId, key)
    if (purpose !== 'data') continue
    try {
      if (canary === null || seal(keyId).open(canaryPlace(keyId), canary) !== CANARY) throw wrongKey(file)
    } catch (error) {
      throw wrongKey(file, error)
    }
  }

  if (digestKey === undefined || logKey === undefined)
    throw new Error('the store holds no digest key, or none of the log')
  return { dataKeys, newestDataKeyId, keyed: keyedBy(digestKey), logKey, toHold }
}
