// The real writing of a checkpoint and its rows, in the writer's thread and inside its transaction, as a named step.

import type { Sql } from '../../src/store/sql.ts'
import { openLogWriter as openReal, type LogWriter } from '../../src/store/write-log.ts'
import { strikes } from './plan.ts'

const dataDir = process.env['GATEWAY_DATA_DIR'] ?? ''

/** The thread itself stands still: its transaction stays open until the process is killed. */
function strike(name: string): void {
  const doing = strikes(dataDir, name, '')
  if (doing === 'hold') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  if (doing === 'throw') throw new Error(`struck at ${name}`)
}

export function openLogWriter(database: Sql): LogWriter {
  const writer = openReal(database)
  return {
    ...writer,
    replaceCheckpoint(old, step) {
      strike('log rows:before')
      const isFirst = writer.replaceCheckpoint(old, step)
      strike('log rows:after')
      return isFirst
    },
  }
}
