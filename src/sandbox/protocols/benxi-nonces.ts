// Remembers the nonces that Benxi has seen, for ten minutes and at most so many.

const KEPT_MS = 600_000
const NONCES_MAX = 200_000

export interface Nonces {
  /** `full`: more calls came within ten minutes than can be remembered. */
  use(nonce: string): 'new' | 'used' | 'full'
}

export function openNonces(now: () => number): Nonces {
  // Oldest first, as a Map keeps its entries.
  const seen = new Map<string, number>()
  return {
    use(nonce) {
      for (const [old, at] of seen) {
        if (now() - at <= KEPT_MS) break
        seen.delete(old)
      }
      if (seen.has(nonce)) return 'used'
      if (seen.size >= NONCES_MAX) return 'full'
      seen.set(nonce, now())
      return 'new'
    },
  }
}
