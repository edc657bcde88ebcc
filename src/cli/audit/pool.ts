// Has stretches of a log checked by as many threads as the machine has processors, and gives the reports in order.

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Sentence } from '../../domain/words.ts'
import { CommandError } from '../output.ts'
import { checkStretch, type Stretch, type StretchReport } from './range.ts'

const THREADS_MAX = 16
/** Below this, threads would take longer to start than they save. */
const STRETCHES_MIN = 4

type FromThread = { readonly report: StretchReport } | { readonly failed: Sentence | string }

/** At most one stretch for each thread is under way, so that memory does not grow with the log. */
export async function* checkInOrder(stretches: readonly Stretch[]): AsyncGenerator<StretchReport> {
  const threads = stretches.length < STRETCHES_MIN ? 0 : Math.min(availableParallelism(), THREADS_MAX)
  if (threads < 2) {
    for (const stretch of stretches) yield await checkStretch(stretch)
    return
  }
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./range-worker.ts', import.meta.url), { execArgv: [] }),
  )
  try {
    const underWay: Promise<StretchReport>[] = []
    for (const [at, stretch] of stretches.entries()) {
      const worker = workers[at % threads]!
      // A thread gets its next stretch once its last one has been given on.
      if (underWay.length === threads) yield await underWay.shift()!
      const report = ask(worker, stretch)
      report.catch(() => undefined)
      underWay.push(report)
    }
    for (const report of underWay) yield await report
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function ask(worker: Worker, stretch: Stretch): Promise<StretchReport> {
  const { promise, resolve, reject } = Promise.withResolvers<StretchReport>()
  worker.once('error', reject)
  worker.once('message', (message: FromThread) => {
    worker.off('error', reject)
    if ('report' in message) resolve(message.report)
    else if (typeof message.failed === 'string') reject(new Error(message.failed))
    else reject(new CommandError(1, message.failed.zh, message.failed.en))
  })
  worker.postMessage(stretch)
  return promise
}
