// Breaks a copy of the configuration in one place at a time: each fault is named with its file and its line.

import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import t from 'tap'
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.ts'
import type { LoadedConfig } from '../../src/config.ts'
import { ConfigProblems } from '../../src/config/problems.ts'
import type { ConfigProblem } from '../../src/config/problems.ts'

const PROJECT = join(import.meta.dirname, '..', '..')

interface Copy {
  readonly dir: string
  /** Replaces the only place where `from` stands. Returns the line on which `at`, by default the replacement, then stands. */
  edit(file: string, from: string | RegExp, to: string, at?: string): number
  load(env?: Readonly<Record<string, string>>): LoadedConfig | readonly ConfigProblem[]
}

function copy(t: Test): Copy {
  // Outside the project, so that names of files are absolute and cannot be mistaken for the project's own.
  const dir = mkdtempSync(join(tmpdir(), 'gateway-config-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  for (const folder of ['config', 'schemas']) cpSync(join(PROJECT, folder), join(dir, folder), { recursive: true })
  return {
    dir,
    edit(file, from, to, at = to) {
      const path = join(dir, file)
      const text = readFileSync(path, 'utf8')
      if (text.split(from).length !== 2) throw new Error(`${file} must hold this once: ${String(from)}`)
      const edited = text.replace(from, () => to)
      writeFileSync(path, edited)
      return edited.slice(0, edited.indexOf(at)).split('\n').length
    },
    load(env = {}) {
      try {
        return loadConfig({ configDir: join(dir, 'config'), schemasDir: join(dir, 'schemas'), env })
      } catch (error) {
        if (error instanceof ConfigProblems) return error.problems
        throw error
      }
    },
  }
}

/** The problems as `file:line message`, files relative to the copy. */
function listed(copy: Copy, loaded: LoadedConfig | readonly ConfigProblem[]): string[] {
  if (!Array.isArray(loaded)) return []
  return (loaded as readonly ConfigProblem[]).map(({ file, line, message }) => {
    if (!/[一-鿿]/.test(message.zh)) throw new Error(`no Chinese in: ${message.zh}`)
    return `${file.replace(`${copy.dir}/`, '')}:${line} ${message.en}`
  })
}

interface Breakage {
  readonly name: string
  readonly file: string
  readonly from: string | RegExp
  readonly to: string
  /** What stands on the line that is to be named; by default all of `to`. */
  readonly at?: string
  readonly says: string
  /** How many problems it makes; by default this one alone. */
  readonly count?: number
}

const GATEWAY = 'config/gateway.yaml'
const CITY = 'config/cities/anshan.yaml'
const breakages: readonly Breakage[] = [
  {
    name: 'a key that nobody knows',
    file: GATEWAY,
    from: '  port: 8080',
    to: '  port: 8080\n  prot: 8080',
    at: 'prot: 8080',
    says: 'listen.prot: unknown key',
  },
  { name: 'a missing key', file: GATEWAY, from: '  port: 8080\n', to: '', at: 'listen:', says: 'listen.port: missing' },
  {
    name: 'a number in quotes',
    file: GATEWAY,
    from: 'port: 8080',
    to: "port: '8080'",
    says: 'listen.port: must be of type integer',
  },
  {
    name: 'a number out of bounds',
    file: GATEWAY,
    from: /^ +queueMax: \d+$/m,
    to: '  queueMax: 0',
    says: 'store.queueMax: must not be less than 1',
  },
  {
    name: 'a key twice',
    file: GATEWAY,
    from: /^ +tickMs: \d+$/m,
    to: '  tickMs: 500\n  tickMs: 600',
    at: 'tickMs: 600',
    says: 'The same key stands here twice',
  },
  { name: 'a tab', file: GATEWAY, from: /^ +drainMs: \d+$/m, to: '\tdrainMs: 15000', says: 'Syntax error' },
  {
    name: 'an unknown tag',
    file: GATEWAY,
    from: 'dataDir: data',
    to: 'dataDir: !!js/function data',
    says: 'Syntax error',
  },
  {
    name: 'an alias bomb',
    file: GATEWAY,
    from: 'dataDir: data',
    to: `dataDir: data\na: &a [x, x]\nb: &b [${'*a, '.repeat(40)}]\nc: [${'*b, '.repeat(40)}]`,
    at: '# 网关',
    says: 'YAML aliases',
  },
  {
    name: 'patience beyond its maximum',
    file: GATEWAY,
    from: /^ +patienceMs: \d+$/m,
    to: '  patienceMs: 120000',
    says: 'patienceMs must not exceed patienceMsMax',
  },
  {
    name: 'a backoff that begins above its end',
    file: GATEWAY,
    from: /^ +backoffBaseMs: \d+$/m,
    to: '  backoffBaseMs: 600000',
    says: 'backoffBaseMs must not exceed backoffMaxMs',
  },
  {
    name: 'the key of a log in the place of a witness’s',
    file: GATEWAY,
    from: '    list: []\n',
    to: '    list:\n      - key: gateway.example/log/2026+098840e3+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n        address: http://127.0.0.1:8090\n',
    at: 'gateway.example/log/2026+098840e3+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB',
    says: 'is not the key of a witness',
  },
  {
    name: 'one witness twice',
    file: GATEWAY,
    from: '    list: []\n',
    to: '    list:\n      - { address: http://127.0.0.1:8090, key: witness.fushun.example+03863605+BAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB }\n      - { address: http://127.0.0.1:8091, key: witness.fushun.example+03863605+BAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB }\n',
    at: '{ address: http://127.0.0.1:8091',
    says: 'the witness witness.fushun.example is in the list already',
  },
  {
    name: 'more cosignatures than witnesses',
    file: GATEWAY,
    from: '    required: 0',
    to: '    required: 2',
    says: 'required must not exceed the number of witnesses (0)',
  },
  {
    name: 'a shared secret as algorithm',
    file: GATEWAY,
    from: 'algorithms: [ES256]\n      audience: urn:cross-city-gateway\n      roles: [clerk, resident',
    to: 'algorithms: [HS256]\n      audience: urn:cross-city-gateway\n      roles: [clerk, resident',
    at: 'algorithms: [HS256]',
    says: 'must be one of: ES256',
  },
  {
    name: 'the local issuer with another algorithm',
    file: GATEWAY,
    from: 'algorithms: [ES256]\n      audience: urn:cross-city-gateway\n      roles: [clerk, resident',
    to: 'algorithms: [ES384]\n      audience: urn:cross-city-gateway\n      roles: [clerk, resident',
    at: 'algorithms: [ES384]',
    says: 'the local issuer uses ES256 only',
  },
  {
    name: 'an issuer for a city that does not exist',
    file: GATEWAY,
    from: 'roles: [clerk, resident, auditor, operator, city]\n      speaksFor: every-city',
    to: 'roles: [clerk]\n      speaksFor: atlantis',
    at: 'speaksFor: atlantis',
    says: 'there is no city atlantis',
  },
  {
    name: 'a city’s issuer that claims auditors',
    file: GATEWAY,
    from: 'roles: [clerk, resident, auditor, operator, city]\n      speaksFor: every-city',
    to: 'roles: [clerk, auditor]\n      speaksFor: anshan',
    at: 'roles: [clerk, auditor]',
    says: 'a city’s issuer may not claim: auditor',
  },
  {
    name: 'a key file that is not there',
    file: GATEWAY,
    from: '      keys: local',
    to: '      keys: keys/none.json',
    says: 'the key file keys/none.json cannot be used',
    count: 2,
  },
  {
    name: 'a listener that others can reach',
    file: GATEWAY,
    from: 'host: 127.0.0.1',
    to: 'host: 0.0.0.0',
    at: 'keys: local',
    says: 'the local issuer is refused',
  },
  {
    name: 'a city under another name',
    file: CITY,
    from: 'key: anshan\n',
    to: 'key: haicheng\n',
    says: 'the key is haicheng, but the file is called anshan.yaml',
  },
  {
    name: 'a routing code of another city',
    file: 'config/cities/shenyang.yaml',
    from: "    - '210102' #",
    to: "    - '210302'\n    - '210102' #",
    at: "'210302'",
    says: 'the division code 210302 belongs to anshan already',
  },
  {
    name: 'a routing code that YAML takes for a number',
    file: CITY,
    from: "    - '210302' #",
    to: '    - 210302 #',
    says: 'must be of type string',
  },
  {
    name: 'a hall twice',
    file: CITY,
    from: '\nhalls:\n',
    to: '\nhalls:\n  - { key: twice, name: { zh: 厅, en: Hall }, telephone: 024-000000 }\n  - { key: twice, name: { zh: 二厅, en: Second hall }, telephone: 024-000000 }\n',
    at: '二厅',
    says: 'the hall twice stands twice',
  },
  {
    name: 'a city without a Chinese name',
    file: CITY,
    from: 'name: { zh: 鞍山市, en: Anshan }',
    to: 'name: { en: Anshan }',
    says: 'name.zh: missing',
  },
  {
    name: 'a schema that repeats a key',
    file: 'schemas/parts/mobile.json',
    from: '"$schema":',
    to: '"$comment": "a",\n  "$comment": "b",\n  "$schema":',
    at: '"$comment": "b"',
    says: 'The same key stands here twice',
  },
  {
    name: 'a schema with a comment',
    file: 'schemas/parts/mobile.json',
    from: '"$schema":',
    to: '# x\n  "$schema":',
    at: '# x',
    says: 'Not valid JSON',
  },
  {
    name: 'a schema with a comma too many',
    file: 'schemas/parts/mobile.json',
    from: '{',
    to: '{,',
    says: 'Syntax error',
  },
]

t.test('a fault is named with file and line, and is the only one', async (t) => {
  for (const { name, file, from, to, at = to, says, count = 1 } of breakages) {
    await t.test(name, async (t) => {
      const copied = copy(t)
      const line = copied.edit(file, from, to, at)
      const found = listed(copied, copied.load())
      t.equal(found.length, count, found.join('; '))
      t.equal(found[0]?.split(' ')[0], `${file}:${line}`)
      t.match(found[0], says)
    })
  }
})

t.test('all faults are told at once, from top to bottom', async (t) => {
  const copied = copy(t)
  const first = copied.edit(CITY, 'key: anshan\n', 'key: haicheng\n')
  const port = copied.edit(GATEWAY, 'port: 8080', 'port: 80800')
  const queue = copied.edit(GATEWAY, /queueMax: \d+/, 'queueMax: 0')
  t.strictSame(
    listed(copied, copied.load({ GATEWAY_SANDBOX: 'perhaps' })).map((text) => text.split(' ')[0]),
    [`${CITY}:${first}`, `${GATEWAY}:${port}`, `${GATEWAY}:${queue}`, 'GATEWAY_SANDBOX:0'],
  )
})

t.test('a folder or file that is missing is named', async (t) => {
  const copied = copy(t)
  rmSync(join(copied.dir, 'config/cities'), { recursive: true })
  mkdirSync(join(copied.dir, 'config/cities'))
  rmSync(join(copied.dir, GATEWAY))
  renameSync(join(copied.dir, 'config/items'), join(copied.dir, 'config/things'))
  t.strictSame(listed(copied, copied.load()), [
    'config/cities:0 there is no .yaml file in this folder',
    `${GATEWAY}:0 cannot be read (ENOENT)`,
    'config/items:0 cannot be read (ENOENT)',
  ])
})

t.test('a file that is no UTF-8 is refused', async (t) => {
  const copied = copy(t)
  writeFileSync(
    join(copied.dir, GATEWAY),
    Buffer.concat([Buffer.from('# '), Buffer.from([0xb9, 0xab]), Buffer.from('\n')]),
  )
  t.match(listed(copied, copied.load())[0], /gateway\.yaml:0 cannot be read/)
})

t.test('a real issuer is one row and a file of public keys', async (t) => {
  const copied = copy(t)
  const local = '    - issuer: urn:cross-city-gateway:local\n'
  const row = [
    '    - issuer: https://id.anshan.example',
    '      keys: keys/anshan.jwks.json',
    '      algorithms: [ES256]',
    '      audience: urn:cross-city-gateway',
    '      roles: [clerk, city]',
    '      speaksFor: anshan',
    '      maxTtlSeconds: 28800',
    '',
  ].join('\n')
  copied.edit(GATEWAY, local, row + local)
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const file = join(copied.dir, 'config/keys/anshan.jwks.json')
  mkdirSync(join(copied.dir, 'config/keys'))
  writeFileSync(file, JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a1' }] }, null, 2))
  const config = copied.load() as LoadedConfig
  t.match(config.identity.issuers[0], {
    issuer: 'https://id.anshan.example',
    keys: [{ kid: 'a1', algorithms: ['ES256'] }],
    speaksFor: 'anshan',
    maxTtlMs: 28_800_000,
  })

  writeFileSync(file, JSON.stringify({ keys: [await exportJWK(privateKey)] }, null, 2))
  t.match(listed(copied, copied.load()), ['config/keys/anshan.jwks.json:3 only public keys belong here'])
})
