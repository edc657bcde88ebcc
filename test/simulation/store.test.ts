// The store that simulations work with keeps the same contract as the real one.

import t from 'tap'
import { Fault } from '../../src/domain/fault.ts'
import { systemIds } from '../../src/system.ts'
import { NOW, type OpenedStore } from '../contract/fixture.ts'
import { storeContract } from '../contract/store.ts'
import { openDisks, storeOver, type Disk } from './disk.ts'

const NODE = 'gateway-1'

const disks = openDisks({ node: NODE, now: NOW, bytes: systemIds.bytes })

storeContract(t, async () => openOn(disks.empty(systemIds.bytes)))

/** Nothing stands between the store and the disk here but a turn of the microtasks. */
function openOn(disk: Disk): OpenedStore {
  const opened = disk.open(systemIds.requestId())
  let closed = false
  const whileOpen =
    <Operation>(call: (operation: Operation) => unknown) =>
    async (operation: Operation): Promise<unknown> => {
      await Promise.resolve()
      if (closed) throw new Fault('STORE_UNAVAILABLE')
      return call(operation)
    }
  const store = storeOver(
    disk,
    {
      write: whileOpen(opened.write),
      lookUp: whileOpen(opened.lookUp),
      search: whileOpen(opened.search),
      now: () => NOW,
    },
    () => {
      closed = true
    },
  )
  return {
    store,
    node: NODE,
    reopen: async () => {
      await store[Symbol.asyncDispose]()
      return openOn(disk)
    },
  }
}
