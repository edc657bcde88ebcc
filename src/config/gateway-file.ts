// The shape of config/gateway.yaml; schemas/config/gateway.schema.json says the same, and a test holds the two together.

import type { SigningAlgorithm } from '../identity/keys.ts'
import type { Office, Role } from '../domain/words.ts'

export interface GatewayFile {
  readonly listen: { readonly host: string; readonly port: number }
  /** Where cities reach this gateway, e.g. `https://gateway.example`; `listen` = where it listens, for this machine alone. */
  readonly publicAddress: string
  /** Whom to telephone about a case that no hall has collected and no city has yet. */
  readonly helpDesk: Office
  readonly dataDir: string
  /** `stdout`, or a file relative to the data folder. */
  readonly log: string
  readonly limits: {
    readonly bodyBytesMax: number
    readonly depthMax: number
    readonly headerBytesMax: number
    readonly requestTimeoutMs: number
    readonly answerTimeoutMs: number
    readonly connectionsMax: number
    readonly patienceMs: number
    readonly patienceMsMax: number
    readonly drainMs: number
  }
  /** Uploaded files. */
  readonly materials: {
    readonly bytesMax: number
    readonly uploadsMax: number
    readonly uploadTimeoutMs: number
    readonly waitingMax: number
    readonly keptWaitingDays: number
  }
  /** Streams of what happens to cases. */
  readonly streams: {
    readonly openMax: number
    readonly perCallerMax: number
    readonly heartbeatMs: number
    readonly unreadMs: number
  }
  /** Programs that are told of cases. */
  readonly webhooks: {
    readonly attemptTimeoutMs: number
    readonly perEndpointMax: number
    readonly attemptsMax: number
    readonly retryBaseMs: number
    readonly retryMaxMs: number
    readonly privateHosts: readonly string[]
    readonly endpoints: readonly WebhookEntry[]
  }
  /** Forms that are not filed yet. */
  readonly drafts: {
    readonly bytesMax: number
    readonly hallMax: number
    readonly personMax: number
    readonly keptDays: number
  }
  /** How long what stands behind digests of audit records is kept. */
  readonly retention: { readonly accessDays: number; readonly handOverDays: number }
  readonly delivery: { readonly leaseMarginMs: number }
  readonly courier: {
    readonly tickMs: number
    readonly perCityMax: number
    readonly backoffBaseMs: number
    readonly backoffMaxMs: number
    readonly stuckAfterMs: number
    readonly rampStepMs: number
  }
  /** Of cities that are asked for news. */
  readonly news: { readonly pollMs: number; readonly pageMax: number; readonly pagesMax: number }
  /** Counting what is due soon or overdue, for operators. */
  readonly deadlines: { readonly recountMs: number }
  readonly reconciliation: { readonly hour: number; readonly lookMs: number; readonly againMs: number }
  readonly store: {
    readonly queueMax: number
    readonly stallMs: number
    /** `embedded`, or the address of a PostgreSQL database, without a password. */
    readonly place: string
    /** Of a PostgreSQL database. Files by their names relative to the data folder, or `none`. */
    readonly postgres: {
      readonly passwordFile: string
      readonly caFile: string
      readonly certFile: string
      readonly keyFile: string
      readonly lookupConnections: number
      readonly connectTimeoutMs: number
      readonly statementTimeoutMs: number
    }
  }
  readonly auditLog: {
    /** Its name without the year: a scheme-less address, as checkpoints and keys carry it. */
    readonly origin: string
    readonly checkpointMs: number
    readonly witnesses: {
      /** How many must have cosigned for a checkpoint to count as witnessed. */
      readonly required: number
      readonly askMs: number
      readonly timeoutMs: number
      /** `key` is a vkey of type 4. */
      readonly list: readonly { readonly key: string; readonly address: string }[]
    }
  }
  readonly identity: {
    readonly clockToleranceSeconds: number
    readonly cachedTokensMax: number
    readonly issuers: readonly IssuerEntry[]
  }
}

export interface WebhookEntry {
  readonly key: string
  readonly address: string
  /** Relative to the data folder. */
  readonly secretFile: string
  /** `every`, `city/<city>` or `hall/<city>/<hall>`. */
  readonly cases: string
  /** Empty = all. */
  readonly events: readonly string[]
}

export interface IssuerEntry {
  readonly issuer: string
  /** `local`, or a JWKS file relative to the folder of the configuration. */
  readonly keys: string
  readonly algorithms: readonly SigningAlgorithm[]
  readonly audience: string
  readonly roles: readonly Role[]
  /** `every-city`, or the key of the one city whose halls and backends it speaks for. */
  readonly speaksFor: string
  readonly maxTtlSeconds: number
}
