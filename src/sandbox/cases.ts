// What a sandbox city has taken and refused, by our reference; on disk before anybody is told.

import { openJournal, readJournal } from './disk.ts'

/** Why a city refuses, before its protocol puts its own code to it. */
export type RefusalKind = 'item' | 'competence' | 'identifier' | 'incomplete' | 'applicant'

export interface Refusal {
  readonly kind: RefusalKind
  readonly message: string
}

/** The number of the case in the city before, and what that has issued. */
export interface Related {
  readonly caseNo: string
  readonly results: readonly { readonly code: string; readonly name: string; readonly number: string }[]
}

/** One application that came to an end here. `digest` is of its content; nothing personal is kept. */
export type Entry = {
  readonly reference: string
  readonly item: string
  readonly digest: string
  readonly at: string
  /** What another city had given in the same matter; absent where nothing was told of it. */
  readonly related?: Related
} & (
  | { readonly outcome: 'taken'; readonly caseNo: string; readonly leg: string; readonly backendCaseNo: string }
  | { readonly outcome: 'refused'; readonly refusals: readonly Refusal[] }
)

export interface Draft {
  readonly reference: string
  readonly caseNo: string
  readonly leg: string
  readonly item: string
  readonly digest: string
  readonly related?: Related | undefined
  /** Empty = taken. */
  readonly refusals: readonly Refusal[]
}

export interface Cases extends AsyncDisposable {
  /** Keeps a new application; of a reference that came before, what was kept then. Resolves once that is on disk. */
  file(draft: Draft): Promise<{ readonly isNew: boolean; readonly entry: Entry }>
  /** Resolves once what it tells of is on disk. */
  find(reference: string): Promise<Entry | null>
  /** A number as `file` would give, for a lie. */
  fakeCaseNo(): string
  /** Taken and refused, oldest first. */
  all(): readonly Entry[]
}

/** Opens the cases of one city, kept in `path`; numbers are `<areaCode>-<year>-<six digits>`. */
export async function openCases(options: { readonly path: string; readonly areaCode: string }): Promise<Cases> {
  const entries = new Map<string, { readonly entry: Entry; readonly durable: Promise<void> }>()
  const onDisk = Promise.resolve()
  for (const entry of readJournal(options.path) as readonly Entry[]) {
    entries.set(entry.reference, { entry, durable: onDisk })
  }
  const journal = await openJournal(options.path)
  let serial = [...entries.values()].filter(({ entry }) => entry.outcome === 'taken').length

  const number = (lead: string, of: number, at: Date): string =>
    `${options.areaCode}-${at.getUTCFullYear()}-${lead}${String(of).padStart(6 - lead.length, '0')}`

  return {
    async file(draft) {
      const known = entries.get(draft.reference)
      if (known !== undefined) {
        await known.durable
        return { isNew: false, entry: known.entry }
      }
      const at = new Date()
      const { reference, item, digest, caseNo, leg, refusals, related } = draft
      const common = { reference, item, digest, at: at.toISOString(), ...(related === undefined ? {} : { related }) }
      const entry: Entry =
        refusals.length > 0
          ? { ...common, outcome: 'refused', refusals }
          : { ...common, outcome: 'taken', caseNo, leg, backendCaseNo: number('', (serial += 1), at) }
      const durable = journal.append(entry)
      entries.set(reference, { entry, durable })
      await durable
      return { isNew: true, entry }
    },
    async find(reference) {
      const known = entries.get(reference)
      await known?.durable
      return known?.entry ?? null
    },
    fakeCaseNo: () => number('9', Math.floor(Math.random() * 100_000), new Date()),
    all: () => [...entries.values()].map(({ entry }) => entry),
    async [Symbol.asyncDispose]() {
      await journal[Symbol.asyncDispose]()
    },
  }
}
