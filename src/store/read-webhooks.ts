// Reads what registered programs are still to be told, and how far they have come.

import type { CaseEvent } from '../domain/case-record.ts'
import type { DeadMessage, WebhookMessage, WebhookStanding } from '../domain/webhook.ts'
import type { Sql } from './sql.ts'

export interface WebhookReader {
  due(endpoint: string, now: number, limit: number): readonly WebhookMessage[]
  dead(endpoint: string, limit: number): readonly DeadMessage[]
  standings(): readonly WebhookStanding[]
}

interface Row extends CaseEvent {
  readonly message_id: string
  readonly case_no: string
  readonly item: string
  readonly position: number
  readonly attempts: number
  readonly dead_at: number
  readonly why: string
}

const MESSAGES = `
  SELECT m.message_id, m.attempts, m.dead_at, m.why, c.case_no, c.item,
    e.position, e.at, e.event, e.leg, e.city, e.role AS "by", e.hall, e.state, e.document
  FROM webhook_messages m
  JOIN case_events e ON e.position = m.event_position JOIN cases c ON c.position = m.case_position`

export function openWebhookReader(database: Sql): WebhookReader {
  const due = database.prepare(`
    ${MESSAGES} JOIN webhook_endpoints p ON p.endpoint = m.endpoint
    WHERE m.endpoint = ? AND m.due_at <= ? AND p.disabled_at IS NULL AND NOT EXISTS (
      SELECT 1 FROM webhook_messages b
      WHERE b.endpoint = m.endpoint AND b.case_position = m.case_position AND b.due_at IS NOT NULL
        AND b.event_position < m.event_position)
    ORDER BY m.due_at, m.position LIMIT ? + 0`)
  const dead = database.prepare(`
    ${MESSAGES} WHERE m.endpoint = ? AND m.due_at IS NULL ORDER BY m.dead_at DESC, m.position DESC LIMIT ? + 0`)
  const standings = database.prepare(`
    SELECT p.endpoint, p.disabled_at AS "disabledAt", count(m.due_at) AS waiting,
      min(CASE WHEN m.due_at IS NOT NULL THEN m.made_at END) AS "oldestAt", count(m.position) - count(m.due_at) AS dead
    FROM webhook_endpoints p LEFT JOIN webhook_messages m ON m.endpoint = p.endpoint
    GROUP BY p.endpoint ORDER BY p.endpoint`)

  return {
    due: (endpoint, now, limit) => (due.all(endpoint, now, limit) as unknown as readonly Row[]).map(messageOf),
    dead: (endpoint, limit) =>
      (dead.all(endpoint, limit) as unknown as readonly Row[]).map((row) => ({
        ...messageOf(row),
        deadAt: row.dead_at,
        why: row.why,
      })),
    standings: () => standings.all().map((row) => ({ ...row }) as unknown as WebhookStanding),
  }
}

function messageOf(row: Row): WebhookMessage {
  const { message_id: messageId, case_no: caseNo, item, position, attempts } = row
  const { at, event, leg, city, by, hall, state, document } = row
  return {
    messageId,
    caseNo,
    item,
    position,
    attempts,
    event: { at, event, leg, city, by, hall, state, document },
  }
}
