// The seam to where audit records are found again.

import type {
  AuditRecord,
  CountQuestion,
  FindingFilter,
  LogGap,
  RecordCount,
  RecordDraft,
  RecordFilter,
} from './audit.ts'
import type { Erased, FoundDisclosure, RetentionBounds, Retained } from './disclosure.ts'
import type { Page } from './store.ts'

export interface AuditStore {
  findRecord(id: string): Promise<AuditRecord | null>
  listRecords(filter: RecordFilter): Promise<Page<AuditRecord>>
  /** Each record counts once, the newest too; sorted by day, hour, kind, city, item, outcome. */
  countRecords(question: CountQuestion): Promise<readonly RecordCount[]>
  /** Oldest first. A page may be short though more follow. */
  listFindings(filter: FindingFilter): Promise<Page<AuditRecord>>
  /** Where the writing of this node broke off in its life before `boot`. To be asked before that is on record as started. */
  findGaps(node: string, boot: string): Promise<readonly LogGap[]>
  /** What is left behind the digests of a record; null if there is none of that id. */
  findDisclosure(recordId: string): Promise<FoundDisclosure | null>
  /**
   * Erases what is kept of a person and need not be kept by law, with the record, which counts what went. With no case left to be
   * kept, the way from the person to the records goes too: the same person is somebody new from then on. The erasures themselves are
   * still found by the person; none of them leads to what was there before.
   */
  eraseSubject(subjectKey: string, record: RecordDraft): Promise<Erased>
  /**
   * Erases again whom an erasure of a newer log names by `erasureRef`, in a store that was restored from before it. Without a record
   * where the store knows nobody under it.
   */
  redoErasure(erasureRef: string, record: RecordDraft): Promise<Erased>
  /** One step of clearing away old disclosures; the record is written if it removed something. */
  retain(bounds: RetentionBounds, record: RecordDraft): Promise<Retained>
}
