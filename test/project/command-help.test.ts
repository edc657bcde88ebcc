// The long commands say what they do, and answer a slip in an option by it.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { root } from './source.ts'

for (const [file, name, option] of [
  ['test/chaos/long.ts', 'test:long', '--inputs'],
  ['test/chaos/run.ts', 'chaos', '--kills'],
  ['test/simulation/run.ts', 'simulate', '--seeds'],
] as const) {
  t.test(`npm run ${name} -- --help`, async (t) => {
    const helped = spawnSync(process.execPath, [join(root, file), '--help'], { encoding: 'utf8' })
    t.equal(helped.status, 0, helped.stderr)
    t.match(helped.stdout, `npm run ${name} -- [options]`)
    t.match(helped.stdout, option)
    const slipped = spawnSync(process.execPath, [join(root, file), '--sedes', '3'], { encoding: 'utf8' })
    t.equal(slipped.status, 2)
    t.match(slipped.stderr, /--sedes/)
    t.match(slipped.stderr, option)
    t.notMatch(slipped.stderr, /\n {4}at /, 'no stack')
  })
}
