#!/usr/bin/env node
// The entry of the commands of operators, integrators and auditors; their text and choice is in cli/program.ts.

import { useCodeCache } from './code-cache.js'

// Made by the first start of a gateway. A command leaves no folder behind that was not there.
useCodeCache('if-there')

await import('./cli/program.ts')
