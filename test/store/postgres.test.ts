// The PostgreSQL store keeps the store's contract.

import t from 'tap'
import { storeContract } from '../contract/store.ts'
import { startPostgres } from '../postgres/server.ts'
import { openEmptyPostgres } from '../postgres/store.ts'

const server = await startPostgres(t)

storeContract(t, (t) => openEmptyPostgres(t, server))
