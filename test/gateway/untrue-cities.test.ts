// Cities whose answers cannot be trusted, by each row of the fault table and in every protocol: each call has its end, nothing is lost or done twice.

import t from 'tap'
import { ANSWERED, tryTable } from './fault-table.ts'

t.test('cities that lie, fail, babble, or refuse our call', (t) => tryTable(t, ANSWERED, 10_000))
