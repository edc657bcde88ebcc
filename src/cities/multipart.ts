// Writes multipart/form-data (RFC 7578). Written here because the platform's own FormData draws its boundary by itself and gives
// its bytes only later: a protocol is pure, and some sign the very bytes that leave.

export type Part =
  | { readonly name: string; readonly text: string }
  /** `fileName` and `mediaType` are ours: without quotes, backslashes or anything beyond ASCII. */
  | { readonly name: string; readonly fileName: string; readonly mediaType: string; readonly bytes: Buffer }

export interface Multipart {
  readonly contentType: string
  readonly body: Buffer
}

/** How many random bytes a boundary takes: no file holds it by chance. */
export const BOUNDARY_BYTES = 16

/** In the order given. `random`: BOUNDARY_BYTES of them. */
export function multipart(parts: readonly Part[], random: Buffer): Multipart {
  const boundary = `kytb-${random.toString('hex')}`
  const pieces = parts.flatMap((part): readonly (string | Buffer)[] => {
    const disposition = `--${boundary}\r\nContent-Disposition: form-data; name="${part.name}"`
    if ('text' in part) return [`${disposition}\r\n\r\n${part.text}\r\n`]
    const { fileName, mediaType, bytes } = part
    return [`${disposition}; filename="${fileName}"\r\nContent-Type: ${mediaType}\r\n\r\n`, bytes, '\r\n']
  })
  const body = Buffer.concat(
    [...pieces, `--${boundary}--\r\n`].map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece)),
  )
  return { contentType: `multipart/form-data; boundary=${boundary}`, body }
}
