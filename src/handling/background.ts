// Keeps track of work that outlives the answer it began with, so that a drain can wait for it.

export interface Background {
  /** Tracks `work` until it ends; its failure is given to `onError`, nobody else may be waiting for it. */
  add(work: Promise<unknown>): void
  /** Resolves when nothing is at work any more. */
  idle(): Promise<void>
}

export function openBackground(onError: (error: unknown) => void): Background {
  const running = new Set<Promise<unknown>>()
  return {
    add(work) {
      const tracked = work.catch(onError).finally(() => running.delete(tracked))
      running.add(tracked)
    },
    async idle() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
