// Says in one sentence why the gateway could not start, where the machine and not the program is to blame.

import type { Sentence } from '../domain/words.ts'

export class StartProblem extends Error {
  readonly sentence: Sentence

  constructor(zh: string, en: string, cause: unknown) {
    super(en, { cause })
    this.name = 'StartProblem'
    this.sentence = { zh, en }
  }
}

export interface StartPlaces {
  readonly dataDir: string
  readonly host: string
  readonly port: number
}

const ON_DISK = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  'ENOSPC',
  'EDQUOT',
  'EFBIG',
  'EIO',
]

/** SQLite's primary result codes that tell of the folder, not of the data. */
const IN_SQLITE: Readonly<Record<number, string>> = {
  3: 'SQLITE_PERM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
}

/** A StartProblem where the error is of a known kind, else the error as it came. */
export function startProblem(error: unknown, { dataDir, host, port }: StartPlaces): unknown {
  if (!(error instanceof Error) || 'sentence' in error) return error
  const { code, syscall, errcode } = error as { code?: unknown; syscall?: unknown; errcode?: unknown }
  if (syscall === 'listen' || syscall === 'getaddrinfo') {
    if (code === 'EADDRINUSE') {
      return new StartProblem(
        `${host} 的 ${port} 端口已被占用。请停止占用它的程序，或用 GATEWAY_PORT 指定别的端口（0 表示任一空闲端口）。`,
        `Port ${port} of ${host} is in use. Stop what uses it, or name another port by GATEWAY_PORT (0 = any free one).`,
        error,
      )
    }
    return new StartProblem(
      `无法监听 ${host} 的 ${port} 端口（${String(code)}）。请检查 GATEWAY_HOST 和 GATEWAY_PORT。`,
      `Cannot listen on port ${port} of ${host} (${String(code)}). Check GATEWAY_HOST and GATEWAY_PORT.`,
      error,
    )
  }
  const why =
    typeof code === 'string' && ON_DISK.includes(code)
      ? code
      : typeof errcode === 'number'
        ? IN_SQLITE[errcode & 0xff]
        : undefined
  if (why === undefined) return error
  return new StartProblem(
    `数据目录 ${dataDir} 无法使用（${why}）。它须是本进程可读写、且有剩余空间的目录；可用 GATEWAY_DATA_DIR 指定别的目录。`,
    `The data folder ${dataDir} cannot be used (${why}). It must be a folder that this process may write to, with space left; GATEWAY_DATA_DIR names another.`,
    error,
  )
}
