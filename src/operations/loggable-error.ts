// What the log may say of an error: where it happened and of what kind; of its message nothing that could name a person.

const CAUSES_MAX = 5
const FRAMES_MAX = 12

interface LoggableError {
  readonly type: string
  readonly code: string | number | undefined
  readonly message: string
  readonly at: readonly string[]
  readonly cause: LoggableError | undefined
}

/**
 * For pino's `err`. Parsers and databases quote what they were given, so quoted words, Chinese and long numbers are
 * left out of messages, and no further member of the error is looked at (a Fault's details hold the caller's words).
 */
export function loggableError(error: unknown, depth = 0): LoggableError {
  if (!(error instanceof Error)) {
    return { type: typeof error, code: undefined, message: '', at: [], cause: undefined }
  }
  const { name, message, stack = '', cause, code } = error as Error & { readonly code?: unknown }
  const isShort = (typeof code === 'string' && /^\w{1,60}$/.test(code)) || typeof code === 'number'
  return {
    type: name,
    code: isShort ? code : undefined,
    message: withoutWords(message),
    // The stack begins with the message, which may have several lines.
    at: stack
      .split('\n')
      .filter((line) => /^ {4}at /.test(line))
      .slice(0, FRAMES_MAX)
      .map((line) => line.trim().slice(3)),
    cause: cause === undefined || depth >= CAUSES_MAX ? undefined : loggableError(cause, depth + 1),
  }
}

function withoutWords(message: string): string {
  return message
    .slice(0, 1000)
    .replaceAll(/"[^]*"|'[^]*'|`[^]*`|“[^]*”/g, '…')
    .replaceAll(/[^\x20-\x7e]+/g, '…')
    .replaceAll(/[\dXx]{5,}/g, '…')
    .slice(0, 300)
}
