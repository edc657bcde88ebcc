// Fetches the files of a message whose materials carry addresses, and hands them to the city's desk.

import type { Desk } from '../desk.ts'
import { MATERIAL_BYTES_MAX } from '../materials.ts'

/** A file by its address; what it is called differs from city to city. */
export interface Link {
  /** Of its material in the message's list. */
  readonly place: number
  readonly code: string
  readonly materialId: string
  readonly name: string
  readonly mediaType: string
  readonly url: string
  /** Milliseconds since 1970. */
  readonly expires: number
  readonly sha256: string
  readonly size: number
}

/** other-content: another file came before under the same id. Both name the first file that it concerns. */
export type Fetched =
  { readonly kind: 'all-here' } | { readonly kind: 'other-content' | 'not-fetched'; readonly place: number }

const CALL_MS = 10_000
const LEFT_MS_MIN = 30_000
const LEFT_MS_MAX = 24 * 3_600_000
const URL_CHARACTERS_MAX = 500

/** What is wrong with an address before anybody goes there; `now` is the city's clock. */
export function misfitOfLink({ url, expires, size }: Link, now: number): 'url' | 'expires' | 'size' | null {
  if (url.length > URL_CHARACTERS_MAX || !URL.canParse(url)) return 'url'
  const { protocol, hostname, username, password, hash } = new URL(url)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
  if (!isSafe || username !== '' || password !== '' || hash !== '') return 'url'
  if (!(expires >= now + LEFT_MS_MIN && expires <= now + LEFT_MS_MAX)) return 'expires'
  return size >= 1 && size <= MATERIAL_BYTES_MAX ? null : 'size'
}

/** Fetches what is not here yet, one after the other; all of it is on disk once this resolves with `all-here`. */
export async function fetchFiles(links: readonly Link[], reference: string, desk: Desk): Promise<Fetched> {
  for (const link of links) {
    const { place, materialId, sha256, code, name, mediaType } = link
    const known = desk.findMaterial(reference, materialId)
    if (known !== null && known.digest !== sha256) return { kind: 'other-content', place }
    if (known !== null) continue
    const bytes = await download(link)
    if (bytes === null) return { kind: 'not-fetched', place }
    const handed = await desk.takeMaterial({ reference, materialId, code, name, mediaType, digest: sha256, bytes })
    if (handed.kind === 'other-content') return { kind: 'other-content', place }
    if (handed.kind === 'misfit') return { kind: 'not-fetched', place }
  }
  return { kind: 'all-here' }
}

/** Null if it cannot be had, or is not as large as announced. A sandbox goes nowhere but to this machine. */
async function download({ url, size }: Link): Promise<Buffer | null> {
  if (!isLoopback(new URL(url).hostname)) return null
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(CALL_MS) })
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel()
      return null
    }
    const chunks: Uint8Array[] = []
    let bytes = 0
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > size) return null
      chunks.push(chunk)
    }
    return bytes === size ? Buffer.concat(chunks) : null
  } catch {
    return null
  }
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]+){3}$/.test(hostname)
