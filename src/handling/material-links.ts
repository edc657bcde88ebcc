// Addresses under which a city fetches an uploaded file by itself: each good for one file, one city and a short time.

import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '../domain/clock.ts'
import type { MaterialLink } from '../domain/delivery.ts'
import type { Keyed } from '../domain/ids.ts'
import type { Material } from '../domain/material.ts'
import type { CityKey } from '../domain/words.ts'

/** What an address says beside its proof. */
export interface LinkClaims {
  readonly materialId: string
  readonly city: CityKey
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface MaterialLinks {
  of(material: Material, name: string, city: CityKey): MaterialLink
  /** Whether we made this address and its time is not over. */
  isGood(claims: LinkClaims, proof: string): boolean
}

/** Long enough for a city that is slow to fetch, short enough that an address in a city's log opens nothing. */
const GOOD_FOR_MS = 3_600_000

export function openMaterialLinks(options: {
  readonly clock: Pick<Clock, 'now'>
  readonly keyed: Pick<Keyed, 'link'>
  /** Where cities reach this gateway, e.g. `https://gateway.example`. */
  readonly publicAddress: () => string
}): MaterialLinks {
  const { clock, keyed, publicAddress } = options
  const proofOf = ({ materialId, city, expiresAt }: LinkClaims): string =>
    keyed.link([materialId, city, String(expiresAt)])

  return {
    of({ materialId, mediaType, digest, sizeBytes }, name, city) {
      const expiresAt = clock.now() + GOOD_FOR_MS
      const query = new URLSearchParams({
        city,
        expires: String(expiresAt),
        proof: proofOf({ materialId, city, expiresAt }),
      })
      const url = `${publicAddress()}/v1/materials/${materialId}/content?${query.toString()}`
      return { materialId, name, mediaType, digest, sizeBytes, url, expiresAt }
    },
    isGood(claims, proof) {
      const [given, own] = [Buffer.from(proof), Buffer.from(proofOf(claims))]
      return given.length === own.length && timingSafeEqual(given, own) && clock.now() < claims.expiresAt
    },
  }
}
