// Holds the installation to what makes it the same everywhere: exact versions, one lock file, no address of a registry.

import t from 'tap'
import { filesBelow, readText } from './source.ts'

interface Packages {
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}
interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
}

const { dependencies, devDependencies } = JSON.parse(readText('package.json')) as Packages
const lockText = readText('package-lock.json')
const { packages } = JSON.parse(lockText) as { packages: Readonly<Record<string, Locked>> }
const direct = Object.entries({ ...dependencies, ...devDependencies })

t.test('every package has an exact version, and the lock file has the same', async (t) => {
  const ranges = direct.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
  t.strictSame(ranges, [])
  const different = direct.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)
  t.strictSame(different, [])
  const root = packages[''] as unknown as Packages
  t.strictSame([root.dependencies, root.devDependencies], [dependencies, devDependencies])
})

t.test('the lock file holds a hash for each package and no address to fetch it from', async (t) => {
  const entries = Object.entries(packages).filter(([path]) => path !== '')
  t.strictSame(
    entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path),
    [],
  )
  t.strictSame(
    entries.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path),
    [],
  )
  t.notMatch(lockText, /\bregistry\./)
})

t.test('each dependency is named in a decision', async (t) => {
  const decisions = filesBelow('docs/adr', '.md').map(readText).join('\n')
  const named = (name: string): boolean =>
    new RegExp(`(?<![\\w@/-])${name.replaceAll(/[/.]/g, '\\$&')}(?![\\w/-])`, 'i').test(decisions)
  t.strictSame(
    direct.map(([name]) => name).filter((name) => !named(name)),
    [],
  )
})
