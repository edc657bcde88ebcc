// The tables as the query builder knows them: only those whose searches are put together at run time.

export interface SearchedTables {
  readonly records: {
    readonly position: number
    readonly id: string
    readonly time: number
    readonly kind: string
    readonly role: string
    readonly actor: string | null
    readonly item: string | null
    readonly city: string | null
    readonly case_position: number | null
    readonly strange_case_no: string | null
    readonly request_id: string | null
    readonly outcome: string
    readonly hall: string | null
    readonly collecting_city: string | null
    readonly source: string | null
    readonly fault_code: string | null
    readonly leaf: string
    readonly leaf_hash: Uint8Array
  }
  readonly record_terms: { readonly term: string; readonly block: number }
}
