// What keeps it from starting is told in one sentence in both languages; nothing is left behind and nothing is changed.

import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join, sep } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t, { type Test } from 'tap'
import { copyConfig, PROJECT } from './harness.ts'
import { launch, makeFolder, ready, type Folder } from './launch.ts'

const NOBODY = 65_534

// One store that was written to, of which each failing start gets a copy.
const written = makeFolder(t)
const other = makeFolder(t)
for (const folder of [written, other]) {
  // As on a machine where nothing was checked and compiled before.
  rmSync(folder.dataDir, { recursive: true, force: true })
  await (await ready(launch(t, folder, { NODE_COMPILE_CACHE: '' }))).stop()
}

const busy = createServer()
await new Promise<void>((resolve) => {
  busy.listen(0, '127.0.0.1', resolve)
})
t.teardown(() => busy.close())
const busyPort = String((busy.address() as AddressInfo).port)

function copyOfStore(): Folder {
  const folder = makeFolder(t)
  cpSync(written.dataDir, folder.dataDir, { recursive: true })
  return folder
}

const inData = ({ dataDir }: Folder, name: string): string => join(dataDir, name)

/** Nothing is forbidden to root; another user can only be tried where it may read this project. */
const isRoot = process.getuid?.() === 0
const othersMayRead = PROJECT.split(sep).every((_, at, steps) => {
  const folder = steps.slice(0, at + 1).join(sep) || sep
  return (statSync(folder).mode & 0o005) === 0o005
})

interface Obstacle {
  readonly name: string
  /** What the sentence must name. */
  readonly tells: RegExp
  readonly env?: (folder: Folder) => Record<string, string>
  readonly prepare?: (folder: Folder) => void
  readonly uid?: number
}

const obstacles: readonly Obstacle[] = [
  { name: 'a port in use', tells: new RegExp(`${busyPort}.*GATEWAY_PORT`), env: () => ({ GATEWAY_PORT: busyPort }) },
  { name: 'a port that is none', tells: /GATEWAY_PORT/, env: () => ({ GATEWAY_PORT: 'http' }) },
  { name: 'the local issuer beyond loopback', tells: /0\.0\.0\.0/, env: () => ({ GATEWAY_HOST: '0.0.0.0' }) },
  {
    name: 'no configuration',
    tells: /gateway\.yaml/,
    env: ({ dataDir }) => ({ GATEWAY_CONFIG_DIR: `${dataDir}-none` }),
  },
  {
    name: 'a configuration with a mistake',
    tells: /gateway\.yaml:\d+/,
    env: ({ dataDir }) => ({
      GATEWAY_CONFIG_DIR: copyConfig(`${dataDir}-mistaken`, [[/depthMax: \d+/, 'depthMax: many']]),
    }),
  },
  {
    name: 'a file where the data folder should be',
    tells: /GATEWAY_DATA_DIR/,
    prepare: ({ dataDir }) => {
      rmSync(dataDir, { recursive: true })
      writeFileSync(dataDir, '')
    },
  },
  {
    name: 'a data folder that may not be written to',
    tells: /GATEWAY_DATA_DIR/,
    prepare: ({ dataDir }) => {
      rmSync(dataDir, { recursive: true })
      mkdirSync(dataDir)
      chmodSync(join(dataDir, '..'), 0o755)
      chmodSync(dataDir, 0o555)
    },
    ...(isRoot
      ? {
          uid: NOBODY,
          env: ({ dataDir }: Folder) => ({
            GATEWAY_CONFIG_DIR: copyConfig(join(dataDir, '../config')),
            NODE_COMPILE_CACHE: '',
          }),
        }
      : {}),
  },
  {
    name: 'a log that is a folder',
    tells: /EISDIR/,
    prepare: (folder) => {
      rmSync(inData(folder, 'gateway.log'))
      mkdirSync(inData(folder, 'gateway.log'))
    },
  },
  {
    name: 'a key that is missing',
    tells: /data-1\.key/,
    prepare: (folder) => rmSync(inData(folder, 'keys/data-1.key')),
  },
  {
    name: 'a key of another store',
    tells: /data-1\.key/,
    prepare: (folder) => cpSync(inData(other, 'keys/data-1.key'), inData(folder, 'keys/data-1.key')),
  },
  {
    name: 'a digest key of another store',
    tells: /digest-1\.key/,
    prepare: (folder) => cpSync(inData(other, 'keys/digest-1.key'), inData(folder, 'keys/digest-1.key')),
  },
  {
    name: 'a key that others can read',
    tells: /chmod 600/,
    prepare: (folder) => chmodSync(inData(folder, 'keys/data-1.key'), 0o644),
  },
  {
    name: 'an issuer’s key that is none',
    tells: /local-issuer\.json/,
    prepare: (folder) => writeFileSync(inData(folder, 'keys/local-issuer.json'), '{}'),
  },
  {
    name: 'a store of a newer version',
    tells: /999/,
    prepare: (folder) => {
      const database = new DatabaseSync(inData(folder, 'store.sqlite'))
      database.exec("INSERT INTO schema_version (version, name, applied_at) VALUES (999, 'future', 0)")
      database.close()
    },
  },
  {
    name: 'a damaged store',
    tells: /store|database|数据库/i,
    prepare: (folder) => {
      const bytes = readFileSync(inData(folder, 'store.sqlite'))
      writeFileSync(inData(folder, 'store.sqlite'), Buffer.concat([Buffer.alloc(4096, 'x'), bytes.subarray(4096)]))
    },
  },
  {
    name: 'cities nobody speaks for',
    tells: /GATEWAY_SANDBOX=on/,
    env: () => ({ GATEWAY_SANDBOX: 'off' }),
  },
]

