// What is to go wrong next in a gateway under test: one step, struck once, told by a file in its data folder.

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * `accept:before` = instead of what would be carried out, `accept:after` = once it has been carried out.
 * hold: the step never ends, so that the process can be killed there. throw: it fails, as a disk or a thread that is lost would.
 */
export interface Plan {
  readonly step: string
  readonly doing: 'hold' | 'throw'
}

const planned = (dataDir: string): string => join(dataDir, 'chaos-plan.json')
const struck = (dataDir: string): string => join(dataDir, 'chaos-struck.json')

/** For the test: what strikes from now on. */
export function planNext(dataDir: string, plan: Plan): void {
  writeFileSync(`${planned(dataDir)}.new`, JSON.stringify(plan))
  renameSync(`${planned(dataDir)}.new`, planned(dataDir))
}

/** For the test: the number of the case that it struck, '' for a step that is about none; null while it has not struck. */
export function struckCase(dataDir: string): string | null {
  return existsSync(planned(dataDir)) ? null : readFileSync(struck(dataDir), 'utf8')
}

/** For the gateway under test: whether this step is the planned one. It then strikes, and no later step does. */
export function strikes(dataDir: string, step: string, caseNo: string): Plan['doing'] | null {
  if (!existsSync(planned(dataDir))) return null
  const plan = JSON.parse(readFileSync(planned(dataDir), 'utf8')) as Plan
  if (plan.step !== step) return null
  writeFileSync(struck(dataDir), caseNo)
  rmSync(planned(dataDir))
  return plan.doing
}
