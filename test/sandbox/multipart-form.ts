// A multipart/form-data body written by hand, as the wire documents of the cities that take files in it describe it.

export const BOUNDARY = 'kytb-000102030405060708090a0b0c0d0e0f'

/** Text parts in their order, then the file. Changed or left out (null) parts make wrong ones. */
export function fileForm(
  texts: Readonly<Record<string, string | null>>,
  file: { readonly part: string; readonly name: string; readonly mediaType: string; readonly bytes: Buffer } | null,
): Buffer<ArrayBuffer> {
  const chunks: Buffer[] = []
  for (const [name, text] of Object.entries(texts)) {
    if (text === null) continue
    chunks.push(Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`))
  }
  if (file !== null) {
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${file.part}"; filename="${file.name}"\r\n`
    chunks.push(Buffer.from(`${head}Content-Type: ${file.mediaType}\r\n\r\n`), file.bytes, Buffer.from('\r\n'))
  }
  return Buffer.concat([...chunks, Buffer.from(`--${BOUNDARY}--\r\n`)])
}
