// Finds the legs whose clocks may run, without a walk through every case there has been. Never edited later.

export const version = 22
export const name = 'open legs'

export const sql = `
CREATE INDEX deliveries_open_legs ON deliveries (case_position, ordinal)
  WHERE message_no = 0
    AND leg_state IN ('collected', 'pre-accepted', 'accepted', 'correction-required', 'in-review', 'suspended')
    AND state NOT IN ('waiting', 'local', 'cancelled', 'given-up');
`
