// Reads multipart/form-data (RFC 7578) as cities take files: each part once, none besides.

export interface FilePart {
  readonly name: string
  /** Without parameters, in lower case. */
  readonly mediaType: string
  readonly bytes: Buffer
}

export interface Parts {
  readonly texts: Readonly<Record<string, string>>
  readonly files: Readonly<Record<string, FilePart>>
}

/** Whether a Content-Type is multipart/form-data and names a boundary. */
export function isMultipart(header: string | undefined): boolean {
  return /^multipart\/form-data\s*;\s*(?:.*;\s*)?boundary=/i.test(header ?? '')
}

/** Null if the body is none, or if a part comes twice. */
export async function readParts(header: string, body: Buffer): Promise<Parts | null> {
  let form: FormData
  try {
    form = await new Response(new Uint8Array(body), { headers: { 'content-type': header } }).formData()
  } catch {
    return null
  }
  const names = [...form.keys()]
  if (new Set(names).size < names.length) return null
  const texts: [string, string][] = []
  const files: [string, FilePart][] = []
  for (const [name, value] of form) {
    if (typeof value === 'string') texts.push([name, value])
    else {
      const [mediaType = ''] = value.type.toLowerCase().split(';')
      files.push([
        name,
        { name: value.name, mediaType: mediaType.trim(), bytes: Buffer.from(await value.arrayBuffer()) },
      ])
    }
  }
  return { texts: Object.fromEntries(texts), files: Object.fromEntries(files) }
}
