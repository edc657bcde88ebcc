// Brings the uploaded files of a message to its city before the message itself, or makes the addresses at which it fetches them.

import { buffer } from 'node:stream/consumers'
import { Readable } from 'node:stream'
import { LRUCache } from 'lru-cache'
import type { CallOptions, CallOutcome, CityBackend, MaterialAnswer, MaterialLink, Reason } from '../domain/delivery.ts'
import { Fault } from '../domain/fault.ts'
import type { Item, LegRule } from '../domain/item.ts'
import type { Material } from '../domain/material.ts'
import type { MaterialReference, SubmissionBody } from '../domain/submission.ts'
import { applicantKey } from '../identity/rights.ts'
import type { Parts } from './parts.ts'

/** What the files are for: a message about this reference. */
export interface HandOverFor {
  readonly caseNo: string
  readonly item: Item
  readonly leg: LegRule
  readonly body: SubmissionBody
}

/**
 * ready: the city has every file, or can fetch it at these addresses. In all other cases the message must not be sent. refused: the city takes a file not. failed: it may have it or not. missing: a file is not there any more.
 */
export type HandedOver =
  | { readonly kind: 'ready'; readonly links: readonly MaterialLink[] }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[]; readonly bytes: Buffer }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'missing'; readonly code: string }

/**
 * Each file is a message to the city with an intent and an outcome of its own on record. Cities take the same file again, so that
 * one whose outcome is unknown is simply sent again with the next attempt. Throws what the store throws: nothing was sent then.
 */
export type HandOver = (about: HandOverFor, backend: CityBackend, share: CallOptions['share']) => Promise<HandedOver>

/** So many files are remembered as handed over, which spares sending them with each attempt; a restart forgets them all. */
const REMEMBERED_MAX = 10_000
/** Files that are in memory at once, 20 MB each at most and half as much again in their city's form. */
const IN_MEMORY_MAX = 3

const ENDINGS = { 'application/pdf': 'pdf', 'image/jpeg': 'jpg', 'image/png': 'png' } as const

export interface HandOverOptions extends Pick<Parts, 'files' | 'keyed' | 'links' | 'recording' | 'store'> {
  /** Once aborted no file is sent any more, and those on their way are cut: they are sent again after the next start. */
  readonly closing: AbortSignal
}

export function openHandOver(parts: HandOverOptions): HandOver {
  const { files, links, recording, store, closing } = parts
  const handed = new LRUCache<string, true>({ max: REMEMBERED_MAX })
  const places = openPlaces(IN_MEMORY_MAX)

  async function send(
    about: HandOverFor,
    backend: CityBackend,
    found: Found,
    share: CallOptions['share'],
  ): Promise<CallOutcome<MaterialAnswer>> {
    const { material, reference, name } = found
    const facts = {
      subjectKey: applicantKey(about.body, parts.keyed),
      item: about.item.code,
      city: backend.city,
      caseNo: about.caseNo,
      leg: about.leg.key,
      call: 'hand-over',
    } as const
    const intent = recording.own('forwarded', 'sending', { ...facts, requestDigest: recording.digest(material.digest) })
    await store.append([intent])
    const bytes = await buffer(Readable.from(files.read(material)))
    const { materialId, mediaType, digest } = material
    const outcome = await backend.handOver(
      {
        item: about.item,
        leg: about.leg,
        reference: `${about.caseNo}.${about.leg.key}`,
        material: { code: reference.code, materialId, name, mediaType, digest, bytes },
      },
      { share, signal: closing },
    )
    const said = outcome.sent === 'answered' ? outcome.answer.kind : outcome.sent === 'no' ? 'not-sent' : 'no-answer'
    await store.append([
      recording.own('city-answered', said, {
        ...facts,
        intent: intent.id,
        ...(outcome.sent === 'answered'
          ? { answerDigest: recording.digest(outcome.bytes) }
          : { faultCode: outcome.fault.code, source: 'city' as const }),
      }),
    ])
    return outcome
  }

  return async (about, backend, share) => {
    const found: Found[] = []
    for (const reference of uploadsIn(about.body)) {
      const scope = { owner: null, cases: { city: backend.city } }
      const material = await store.findMaterial(reference.materialId, scope)
      if (material === null) return { kind: 'missing', code: reference.code }
      found.push({ material, reference, name: `${reference.code}.${ENDINGS[material.mediaType]}` })
    }
    if (found.length === 0) return { kind: 'ready', links: [] }
    switch (backend.accepts.materials) {
      case null:
        return { kind: 'failed', fault: new Fault('CITY_MESSAGE_UNSUPPORTED') }
      case 'linked':
        return {
          kind: 'ready',
          links: found.map(({ material, name }) => links.of(material, name, backend.city)),
        }
      case 'handed-over':
        break
    }
    for (const one of found) {
      const remembered = `${about.caseNo}.${about.leg.key}/${one.material.materialId}`
      if (handed.has(remembered)) continue
      if (closing.aborted) return { kind: 'failed', fault: new Fault('DRAINING') }
      const outcome = await places.take(() => send(about, backend, one, share))
      if (outcome.sent !== 'answered') {
        return { kind: 'failed', fault: closing.aborted ? new Fault('DRAINING') : outcome.fault }
      }
      const { answer, bytes } = outcome
      if (answer.kind === 'refused') return { kind: 'refused', reasons: answer.reasons, bytes }
      handed.set(remembered, true)
    }
    return { kind: 'ready', links: [] }
  }
}

interface Found {
  readonly material: Material
  readonly reference: Upload
  readonly name: string
}

type Upload = MaterialReference & { readonly materialId: string }

const uploadsIn = ({ materials = [] }: SubmissionBody): readonly Upload[] =>
  materials.filter((one): one is Upload => one.held === 'uploaded' && one.materialId !== undefined)

/** Lets so many in at once; the others wait in the order in which they came. */
function openPlaces(count: number): { take<Result>(work: () => Promise<Result>): Promise<Result> } {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async take(work) {
      if (free > 0) free -= 1
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) free += 1
        else next()
      }
    },
  }
}
