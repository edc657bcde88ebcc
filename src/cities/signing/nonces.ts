// Remembers the nonces of what a city has sent, so that nothing that was listened to can be sent again.

export interface Nonces {
  /** False where it came before within the time that is remembered; else it is remembered from now on. `now`: ms since 1970. */
  isNew(nonce: string, now: number): boolean
}

/**
 * Of more than `max` within `rememberMs` the oldest are forgotten first. A restart forgets all: what comes again then is still told
 * by its event's id.
 */
export function openNonces({ rememberMs, max }: { readonly rememberMs: number; readonly max: number }): Nonces {
  // In the order in which they came.
  const cameAt = new Map<string, number>()
  return {
    isNew(nonce, now) {
      for (const [oldest, at] of cameAt) {
        if (cameAt.size < max && now - at <= rememberMs) break
        cameAt.delete(oldest)
      }
      if (cameAt.has(nonce)) return false
      cameAt.set(nonce, now)
      return true
    },
  }
}
