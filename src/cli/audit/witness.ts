// The command `gateway audit witness`: a witness with a key and a memory of its own, until it is told to stop.

import { randomBytes, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { isKeyName, verifierOf, vkeyOf, type Verifier } from '../../audit/log/note.ts'
import type { WitnessHeads } from '../../audit/log/witness.ts'
import { makeKeyFile, readKeyFile } from '../../store/keys.ts'
import { ed25519Of, publicKeyOf } from '../../store/log-keys.ts'
import { openWitnessHeads } from '../../store/witness-heads.ts'
import { answer, CommandError, remark } from '../output.ts'
import { vkeyGiven } from './trust.ts'
import { witnessServer } from './witness-server.ts'

export interface WitnessWish {
  readonly name: string
  readonly folder: string
  readonly log: readonly string[]
  readonly host: string
  readonly port: string
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new CommandError(2, `${text} 不是端口。`, `${text} is no port.`)
}

function nameOf(text: string): string {
  if (isKeyName(text)) return text
  throw new CommandError(
    2,
    '名称不能为空，不能含空格或加号。',
    'The name must not be empty, nor hold spaces or a plus sign.',
  )
}

/** Made for an empty folder only: a new key over old memory would be a witness that nobody knows. */
function keyIn(folder: string): KeyObject {
  const file = join(folder, 'witness.key')
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'witness.sqlite')))
      throw new CommandError(
        1,
        `目录 ${folder} 中有见证记录，却没有密钥 witness.key：请从备份恢复。`,
        `The folder ${folder} holds a witness's memory and no witness.key: restore it from a backup.`,
      )
    makeKeyFile(file, randomBytes(32))
  }
  return ed25519Of(readKeyFile(file))
}

/** A contradiction is what a witness is there to see: its operator is told at once. */
const loud = (heads: WitnessHeads): WitnessHeads => ({
  ...heads,
  keepContradiction(origin, checkpoint) {
    heads.keepContradiction(origin, checkpoint)
    remark({
      zh: `${origin} 提交了与此前所见相矛盾的检查点，未予副署；证据已保存，见 /contradictions。`,
      en: `${origin} has sent a signed checkpoint that contradicts what was seen before. It was not cosigned, and is kept as evidence: see /contradictions.`,
    })
  },
})

/** Resolves when it was told to stop (SIGINT, SIGTERM) and has closed. */
export async function runWitness(wish: WitnessWish): Promise<void> {
  const name = nameOf(wish.name)
  const port = portOf(wish.port)
  if (wish.log.length === 0)
    throw new CommandError(
      2,
      '请用 --log 给出要见证的日志的公钥。',
      'Give the key of the log that is to be witnessed, with --log.',
    )
  const logs: readonly Verifier[] = wish.log.map((text) => vkeyGiven(text, 1))
  const key = keyIn(wish.folder)
  using heads = openWitnessHeads(wish.folder)
  const verifier = verifierOf(name, 4, publicKeyOf(key))
  const server = witnessServer(
    { verifier, sign: (bytes) => sign(null, bytes, key), logs, heads: loud(heads), now: () => Date.now() },
    (error) => remark({ zh: '未能副署：', en: `Nothing was cosigned: ${String(error)}` }),
  )
  server.listen(port, wish.host)
  await once(server, 'listening')
  const { address, port: bound, family } = server.address() as AddressInfo
  answer(vkeyOf(verifier))
  remark({
    zh: `见证方正在监听 http://${family === 'IPv6' ? `[${address}]` : address}:${bound}，按 Ctrl-C 停止。请把上面的公钥和这个地址交给日志的运维人员，并自行留存公钥。`,
    en: `The witness listens at http://${family === 'IPv6' ? `[${address}]` : address}:${bound}; Ctrl-C stops it. Give the key above and this address to whoever runs the log, and keep the key yourself.`,
  })
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  server.close()
  server.closeAllConnections()
}
