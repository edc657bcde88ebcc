// Reads the legs that nobody has decided yet, with what their clocks are counted from: nothing of a person is in it.

import type { OpenLeg } from '../domain/leg-clock.ts'
import { currentLegs } from '../domain/leg-place.ts'
import type { Page } from '../domain/store.ts'
import type { Sql } from './sql.ts'

interface LegRow {
  readonly case_position: number
  readonly ordinal: number
  readonly leg: string
  readonly city: string
  readonly item: string
  readonly competent_city: string
  readonly filed_at: number
}

/** A case has fewer messages than this: position and ordinal in one number, which pages go on from. */
const ORDINALS = 65_536

/** At most `limit` after that position, the oldest case first. */
export function openOpenLegs(database: Sql): (after: number, limit: number) => Page<OpenLeg> {
  const find = database.prepare(`
    SELECT d.case_position, d.ordinal, d.leg, d.city, c.item, c.competent_city, c.filed_at
    FROM deliveries d INDEXED BY deliveries_open_legs JOIN cases c ON c.position = d.case_position
    WHERE d.message_no = 0
      AND d.leg_state IN ('collected', 'pre-accepted', 'accepted', 'correction-required', 'in-review', 'suspended')
      AND d.state NOT IN ('waiting', 'cancelled', 'given-up')
      AND (d.case_position, d.ordinal) > (?, ?)
    ORDER BY d.case_position, d.ordinal LIMIT ? + 0`)
  const legsOf = database.prepare(
    'SELECT leg FROM deliveries WHERE case_position = ? AND message_no = 0 ORDER BY ordinal',
  )
  const eventsOf = database.prepare(
    'SELECT at, state, role FROM case_events WHERE case_position = ? AND leg = ? ORDER BY ordinal',
  )

  function openLeg(row: LegRow): OpenLeg {
    const { case_position: position, leg } = row
    const events = eventsOf.all(position, leg) as unknown as readonly {
      readonly at: number
      readonly state: OpenLeg['standing'][number]['state'] | null
      readonly role: string
    }[]
    return {
      item: row.item,
      leg,
      city: row.city,
      competentCity: row.competent_city,
      isOnly: currentLegs(legsOf.all(position) as unknown as readonly { readonly leg: string }[]).length === 1,
      begun: events[0]?.at ?? row.filed_at,
      standing: events.flatMap(({ at, state, role }) =>
        state === null || role === 'other-leg' ? [] : [{ at, state }],
      ),
    }
  }

  return (after, limit) => {
    const [position, ordinal] = [Math.floor(after / ORDINALS), after % ORDINALS]
    const rows = find.all(position, ordinal, limit + 1) as unknown as readonly LegRow[]
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return {
      entries: shown.map(openLeg),
      next: last === undefined ? null : last.case_position * ORDINALS + last.ordinal,
    }
  }
}
