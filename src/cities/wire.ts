// The shape of one HTTP exchange with a city: what a protocol asks the line to send, and what came back.

export interface WireRequest {
  readonly method: 'GET' | 'POST'
  /** Absolute path, without personal data: paths end up in other people's access logs. */
  readonly path: string
  /** Names in lower case; only those that the protocol has listed leave (see `sendableHeaders`). */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
  /** Makes the body where that takes long, with turns for everybody else; `body` is null then. */
  readonly makeBody?: () => Promise<Buffer>
  /** Made for this attempt alone, where the answer has to repeat it. */
  readonly nonce?: string
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly bytes: Buffer
  /** Set by the line, for cities that sign their answers: when it came, in ms since 1970, and the nonce of its request. */
  readonly receipt?: { readonly at: number; readonly nonce: string | undefined }
}

/** Headers that every protocol may send; a protocol lists its own beside them. Nothing of a caller's request is ever copied. */
export const COMMON_HEADERS = ['content-type', 'accept'] as const

/** The header of an answer, or '' where it is missing; a repeated one counts as its first. */
export function headerOf(answer: WireAnswer, name: string): string {
  const value = answer.headers[name]
  return typeof value === 'string' ? value : (value?.[0] ?? '')
}
