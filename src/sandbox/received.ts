// What the cities of a sandbox have received, read from their journals, so that they need not run.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readJournal } from './disk.ts'
import type { Entry, Related } from './cases.ts'
import type { KeptMaterial } from './materials.ts'
import type { Supplement } from './supplements.ts'

export interface Received {
  readonly caseNo: string
  readonly leg: string
  /** Our reference, `<caseNo>.<leg>`. */
  readonly reference: string
  readonly backendCaseNo: string
  readonly item: string
  /** RFC 3339. */
  readonly at: string
  /** What came with it of the city before. */
  readonly related: Related | null
}

/** The submissions that took effect in a city, oldest first. */
export function received(dataDir: string, city: string, caseNo?: string): readonly Received[] {
  return receivedIn(journalOf(dataDir, city, '') as readonly Entry[], caseNo ?? null)
}

/** Of what a city has entered, what took effect; of one case, or of all. */
export function receivedIn(entries: readonly Entry[], caseNo: string | null): readonly Received[] {
  return entries
    .filter((entry) => entry.outcome === 'taken')
    .filter((entry) => caseNo === null || entry.caseNo === caseNo)
    .map(({ caseNo: ofCase, leg, reference, backendCaseNo, item, at, related = null }) => ({
      caseNo: ofCase,
      leg,
      reference,
      backendCaseNo,
      item,
      at,
      related,
    }))
}

/** The corrections and withdrawals that a city has kept, refused ones included, oldest first. */
export function receivedSupplements(dataDir: string, city: string, reference?: string): readonly Supplement[] {
  const supplements = journalOf(dataDir, city, '-supplements') as readonly Supplement[]
  return supplements.filter((supplement) => reference === undefined || supplement.reference === reference)
}

/** The files that a city has taken, oldest first, each with its bytes. */
export function receivedMaterials(
  dataDir: string,
  city: string,
  reference?: string,
): readonly (KeptMaterial & { readonly bytes: Buffer })[] {
  const materials = journalOf(dataDir, city, '-materials') as readonly KeptMaterial[]
  return materials
    .filter((material) => reference === undefined || material.reference === reference)
    .map((material) => ({
      ...material,
      bytes: readFileSync(join(dataDir, 'sandbox', `${city}-materials`, material.digest)),
    }))
}

function journalOf(dataDir: string, city: string, ending: string): readonly unknown[] {
  return readJournal(join(dataDir, 'sandbox', `${city}${ending}.ndjson`))
}
