// Files that people upload before they name them.

import type { Caller, Handled } from '../../src/domain/caller.ts'
import type { SubmissionBody } from '../../src/domain/submission.ts'
import { openUploads } from '../../src/handling/materials.ts'
import type { Parts } from '../../src/handling/parts.ts'
import type { Ended } from './gateway.ts'
import type { Around } from './people.ts'

const LIMITS = { bytesMax: 1000, uploadsMax: 10, waitingMax: 100 }

/** The same body, with one of its materials as a file that is uploaded now, where the item takes one; as it was where that fails. */
export async function withFile(
  { stage, ids, findings }: Around,
  itemCode: string,
  body: SubmissionBody,
  upload: (work: (parts: Parts, caller: Caller) => Promise<Handled>) => Promise<Ended<Handled> | null>,
): Promise<SubmissionBody> {
  const { materials = [] } = body
  const rules = stage.catalogues.stop.find(itemCode).materials.filter(({ forms }) => forms.includes('electronic'))
  const named = materials.find(({ code }) => rules.some((rule) => rule.code === code))
  if (named === undefined) return body
  const content = Buffer.concat([Buffer.from('%PDF-1.7 '), ids.bytes(16)])
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield content
  }
  const uploaded = await upload((parts, caller) => openUploads(parts, LIMITS).take(caller, pieces(), null))
  if (uploaded?.kind !== 'answered' || !('body' in uploaded.value) || typeof uploaded.value.body !== 'string')
    return body
  findings.count('uploaded')
  const { materialId } = JSON.parse(uploaded.value.body) as { readonly materialId: string }
  const asFile = { code: named.code, held: 'uploaded', materialId } as const
  return { ...body, materials: materials.map((one) => (one === named ? asFile : one)) }
}
