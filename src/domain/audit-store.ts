// The seam to where audit records are found again.

import type { AuditRecord, CountQuestion, FindingFilter, RecordCount, RecordFilter } from './audit.ts'
import type { Page } from './store.ts'

export interface AuditStore {
  findRecord(id: string): Promise<AuditRecord | null>
  listRecords(filter: RecordFilter): Promise<Page<AuditRecord>>
  /** Each record counts once, the newest too; sorted by day, hour, kind, city, item, outcome. */
  countRecords(question: CountQuestion): Promise<readonly RecordCount[]>
  /** Oldest first. A page may be short though more follow. */
  listFindings(filter: FindingFilter): Promise<Page<AuditRecord>>
}
