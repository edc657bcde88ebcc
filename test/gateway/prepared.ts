// One copy of the configuration for all gateways of a test run that change it alike, checked once instead of by each of them.

import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SHARED } from '../project-config.ts'

/** Where a start keeps what it has checked, in its data folder, for the next one. */
const KEPT = 'config-cache'

export interface Prepared {
  readonly configDir: string
  /** To be called before a gateway first starts on this data folder. */
  seed(dataDir: string): void
  /** To be called once it is ready: what it has checked, others need not. */
  keep(dataDir: string): void
}

export function prepare(
  changes: readonly [RegExp, string][],
  dataDir: string,
  copyConfig: (folder: string, changes: readonly [RegExp, string][]) => string,
): Prepared {
  if (SHARED === undefined) {
    return { configDir: copyConfig(join(dataDir, 'config'), changes), seed: () => undefined, keep: () => undefined }
  }
  const key = createHash('sha256')
    .update(JSON.stringify(changes.map(([from, to]) => [from.source, to])))
    .digest('hex')
  const shared = SHARED
  const folder = join(shared, key.slice(0, 16))
  const configDir = join(folder, 'config')
  if (!existsSync(configDir)) put(shared, configDir, (draft) => copyConfig(draft, changes))
  return {
    configDir,
    seed(to) {
      mkdirSync(to, { recursive: true, mode: 0o700 })
      if (existsSync(join(folder, KEPT))) cpSync(join(folder, KEPT), join(to, KEPT), { recursive: true })
    },
    keep(from) {
      if (existsSync(join(folder, KEPT)) || !existsSync(join(from, KEPT))) return
      put(shared, join(folder, KEPT), (draft) => cpSync(join(from, KEPT), draft, { recursive: true }))
    },
  }
}

/** Files run side by side: whoever is first puts a whole folder into place. */
function put(shared: string, place: string, make: (draft: string) => unknown): void {
  const draft = mkdtempSync(join(shared, 'draft-'))
  try {
    make(draft)
    mkdirSync(join(place, '..'), { recursive: true })
    renameSync(draft, place)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(place)) throw error
  }
}
