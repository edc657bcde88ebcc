// The embedded store keeps the store's contract.

import t from 'tap'
import { storeContract } from '../contract/store.ts'
import { openEmpty } from './folder.ts'

storeContract(t, openEmpty)
