// Takes files in Anshan's protocol: multipart bodies that are made as docs/wire/anshan.md prescribes, to the byte, and what of them is signed.

import { createHash } from 'node:crypto'
import type { Desk } from '../desk.ts'
import type { Pair } from './anshan-pairs.ts'
import { misfitAt, reply } from './anshan-replies.ts'
import { type FilePart, readParts } from './multipart.ts'
import { CASE_REFERENCE, misfit, object, text } from './shape.ts'
import type { WireReply } from './wire.ts'

/** 20 MiB, and room for the other parts. */
export const FILE_BODY_BYTES_MAX = 20_979_712

/** What a body says, before anybody knows whether it was signed. */
export interface FileForm {
  readonly texts: Readonly<Record<string, string>>
  readonly file: FilePart
  /** SHA-256 of the file's bytes, in lower-case hex. */
  readonly digest: string
}

const BOUNDARY = /^multipart\/form-data; boundary=([A-Za-z0-9-]{27,70})$/

export const boundaryOf = (contentType: string | undefined): string | null =>
  BOUNDARY.exec(contentType ?? '')?.[1] ?? null

/** Null for a body that is not made as prescribed: what is read is written down again, and that must be the very same bytes. */
export async function readFileForm(boundary: string, body: Buffer): Promise<FileForm | null> {
  const parts = await readParts(`multipart/form-data; boundary=${boundary}`, body)
  const { file, ...others } = parts?.files ?? {}
  if (parts === null || file === undefined || Object.keys(others).length > 0) return null
  const { texts } = parts
  if (!written(boundary, texts, file).equals(body)) return null
  return { texts, file, digest: createHash('sha256').update(file.bytes).digest('hex') }
}

function written(boundary: string, texts: FileForm['texts'], { name, mediaType, bytes }: FilePart): Buffer {
  const head = (part: string): string => `--${boundary}\r\nContent-Disposition: form-data; name="${part}"`
  return Buffer.concat([
    ...Object.entries(texts).map(([part, value]) => Buffer.from(`${head(part)}\r\n\r\n${value}\r\n`)),
    Buffer.from(`${head('file')}; filename="${name}"\r\nContent-Type: ${mediaType}\r\n\r\n`),
    bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
}

/** The pairs whose canonical form is signed in the place of the body. */
export const signedPairs = ({ texts, file, digest }: FileForm): readonly Pair[] => [
  ...Object.entries(texts),
  ['file.name', file.name],
  ['file.type', file.mediaType],
  ['file.sha256', digest],
]

const TEXTS = object({
  outer_no: text(CASE_REFERENCE),
  material_id: text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/),
  material_code: text(/^[a-z][a-z0-9-]{0,79}$/),
})

export async function takeFile({ texts, file, digest }: FileForm, desk: Desk): Promise<WireReply> {
  const wrong = misfit(texts, TEXTS)
  if (wrong !== null) return misfitAt(wrong.slice(1))
  const [reference, materialId, code] = [texts['outer_no']!, texts['material_id']!, texts['material_code']!]
  const taken = await desk.takeMaterial({ reference, materialId, code, digest, ...file })
  switch (taken.kind) {
    case 'taken':
      return reply(0, { outer_no: reference, material_id: materialId, sha256: digest, size: String(file.bytes.length) })
    case 'other-content':
      return reply(2032)
    case 'misfit':
      return MISFITS[taken.what]
  }
}

const MISFITS = {
  name: misfitAt('file'),
  // The digest is our own: it fits.
  digest: reply(9000),
  size: reply(2031, { reasons: [{ reason_code: '6106', reason_text: '文件大小不符合要求' }] }),
  'media-type': reply(2031, { reasons: [{ reason_code: '6107', reason_text: '文件内容与类型不符' }] }),
} as const
