// The fixed table of issuers: whose tokens are trusted, with which keys, and for whom each may speak.

import type { CityKey, Role } from '../domain/words.ts'
import type { IssuerKey, SigningAlgorithm } from './keys.ts'

export interface IssuerRule {
  /** Exactly what stands in `iss`. */
  readonly issuer: string
  /** `local`: the key pair in the data folder. Else the keys of the issuer's own JWKS file. */
  readonly keys: 'local' | readonly IssuerKey[]
  readonly algorithms: readonly SigningAlgorithm[]
  readonly audience: string
  readonly roles: readonly Role[]
  /** The one city whose halls and backends it speaks for; null = every city. */
  readonly speaksFor: CityKey | null
  readonly maxTtlMs: number
}

/** A rule whose keys are all at hand. */
export interface Issuer extends IssuerRule {
  readonly keys: readonly IssuerKey[]
}

/** Makes the table by `iss`; `localKey` stands in for the rules whose keys are `local`. */
export function issuerTable(rules: readonly IssuerRule[], localKey: IssuerKey | null): ReadonlyMap<string, Issuer> {
  const table = new Map<string, Issuer>()
  for (const rule of rules) {
    if (rule.keys !== 'local') table.set(rule.issuer, { ...rule, keys: rule.keys })
    else if (localKey !== null) table.set(rule.issuer, { ...rule, keys: [localKey] })
  }
  return table
}
