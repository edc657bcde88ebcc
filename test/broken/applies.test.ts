// The kept set of broken patches still fits the code. Whether the suite catches them is for `npm run test:broken`.

import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { root } from '../project/source.ts'
import { edited, editsOf, PATCHES } from './apply.ts'

t.test('each patch applies, names a test that is there, and says what it breaks', async (t) => {
  t.ok(PATCHES.length >= 25)
  t.equal(new Set(PATCHES.map(({ name }) => name)).size, PATCHES.length)
  for (const patch of PATCHES) {
    for (const edit of editsOf(patch)) {
      const text = readFileSync(root + edit.file, 'utf8')
      t.doesNotThrow(() => t.not(edited(text, edit), text), `${patch.name}: ${edit.file}`)
    }
    t.ok(existsSync(root + patch.test), `${patch.name}: ${patch.test}`)
    t.match(patch.breaks, /^["A-Z].*\.$/, patch.name)
  }
})

t.test('a patch whose place has gone, or is there twice, does not apply', async (t) => {
  t.throws(() => edited('a b', { file: 'x', find: 'c', put: 'd' }), { message: 'stands 0 times in x: c' })
  t.throws(() => edited('a b a', { file: 'x', find: 'a', put: 'd' }), { message: 'stands 2 times in x: a' })
  t.equal(edited('a b', { file: 'x', find: 'a', put: '$&' }), '$& b')
})
