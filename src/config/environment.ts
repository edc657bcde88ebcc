// What the environment may say, and how each setting must be written.

import type { ConfigProblem } from './problems.ts'
import type { Sentence } from '../domain/words.ts'

/** The process's environment, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>

export interface Settings {
  /** Each is null where the environment does not say. */
  readonly port: number | null
  readonly host: string | null
  readonly dataDir: string | null
  readonly sandbox: boolean | null
  /** `embedded`, or the address of a PostgreSQL database. */
  readonly store: string | null
  /** Of this gateway in the audit log. */
  readonly node: string | null
}

/** The settings in the order in which --help lists them. */
export const SETTINGS: readonly { readonly name: string; readonly means: Sentence }[] = [
  {
    name: 'GATEWAY_PORT',
    means: {
      zh: '监听端口，0 表示任一空闲端口（默认 8080）',
      en: 'port to listen on, 0 = any free one (default 8080)',
    },
  },
  {
    name: 'GATEWAY_HOST',
    means: {
      zh: '监听地址（默认 127.0.0.1）；本机签发方只允许回环地址',
      en: 'address to listen on (default 127.0.0.1); the local issuer allows loopback only',
    },
  },
  {
    name: 'GATEWAY_DATA_DIR',
    means: { zh: '数据目录（默认为项目下的 data）', en: 'data folder (default: data in the project)' },
  },
  {
    name: 'GATEWAY_CONFIG_DIR',
    means: { zh: '配置目录（默认为项目下的 config）', en: 'configuration folder (default: config in the project)' },
  },
  {
    name: 'GATEWAY_SCHEMAS_DIR',
    means: {
      zh: '模式目录：表单、部件、答复、样例（默认为项目下的 schemas）',
      en: 'schemas folder: forms, parts, answers, samples (default: schemas in the project)',
    },
  },
  {
    name: 'GATEWAY_SANDBOX',
    means: {
      zh: 'on 或 off：是否启动沙箱城市（默认：所有城市都是沙箱地址时为 on）；off 时使用已在运行的沙箱',
      en: 'on or off: run the sandbox cities (default: on while every city has a sandbox address); off uses one that runs already',
    },
  },
  {
    name: 'GATEWAY_STORE',
    means: {
      zh: 'embedded（数据目录中的 SQLite）或 postgres://用户@主机:端口/库（默认见 gateway.yaml 的 store.place）',
      en: 'embedded (SQLite in the data folder), or postgres://user@host:port/database (default: store.place of gateway.yaml)',
    },
  },
  {
    name: 'GATEWAY_NODE',
    means: {
      zh: '本网关在审计日志中的名字，重启后不变，各网关互不相同（默认为主机名）',
      en: 'name of this gateway in the audit log, the same over restarts, another for each gateway (default: the host name)',
    },
  },
]

/** Without a password: addresses are shown in lists of processes. The schema of gateway.yaml says the same. */
const STORE_PLACE =
  /^(?:embedded|postgres(?:ql)?:\/\/[^\s:/?#@]{1,63}@[A-Za-z0-9.\-[\]:]{1,255}\/[^\s/?#@]{1,63}(?:\?[^\s#]{1,500})?)$/

const FOLDER: Sentence = { zh: '应为一个目录的路径', en: 'must be the path of a folder' }

/** Reads the settings; a value that is not written as prescribed is a problem and counts as not given. */
export function readSettings(env: Environment): {
  readonly settings: Settings
  readonly problems: readonly ConfigProblem[]
} {
  const problems: ConfigProblem[] = []

  function read<Value>(name: string, parse: (text: string) => Value | null, wanted: Sentence): Value | null {
    const text = env[name]
    if (text === undefined) return null
    const value = parse(text)
    if (value === null) problems.push({ file: name, line: 0, message: wanted })
    return value
  }

  const settings: Settings = {
    port: read('GATEWAY_PORT', portOf, {
      zh: '应为 0 到 65535 的整数',
      en: 'must be a whole number from 0 to 65535',
    }),
    host: read('GATEWAY_HOST', (text) => (/^[A-Za-z0-9.:_-]{1,255}$/.test(text) ? text : null), {
      zh: '应为主机名或 IP 地址',
      en: 'must be a host name or an IP address',
    }),
    dataDir: read('GATEWAY_DATA_DIR', folderOf, FOLDER),
    sandbox: read('GATEWAY_SANDBOX', (text) => (text === 'on' ? true : text === 'off' ? false : null), {
      zh: '只能是 on 或 off',
      en: 'must be on or off',
    }),
    store: read('GATEWAY_STORE', (text) => (STORE_PLACE.test(text) ? text : null), {
      zh: '应为 embedded 或 postgres://用户@主机:端口/库；口令写在 store.postgres.passwordFile 所指的文件里，不写在地址里',
      en: 'must be embedded or postgres://user@host:port/database; the password belongs in the file that store.postgres.passwordFile names, not in the address',
    }),
    node: read('GATEWAY_NODE', (text) => (/^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$/.test(text) ? text : null), {
      zh: '应为 1 到 63 个字母、数字、点或连字符',
      en: 'must be 1 to 63 letters, digits, dots or hyphens',
    }),
  }
  // Where the configuration lies is decided before it is read; that it can be a folder at all is checked here.
  read('GATEWAY_CONFIG_DIR', folderOf, FOLDER)
  read('GATEWAY_SCHEMAS_DIR', folderOf, FOLDER)
  return { settings, problems }
}

/** Whether only this machine can reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost'
}

function portOf(text: string): number | null {
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : null
}

function folderOf(text: string): string | null {
  return text.trim() === '' || text.includes('\0') ? null : text
}
