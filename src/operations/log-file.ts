// Where the log goes: a file that is written in turns. A disk that is full costs lines, never a request or the process.

import { closeSync, mkdirSync, openSync, write, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface LogFile {
  write(line: string): void
  /** Writes what still waits before it returns, and closes the file: for the end of the process. Throws nothing. */
  end(): void
}

/** Lines that wait for a slow disk; more are lost, and counted in the log once it can be written again. */
const WAITING_CHARACTERS_MAX = 4 * 1024 * 1024

/** Opens the file for appending, making its folder if need be; only its owner may read it. Throws what the file system says. */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const file = openSync(path, 'a', 0o600)
  let waiting = ''
  let writing: Buffer | null = null
  let lost = 0
  let ended = false

  function next(): void {
    if (writing !== null || waiting === '' || ended) return
    // A line that broke off when the disk was full must not swallow the one after it.
    const told = lost === 0 ? '' : `\n${JSON.stringify({ level: 40, lost, msg: 'lines could not be written' })}\n`
    writing = Buffer.from(told + waiting)
    waiting = ''
    writeRest(told !== '')
  }

  function writeRest(tellsLoss: boolean): void {
    if (writing === null) return
    const bytes = writing
    write(file, bytes, (error, writtenBytes) => {
      if (ended) return
      if (error !== null) lost += linesIn(bytes) - (tellsLoss ? 2 : 0)
      else if (tellsLoss) lost = 0
      const rest = bytes.subarray(error === null ? writtenBytes : bytes.length)
      writing = rest.length === 0 ? null : rest
      if (writing === null) next()
      else writeRest(false)
    })
  }

  return {
    write(line) {
      if (ended) return
      if (waiting.length > WAITING_CHARACTERS_MAX) {
        lost++
        return
      }
      waiting += line
      next()
    },
    end() {
      if (ended) return
      ended = true
      try {
        // What is being written this moment may come twice; that it may be missing would be worse.
        writeSync(file, Buffer.concat([writing ?? Buffer.alloc(0), Buffer.from(waiting)]))
        closeSync(file)
      } catch {
        // The disk is full: nobody can be told more than stderr has been told.
      }
    },
  }
}

function linesIn(bytes: Buffer): number {
  return bytes.toString('latin1').split('\n').length - 1
}
