// Whole gateways on PostgreSQL, part 4 of 4: see functional.ts.

import t from 'tap'
import { functionalPart } from './functional.ts'

await functionalPart(t, 4)
