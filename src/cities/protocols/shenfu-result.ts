// Reads the file of a result that Shenfu has issued (docs/wire/shenfu.md).

import { hash } from 'node:crypto'
import { RESULT_TYPES, type ResultAnswer, type ResultMessage } from '../../domain/delivery.ts'
import { garbled } from '../decoding.ts'
import { headerOf, type WireAnswer } from '../wire.ts'

export function resultPath({ reference, result }: ResultMessage): string {
  return `/v1/applications/by-reference/${encodeURIComponent(reference)}/results/${encodeURIComponent(result.code)}`
}

/** What is not of the type that it claims, or whose digest is another, is none: a certificate is not to be half right. */
export function fileIn(answer: WireAnswer): ResultAnswer {
  const [declared = ''] = headerOf(answer, 'content-type').toLowerCase().split(';')
  const mediaType = RESULT_TYPES.find((one) => one === declared.trim())
  if (mediaType === undefined) throw garbled('media type of a result')
  const { bytes } = answer
  const digest = hash('sha256', bytes, 'base64')
  if (headerOf(answer, 'content-digest') !== `sha-256=:${digest}:`) throw garbled('digest of a result')
  const isWhole =
    mediaType === 'application/pdf' ? bytes.subarray(0, 5).toString('latin1') === '%PDF-' : bytes.length > 0
  if (!isWhole) throw garbled('content of a result')
  return { kind: 'file', mediaType, digest, bytes }
}
