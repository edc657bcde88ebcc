// Process entry of the sandbox: opens the cities and the control endpoint, and lives as long as its owner does.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openCity, type SandboxCity } from './city.ts'
import { openControl } from './control-server.ts'
import { makeFolder } from './disk.ts'
import { isAlive } from './liveness.ts'
import { PLACES } from './places.ts'
import { removeSandboxFile, sourceVersion, writeSandboxFile } from './sandbox-file.ts'

const OWNER_CHECK_MS = 1000
const ORPHAN_LIFE_MS = 60_000

const { values } = parseArgs({
  options: { 'data-dir': { type: 'string' }, cities: { type: 'string' }, owner: { type: 'string' } },
})
const dataDir = values['data-dir']!
let owner = Number(values.owner)

await using open = new AsyncDisposableStack()
const stopped = Promise.withResolvers<void>()

// Ctrl-C reaches the whole process group. The gateway still has to drain through these cities, and ends them itself.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!isAlive(owner)) stopped.resolve()
  })
}

const version = sourceVersion()
const folder = join(dataDir, 'sandbox')
makeFolder(folder)
const cities = new Map<string, SandboxCity>()
for (const key of values.cities!.split(',')) {
  const place = PLACES.find(({ city }) => city === key)
  if (place === undefined) throw new Error(`no sandbox for a city called ${key}`)
  cities.set(key, open.use(await openCity({ place, folder })))
}
const token = randomBytes(32).toString('base64url')
const control = open.use(
  await openControl({
    token,
    version,
    cities,
    owner: () => owner,
    setOwner(pid) {
      owner = pid
    },
    stop: () => stopped.resolve(),
  }),
)
writeSandboxFile(dataDir, {
  pid: process.pid,
  startedAt: new Date().toISOString(),
  version,
  control: { address: control.address, token },
  cities: Object.fromEntries([...cities].map(([key, { address }]) => [key, { address }])),
})

let lastSeen = Date.now()
const watch = setInterval(() => {
  if (isAlive(owner)) lastSeen = Date.now()
  else if (Date.now() - lastSeen > ORPHAN_LIFE_MS) stopped.resolve()
}, OWNER_CHECK_MS)

await stopped.promise
clearInterval(watch)
removeSandboxFile(dataDir)
