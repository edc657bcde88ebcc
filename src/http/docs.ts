// /openapi.json and /docs: the API's description, for programs and for people. Open to all, not recorded, nothing from outside.

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Fault } from '../domain/fault.ts'
import { refuseEarly, type Desk } from './desk.ts'
import { openApiDocument } from './openapi.ts'

/** Reads the page's files once; the document is written at its first use and kept. Both change with a restart only. */
export async function docsRoutes(app: FastifyInstance, desk: Desk): Promise<void> {
  let document: Served | undefined
  const { catalogue } = desk.parts
  const files = new Map<string, Served>([
    ['', served('text/html; charset=utf-8', PAGE)],
    ['docs.css', served('text/css; charset=utf-8', STYLE)],
    ['docs.js', served('text/javascript; charset=utf-8', SCRIPT)],
    ['swagger-ui.css', served('text/css; charset=utf-8', await swaggerUi('swagger-ui.css'))],
    ['swagger-ui-bundle.js', served('text/javascript; charset=utf-8', await swaggerUi('swagger-ui-bundle.js'))],
  ])

  app.get('/openapi.json', (request, reply) => {
    document ??= served(
      'application/json; charset=utf-8',
      JSON.stringify(openApiDocument({ catalogue, patienceMsMax: desk.patienceMsMax })),
    )
    return serve(request, reply, document)
  })

  const page = (request: FastifyRequest, reply: FastifyReply) => {
    const { file = '' } = request.params as { file?: string }
    const found = files.get(file)
    if (found === undefined) return refuseEarly(desk, request, reply, new Fault('ROUTE_UNKNOWN'))
    return serve(request, reply.header('content-security-policy', POLICY), found)
  }
  app.get('/docs', page)
  app.get('/docs/:file', page)
}

interface Served {
  readonly type: string
  readonly content: string | Buffer
  readonly etag: string
}

function served(type: string, content: string | Buffer): Served {
  return { type, content, etag: `"${createHash('sha256').update(content).digest('base64url')}"` }
}

function serve(request: FastifyRequest, reply: FastifyReply, { type, content, etag }: Served): FastifyReply {
  reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'x-request-id': request.id })
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply.header('content-type', type).send(content)
}

/** Swagger UI as the package brings it; its own plugin is not used, so that its hooks and its wider policy reach nothing here. */
function swaggerUi(file: string): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve(`@fastify/swagger-ui/static/${file}`)))
}

// Swagger UI draws its icons as data: images; everything else comes from this server, and no script stands in the page.
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const PAGE = `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>接口文档 · API documentation</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="stylesheet" href="/docs/docs.css">
</head>
<body>
<header>
<h1>接口文档 <small lang="en">API documentation</small></h1>
<p>机器可读的 OpenAPI 3.1 文档：<a href="/openapi.json">/openapi.json</a>。点“Authorize”填入访问令牌后，可用“Try it out”发送真实请求。</p>
<p lang="en">The same for programs, in OpenAPI 3.1: <a href="/openapi.json">/openapi.json</a>. Put an access token under “Authorize”, then “Try it out” sends real requests.</p>
</header>
<main id="swagger-ui"></main>
<noscript><p>本页需要 JavaScript；没有 JavaScript 时请使用 <a href="/openapi.json">/openapi.json</a>。<br><span lang="en">This page needs JavaScript; without it, use <a href="/openapi.json">/openapi.json</a>.</span></p></noscript>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/docs.js"></script>
</body>
</html>
`

const STYLE = `body { margin: 0; background: #fafafa; }
header, noscript { display: block; max-width: 1460px; margin: 0 auto; padding: 16px 20px 0; box-sizing: border-box;
  font-family: 'Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif; color: #1f2937; }
header h1 { margin: 0 0 8px; font-size: 26px; }
header small { font-size: 16px; font-weight: normal; color: #4b5563; }
header p { margin: 4px 0; line-height: 1.6; }
header p[lang=en] { font-size: 14px; color: #4b5563; }
`

// validatorUrl null: else Swagger UI would show a badge fetched from its makers' server.
const SCRIPT = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  defaultModelExpandDepth: 2,
  displayRequestDuration: true,
})
`
