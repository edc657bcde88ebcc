// Signed notes by C2SP signed-note: text, key names, key ids, verifier keys and Ed25519 signatures.

import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { sha256 } from './merkle.ts'

/** 1: Ed25519 over the text. 4: a witness's cosignature, over a text of its own that names the time. */
export type SignatureType = 1 | 4

/** A public key as notes know it. Written `name+id in hex+base64(type, key)`, it is a vkey. */
export interface Verifier {
  readonly name: string
  readonly type: SignatureType
  /** 4 bytes. */
  readonly id: Buffer
  /** 32 bytes, by RFC 8032. */
  readonly publicKey: Buffer
}

export interface NoteSignature {
  readonly name: string
  readonly id: Buffer
  readonly signature: Buffer
}

export interface Note {
  /** Up to and with its last line feed: what is signed. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

const ID_BYTES = 4
const KEY_BYTES = 32
const NOTE_BYTES_MAX = 64 * 1024

export const isKeyName = (name: string): boolean => name !== '' && !/[\p{White_Space}\p{Cc}+]/u.test(name)

export function verifierOf(name: string, type: SignatureType, publicKey: Uint8Array): Verifier {
  const encoded = Buffer.concat([Buffer.of(type), publicKey])
  const id = sha256(Buffer.concat([Buffer.from(`${name}\n`), encoded])).subarray(0, ID_BYTES)
  return { name, type, id, publicKey: Buffer.from(publicKey) }
}

export const vkeyOf = ({ name, type, id, publicKey }: Verifier): string =>
  `${name}+${id.toString('hex')}+${Buffer.concat([Buffer.of(type), publicKey]).toString('base64')}`

/** Exactly as base64 writes it: null for what Node would read in spite of a wrong character, padding or rest. */
export function readBase64(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : null
}

/** Null for what is no vkey of an Ed25519 key, or one whose id is not its own. */
export function readVkey(text: string): Verifier | null {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text)
  const [, name = '', id = '', key = ''] = match ?? []
  const bytes = readBase64(key)
  if (match === null || !isKeyName(name) || bytes === null || bytes.length !== 1 + KEY_BYTES) return null
  const type = bytes[0]
  if (type !== 1 && type !== 4) return null
  const verifier = verifierOf(name, type, bytes.subarray(1))
  return verifier.id.toString('hex') === id ? verifier : null
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** The 32 bytes by RFC 8032 of an Ed25519 key, which in DER follow a fixed beginning. */
export const rawPublicKey = (key: KeyObject): Buffer =>
  key.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length)

export const publicKeyOf = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })

export function isSignedBy(verifier: Verifier, bytes: string | Uint8Array, signature: Uint8Array): boolean {
  return verify(null, Buffer.from(bytes as string), publicKeyOf(verifier.publicKey), signature)
}

export const signatureLine = ({ name, id }: Pick<Verifier, 'name' | 'id'>, signature: Uint8Array): string =>
  `— ${name} ${Buffer.concat([id, signature]).toString('base64')}\n`

/** Null for what is no note. Says nothing about its signatures: those of unknown keys are to be ignored. */
export function readNote(bytes: string): Note | null {
  if (Buffer.byteLength(bytes) > NOTE_BYTES_MAX || /[^\P{Cc}\n]|\ufffd/u.test(bytes)) return null
  const end = bytes.lastIndexOf('\n\n')
  if (end < 0 || !bytes.endsWith('\n')) return null
  const signatures = readSignatureLines(bytes.slice(end + 2))
  return signatures === null || signatures.length === 0 ? null : { text: bytes.slice(0, end + 1), signatures }
}

export function readSignatureLines(lines: string): readonly NoteSignature[] | null {
  const signatures: NoteSignature[] = []
  for (const line of lines.split('\n').slice(0, -1)) {
    const [dash, name = '', encoded = '', ...rest] = line.split(' ')
    const signed = readBase64(encoded)
    if (dash !== '—' || !isKeyName(name) || signed === null || signed.length <= ID_BYTES || rest.length > 0) return null
    signatures.push({ name, id: signed.subarray(0, ID_BYTES), signature: signed.subarray(ID_BYTES) })
  }
  return signatures
}

/** Those of the note's signatures that claim to be by this key. */
export const signaturesBy = (note: Note, verifier: Verifier): readonly NoteSignature[] =>
  note.signatures.filter(({ name, id }) => name === verifier.name && id.equals(verifier.id))
