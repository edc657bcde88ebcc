// The command `gateway audit rotate-key`: another key signs the audit log from now on, and both keys say so.

import { openSequencer } from '../../audit/log/sequencer.ts'
import { readOrigin, shardOrigin, shardVerifier } from '../../audit/log/names.ts'
import { vkeyOf } from '../../audit/log/note.ts'
import { makeSuccession } from '../../audit/log/succession.ts'
import { openRecording } from '../../audit/records.ts'
import { configOptions, readEnvironment } from '../../config.ts'
import { lookUpConfig } from '../../config/kept.ts'
import { systemClock, systemIds } from '../../system.ts'
import { answer, remark } from '../output.ts'
import { openOwnStore, raise } from '../own-store.ts'
import { fingerprintOf } from './trust.ts'

/**
 * What the log holds is signed by the old key first, and the record of the change by the new one. Throws StoreProblem while a
 * gateway runs on the folder, LogProblem if the log is not what was signed. Killed anywhere, the folder has one key in charge.
 */
export async function rotateKey(): Promise<void> {
  const config = lookUpConfig(configOptions(readEnvironment()))
  const clock = systemClock
  await using store = await openOwnStore(config)
  const { origin: configured, checkpointMs: everyMs } = config.auditLog
  {
    await using sequencer = await openSequencer({
      store,
      clock,
      origin: configured,
      everyMs,
      onError: raise,
      onBroken: () => undefined,
    })
    await sequencer.catchUp()
  }
  const shards = await store.logShards()
  const newest = shards.at(-1)
  const base = newest === undefined ? configured : (readOrigin(shardOrigin(newest))?.base ?? configured)
  const recording = openRecording({ clock, ids: systemIds, keyed: store.keyed, configVersion: config.version })
  const key = await store.rotateLogKey(
    (older, newer, time) => makeSuccession(base, older, newer, time),
    recording.own('log-key-rotated', 'rotated', {}),
  )
  const year = newest?.year ?? new Date(key.since).getUTCFullYear()
  answer(vkeyOf(shardVerifier(base, year, key.publicKey)))
  remark({
    zh: `从下次启动起由新密钥签名，指纹（SHA-256）：${fingerprintOf(key)}。旧密钥签过的检查点仍然有效；请把上面的公钥交给审计人员和见证方，备份 keys/，然后可以销毁旧的密钥文件。`,
    en: `From the next start on the new key signs; its fingerprint (SHA-256): ${fingerprintOf(key)}. What the old key has signed stays valid. Give the key above to auditors and witnesses, back keys/ up, and then you may destroy the old key's file.`,
  })
}
