// Loaded before the gateway (`node --import`): its store and its lines go through named steps, and nothing else changes.

import { registerHooks } from 'node:module'

const STEPPED = new Map(
  [
    ['../../src/store/sqlite.ts', './stepped-store.ts'],
    ['../../src/cities/table.ts', './stepped-cities.ts'],
  ].map(([real = '', stepped = '']) => [new URL(real, import.meta.url).href, new URL(stepped, import.meta.url).href]),
)

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const stepped = STEPPED.get(found.url)
    return stepped === undefined || context.parentURL === stepped ? found : { ...found, url: stepped }
  },
})
