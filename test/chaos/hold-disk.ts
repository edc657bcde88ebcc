// A disk that is slow or hangs, for the embedded store: another process holds SQLite's write lock.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'

/**
 * Holds the lock as often and as long as it is told: for the writer thread a disk that does not answer for that time. Resolves when it
 * is held for the first time; `end` gives it back for good.
 */
export async function holdDisk(
  t: Pick<Test, 'teardown'>,
  dataDir: string,
  heldMs: number,
  freeMs: number,
): Promise<{ end(): Promise<void> }> {
  const program = `
    import { DatabaseSync } from 'node:sqlite'
    const database = new DatabaseSync(${JSON.stringify(join(dataDir, 'store.sqlite'))}, { timeout: 5000 })
    const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
    for (;;) {
      database.exec('BEGIN IMMEDIATE')
      console.log('held')
      sleep(${heldMs})
      database.exec('ROLLBACK')
      sleep(${freeMs})
    }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exit
  }
  t.teardown(end)
  await once(child.stdout, 'data')
  child.stdout.resume()
  return { end }
}
