// Loaded before the gateway (`node --import`): its store, the store's threads and its lines go through named steps, and
// nothing else changes.

import { registerHooks } from 'node:module'

const STEPPED = new Map(
  [
    ['../../src/store/sqlite.ts', './stepped-store.ts'],
    ['../../src/store/write-log.ts', './stepped-log-writer.ts'],
    ['../../src/cities/table.ts', './stepped-cities.ts'],
  ].map(([real = '', stepped = '']) => [new URL(real, import.meta.url).href, new URL(stepped, import.meta.url).href]),
)

const STORE = new URL('../../src/store/threads.ts', import.meta.url).href
const THREADS = new URL('./stepped-threads.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier === 'node:worker_threads' && context.parentURL === STORE) return nextResolve(THREADS, context)
    const found = nextResolve(specifier, context)
    const stepped = STEPPED.get(found.url)
    return stepped === undefined || context.parentURL === stepped ? found : { ...found, url: stepped }
  },
})
