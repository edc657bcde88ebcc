// A hall tells how it goes on with what is decided where it was taken, so the clocks of those legs run too. Never edited later.

export const version = 96
export const name = 'open legs at halls'

export const sql = `
DROP INDEX deliveries_open_legs;
CREATE INDEX deliveries_open_legs ON deliveries (case_position, ordinal)
  WHERE message_no = 0
    AND leg_state IN ('collected', 'pre-accepted', 'accepted', 'correction-required', 'in-review', 'suspended')
    AND state NOT IN ('waiting', 'cancelled', 'given-up');
`
