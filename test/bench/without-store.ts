// Loaded before the gateway (`node --import`): puts the memory store in the place of the durable one, and changes nothing else.

import { registerHooks } from 'node:module'

const DURABLE = new URL('../../src/store/sqlite.ts', import.meta.url).href
const MEMORY = new URL('./memory-store.ts', import.meta.url).href

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    return found.url === DURABLE ? { ...found, url: MEMORY } : found
  },
})
