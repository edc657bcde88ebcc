// Carries out one named step of the gateway under test, unless the plan says that it fails or is held before or after it.

import { Fault } from '../../src/domain/fault.ts'
import { strikes } from './plan.ts'

const dataDir = process.env['GATEWAY_DATA_DIR'] ?? ''

async function strike(name: string, caseNo: string, written: 'no' | 'unknown'): Promise<void> {
  const doing = strikes(dataDir, name, caseNo)
  if (doing === 'hold') await new Promise<never>(() => {})
  if (doing === 'throw') {
    throw new Fault('STORE_UNAVAILABLE', { cause: Object.assign(new Error(`struck at ${name}`), { written }) })
  }
}

/**
 * `caseOf` = the case that it is about, '' for none; null where what was carried out is not the step that the name means: a
 * claim that found nothing due is none.
 */
export async function step<Value>(
  name: string,
  carryOut: () => Promise<Value>,
  caseOf: (value: Value | null) => string | null = () => '',
): Promise<Value> {
  await strike(`${name}:before`, caseOf(null) ?? '', 'no')
  const value = await carryOut()
  const caseNo = caseOf(value)
  if (caseNo !== null) await strike(`${name}:after`, caseNo, 'unknown')
  return value
}
