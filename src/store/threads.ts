// Starts a store's worker threads, and tells once if one of them is lost.

import { Worker, type MessagePort } from 'node:worker_threads'
import type { StoreOptions } from './assemble.ts'
import { openBatches, type Batches, type BatchesOptions } from './batches.ts'

export interface Threads {
  /** `transfer`: what of `workerData` goes over to the thread and is not copied. */
  begin(
    module: URL,
    name: string,
    workerData: unknown,
    onBatch: BatchesOptions['onBatch'],
    transfer?: readonly MessagePort[],
  ): Batches
  /** A thread that takes no batches; its messages are the caller's. */
  beginOther(module: URL, name: string): Worker
  /** Ends all of them at once, whatever they do. Nothing is told of it. */
  terminate(): Promise<void>
}

export function openThreads({ clock, stallMs, onFatal }: Pick<StoreOptions, 'clock' | 'stallMs' | 'onFatal'>): Threads {
  const workers: Worker[] = []
  let fatal = false
  const onLost = (error: Error): void => {
    if (fatal) return
    fatal = true
    onFatal(error)
  }
  function start(module: URL, name: string, workerData: unknown, transfer: readonly MessagePort[]): Worker {
    // Without the options of the process: its loaders (a test runner's, say) would take each thread half a second.
    const worker = new Worker(module, { workerData, name, execArgv: [], transferList: [...transfer] })
    workers.push(worker)
    return worker
  }
  return {
    begin: (module, name, workerData, onBatch, transfer = []) =>
      openBatches({ worker: start(module, name, workerData, transfer), onBatch, onLost, clock, stallMs }),
    beginOther(module, name) {
      const worker = start(module, name, null, [])
      worker.on('error', onLost)
      return worker
    },
    async terminate() {
      fatal = true
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}
