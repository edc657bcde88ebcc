// The threads of the store, which are started without the options of the process, with these steps all the same.

import { Worker as Real } from 'node:worker_threads'

const STEPS = ['--import', new URL('./steps.ts', import.meta.url).href]

export class Worker extends Real {
  constructor(file: string | URL, options: ConstructorParameters<typeof Real>[1]) {
    super(file, { ...options, execArgv: STEPS })
  }
}
