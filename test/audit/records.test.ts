// A record's digests tell nothing to whoever does not have the salt, and prove everything to whoever has it.

import { createHash } from 'node:crypto'
import t from 'tap'
import { openRecording } from '../../src/audit/records.ts'
import { systemClock, systemIds } from '../../src/system.ts'

const keyed = { subjectKey: () => 's', scope: () => 'k', link: () => 'l', fingerprint: () => 'f' }
const recording = openRecording({ clock: systemClock, ids: systemIds, keyed, configVersion: 'v' })

t.test('the same bytes have another digest each time, which the salt opens', async (t) => {
  const [one, two] = [recording.digest('{"found":false}'), recording.digest('{"found":false}')]
  t.not(one.digest, two.digest)
  for (const { digest, salt } of [one, two]) {
    const bytes = Buffer.from(salt, 'base64url')
    t.equal(bytes.length, 16)
    t.equal(createHash('sha256').update(bytes).update('{"found":false}').digest('base64url'), digest)
  }
})
