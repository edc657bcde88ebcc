// Makes, settles and sends again what registered programs are to be told, within the writer's transaction.

import type { RecordDraft } from '../domain/audit.ts'
import type { WebhookSettled } from '../domain/webhook.ts'
import type { Sql } from './sql.ts'
import type { RecordWriter } from './write-records.ts'

export interface WebhookWriter {
  cursor(endpoint: string): number
  make(
    endpoint: string,
    upTo: number,
    messages: readonly { readonly messageId: string; readonly position: number }[],
    now: number,
  ): void
  settle(messageId: string, settled: WebhookSettled, now: number): void
  redrive(endpoint: string, messageIds: readonly string[] | null, now: number, record: RecordDraft): number
}

export function openWebhookWriter(database: Sql, records: RecordWriter): WebhookWriter {
  const register = database.prepare(`
    INSERT INTO webhook_endpoints (endpoint, cursor)
    SELECT ?, coalesce(max(position), 0) FROM case_events WHERE true ON CONFLICT DO NOTHING`)
  const cursorOf = database.prepare('SELECT cursor FROM webhook_endpoints WHERE endpoint = ?')
  const keepCursor = database.prepare('UPDATE webhook_endpoints SET cursor = ? WHERE endpoint = ? AND cursor < ?')
  const insert = database.prepare(`
    INSERT INTO webhook_messages (message_id, endpoint, case_position, event_position, made_at, due_at)
    SELECT ?1, ?2, case_position, position, ?4, ?4 FROM case_events WHERE position = ?3
    ON CONFLICT (endpoint, event_position) DO NOTHING`)
  const forget = database.prepare('DELETE FROM webhook_messages WHERE message_id = ?')
  const later = database.prepare(
    'UPDATE webhook_messages SET attempts = attempts + 1, due_at = ?, why = ? WHERE message_id = ?',
  )
  const giveUp = database.prepare(`
    UPDATE webhook_messages SET attempts = attempts + 1, due_at = NULL, dead_at = ?, why = ? WHERE message_id = ?`)
  const disable = database.prepare(`
    UPDATE webhook_endpoints SET disabled_at = ?
    WHERE endpoint = (SELECT endpoint FROM webhook_messages WHERE message_id = ?)`)
  const enable = database.prepare('UPDATE webhook_endpoints SET disabled_at = NULL WHERE endpoint = ?')
  const AGAIN = 'UPDATE webhook_messages SET attempts = 0, due_at = ?, dead_at = NULL, why = NULL WHERE due_at IS NULL'
  const againAll = database.prepare(`${AGAIN} AND endpoint = ?`)
  const again = database.prepare(`${AGAIN} AND endpoint = ? AND message_id = ?`)

  return {
    cursor(endpoint) {
      register.run(endpoint)
      return Number(cursorOf.get(endpoint)?.['cursor'] ?? 0)
    },
    make(endpoint, upTo, messages, now) {
      for (const { messageId, position } of messages) insert.run(messageId, endpoint, position, now)
      keepCursor.run(upTo, endpoint, upTo)
    },
    settle(messageId, settled, now) {
      switch (settled.kind) {
        case 'taken':
          forget.run(messageId)
          return
        case 'later':
          later.run(settled.dueAt, settled.why, messageId)
          return
        case 'dead':
          giveUp.run(now, settled.why, messageId)
          records.append(settled.record)
          return
        case 'gone':
          disable.run(now, messageId)
          records.append(settled.record)
      }
    },
    redrive(endpoint, messageIds, now, record) {
      enable.run(endpoint)
      const changed =
        messageIds === null
          ? Number(againAll.run(now, endpoint).changes)
          : messageIds.reduce((sum, id) => sum + Number(again.run(now, endpoint, id).changes), 0)
      records.append({ ...record, counts: { messages: changed } })
      return changed
    },
  }
}
