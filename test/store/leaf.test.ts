// A leaf's bytes are RFC 8785's, whatever the draft holds, and its hash is RFC 6962's.

import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import * as fc from 'fast-check'
import t from 'tap'
import { makeLeaf } from '../../src/store/leaf.ts'
import { draft } from '../contract/fixture.ts'

const place = { node: 'gateway-1', boot: 'boot-1', seq: 7, subjectRef: null, actorRef: null }

const text = fc.string({ unit: 'binary', maxLength: 40 })
const maybe = fc.option(text)
const actor = fc.oneof(
  fc.constant({ role: 'gateway' as const }),
  fc.record({ role: fc.constant('resident' as const), issuer: text, subjectKey: text }),
  fc.record({
    role: fc.constantFrom('clerk', 'city', 'auditor', 'operator'),
    issuer: text,
    subject: text,
    city: maybe,
    hall: maybe,
  }),
)
const changes = fc.record({
  id: text,
  time: fc.integer({ min: 0, max: 4e12 }),
  actor,
  requestId: maybe,
  route: maybe,
  item: maybe,
  routeRule: maybe,
  outcome: text,
  status: fc.option(fc.integer({ min: 100, max: 599 })),
  answerDigest: fc.option(fc.record({ digest: text, salt: text })),
  counts: fc.option(fc.dictionary(fc.oneof(text, fc.integer({ min: 0, max: 3000 }).map(String)), fc.nat())),
})

t.test('a leaf is in canonical form for any text, any actor and any counts', async (t) => {
  fc.assert(
    fc.property(changes, fc.option(text), fc.option(text), (change, subjectRef, actorRef) => {
      const leaf = makeLeaf(draft(change), { ...place, subjectRef, actorRef })
      const members = JSON.parse(leaf.text) as Record<string, unknown>
      const hash = createHash('sha256').update(Buffer.of(0)).update(leaf.text, 'utf8').digest()
      return leaf.text === canonicalize(members) && leaf.hash.equals(hash) && !leaf.text.includes(':null')
    }),
  )
  t.pass()
})

t.test('a lone surrogate is refused, a whole pair and a written escape are not', async (t) => {
  t.throws(() => makeLeaf(draft({ outcome: '\ud83d' }), place))
  for (const outcome of ['\u{1f600}', String.raw`\ud83d`]) {
    const leaf = makeLeaf(draft({ outcome }), place)
    t.equal(leaf.text, canonicalize(JSON.parse(leaf.text)))
  }
})

t.test('a leaf holds 16 KiB and no byte more', async (t) => {
  const room = 16 * 1024 - Buffer.byteLength(makeLeaf(draft({ id: 'x', outcome: '', requestId: 'r' }), place).text)
  t.ok(makeLeaf(draft({ id: 'x', outcome: 'x'.repeat(room), requestId: 'r' }), place))
  t.throws(() => makeLeaf(draft({ id: 'x', outcome: 'x'.repeat(room + 1), requestId: 'r' }), place))
  t.throws(
    () => makeLeaf(draft({ id: 'x', outcome: '事'.repeat(room / 2), requestId: 'r' }), place),
    'bytes, not characters',
  )
})
