// Disks of a test's own, which can be filled or made read-only: tmpfs in a mount namespace that the test has to itself.

import { execFileSync, spawnSync } from 'node:child_process'
import { statfsSync } from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Test } from 'tap'

const INSIDE = 'GATEWAY_TEST_NAMESPACE'
const MEGABYTE = 1024 * 1024

/**
 * True where mounts may be made, which this program and its children alone see, and which end with them. For that it runs the
 * program (`file`, with the same arguments) once more inside a namespace, and ends with its status: to be called before anything else
 * is begun. False where this user may not mount anything.
 */
export function inOwnMounts(file: string): boolean {
  if (process.env[INSIDE] !== undefined) return true
  if (spawnSync('unshare', ['-m', 'true']).status !== 0) return false
  const again = [...process.execArgv, file, ...process.argv.slice(2)]
  const { status } = spawnSync('unshare', ['-m', process.execPath, ...again], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  })
  process.exit(status ?? 1)
}

export interface OwnDisk {
  readonly path: string
  remount(how: 'ro' | 'rw'): void
  /** Takes all that is left, and whatever is freed meanwhile, until the result is called: there is room again when that resolves. */
  fill(): () => Promise<void>
}

/** A disk of so many megabytes over the folder `path`, which must be there. It uses memory for what is on it. Goes with the test. */
export function mountDisk(t: Pick<Test, 'teardown'>, path: string, megabytes: number, mode: string): OwnDisk {
  const mount = (options: string): void => void execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path])
  mount(`size=${megabytes}m,mode=${mode}`)
  t.teardown(() => spawnSync('umount', ['-l', path]))
  const filler = join(path, 'filler')

  async function takeAll(until: { readonly isOver: boolean }): Promise<void> {
    await using file = await open(filler, 'w')
    const much = Buffer.alloc(MEGABYTE)
    while (!until.isOver) {
      try {
        await file.write(much)
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
        await delay(5)
      }
    }
  }

  return {
    path,
    remount: (how) => mount(`remount,${how}`),
    fill() {
      const until = { isOver: false }
      // Made small first, a little above what is on it: then the filler needs no memory either.
      const { blocks, bfree, bsize } = statfsSync(path)
      mount(`remount,size=${(blocks - bfree) * bsize + 8 * MEGABYTE}`)
      const taking = takeAll(until)
      return async () => {
        until.isOver = true
        await taking
        await rm(filler)
        mount(`remount,size=${megabytes}m`)
      }
    },
  }
}