async function fails(t: Test, obstacle: Obstacle): Promise<void> {
  const { name, tells, env, prepare, uid } = obstacle
  const folder = copyOfStore()
  prepare?.(folder)
  const before = keysOf(folder)
  const gateway = launch(t, folder, env?.(folder), uid === undefined ? {} : { uid })
  t.equal(await gateway.ended, 1, `${name}: ${gateway.stdout()}`)
  const said = gateway.stderr()
  t.match(said, tells, name)
  t.match(said, /[\u4e00-\u9fff]/, `${name} is told in Chinese`)
  t.match(said, /[A-Za-z]{3,} [a-z]{2,} /, `${name} is told in English`)
  t.notMatch(said, /^ +at |\bError:/m, `${name}: no stack`)
  t.ok(said.split('\n').length <= 9, `${name} is told in few words: ${said}`)
  // That the configuration is being checked is all that may be said there.
  t.notMatch(gateway.stdout(), /Ctrl-C|http:/, `${name}: it does not say that it is up`)
  t.strictSame(keysOf(folder), before, `${name}: keys are neither made nor changed`)
  t.strictSame(processesOf(folder), [], `${name}: no sandbox is left`)
}

function keysOf(folder: Folder): readonly (readonly [string, string])[] {
  try {
    const path = inData(folder, 'keys')
    return readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'base64')] as const)
  } catch {
    return []
  }
}

/** Command lines of processes that name this folder. */
function processesOf({ dataDir }: Folder): readonly string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
      } catch {
        return ''
      }
    })
    .filter((line) => line.includes(`${dataDir} `))
}

t.test('what is in the way', async (t) => {
  const tried = obstacles.filter(({ uid }) => uid === undefined || othersMayRead)
  for (let from = 0; from < tried.length; from += 4) {
    await Promise.all(tried.slice(from, from + 4).map((obstacle) => fails(t, obstacle)))
  }
})

t.test('a second gateway on the same folder is refused, and the first goes on undisturbed', async (t) => {
  const folder = copyOfStore()
  const first = await ready(launch(t, folder))
  const { address } = first
  const second = launch(t, folder)
  t.equal(await second.ended, 1)
  t.match(second.stderr(), /正被另一个网关进程使用[^]*GATEWAY_DATA_DIR/)
  t.notMatch(second.stderr(), /^ +at /m)
  t.equal((await fetch(`${address}/readyz`)).status, 200)
  t.equal(first.address, address, 'whoever looks for the gateway still finds the first')
  t.equal(await first.stop(), 0)
})

t.test('the data folder and what is in it are its owner’s alone', async (t) => {
  const open: string[] = []
  for (const name of ['', ...readdirSync(written.dataDir, { recursive: true }).map(String)]) {
    const mode = statSync(inData(written, name)).mode & 0o077
    // The sandbox and the locks hold nothing of anybody, and the folder keeps others out of them.
    if (mode !== 0 && !name.startsWith('sandbox') && !name.startsWith('store.lock')) open.push(name)
  }
  t.strictSame(open, [])
})
