// Uploaded files on a disk in memory: whole or not there, as the real folder has them after a crash.

import { hash } from 'node:crypto'
import { Fault } from '../../src/domain/fault.ts'
import type { MaterialFiles } from '../../src/domain/material.ts'

export function openFiles(): MaterialFiles {
  const kept = new Map<string, Buffer>()
  let names = 0
  return {
    async receive({ bytes }) {
      const pieces: Uint8Array[] = []
      for await (const piece of bytes) pieces.push(piece)
      const content = Buffer.concat(pieces)
      names += 1
      const file = `file-${names}`
      kept.set(file, content)
      return {
        file,
        key: Buffer.alloc(32),
        mediaType: 'application/pdf',
        sizeBytes: content.length,
        digest: hash('sha256', content),
      }
    },
    async *read({ file }) {
      const content = kept.get(file)
      if (content === undefined) throw new Fault('STORE_UNAVAILABLE', { cause: new Error(`${file} is not there`) })
      yield content
    },
    async remove(files) {
      for (const file of files) kept.delete(file)
    },
    sweep: () => Promise.resolve(0),
  }
}
