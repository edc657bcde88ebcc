// Cities that give no answer, by each row of the fault table and in every protocol: each call has its end, nothing is lost or done twice.

import t from 'tap'
import { SILENT, tryTable } from './fault-table.ts'

t.test('cities that hang, break off, drip, or cannot be reached', (t) => tryTable(t, SILENT, 5000))
