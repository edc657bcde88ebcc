// Has the configured witnesses cosign the audit log, and tells the log file what they say.

import type { Logger } from 'pino'
import { readVkey } from './audit/log/note.ts'
import { openWitnessing, type Witnessing } from './audit/log/witnessing.ts'
import type { LoadedConfig } from './config.ts'
import type { LogStore } from './domain/log.ts'
import { openPost } from './operations/post.ts'
import { systemClock } from './system.ts'

/** What a witness says is told when it changes, and loudly where it means that somebody has tampered with the log. */
export function openLogWitnesses({ auditLog: { witnesses } }: LoadedConfig, store: LogStore, log: Logger): Witnessing {
  return openWitnessing({
    store,
    clock: systemClock,
    witnesses: witnesses.list.map(({ key, address }) => ({
      // That it is one was checked with the configuration.
      verifier: readVkey(key)!,
      address: address.replace(/\/+$/, ''),
    })),
    required: witnesses.required,
    everyMs: witnesses.askMs,
    post: openPost(systemClock, witnesses.timeoutMs),
    onState({ name: witness, state, size, why }) {
      const fields = { witness, state, size, why }
      if (state === 'disputes')
        log.error(fields, 'a witness has seen another audit log than ours: it was rolled back or rewritten')
      else if (state === 'agrees') log.info(fields, 'a witness cosigns the audit log')
      else log.warn(fields, 'a witness does not cosign the audit log')
    },
    onLacking(isLacking) {
      const { required } = witnesses
      if (isLacking) log.error({ required }, 'the audit log has fewer cosignatures than required; services go on')
      else log.info({ required }, 'the audit log has its cosignatures again')
    },
    onError: (err) => log.error({ err }, 'the witnesses of the audit log could not be asked; they are asked again'),
  })
}
