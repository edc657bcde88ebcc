// What the usual proxy of the same framework costs, which checks and records nothing: @fastify/http-proxy.

import httpProxy from '@fastify/http-proxy'
import fastify from 'fastify'
import { ready } from './ready.ts'

const [, , upstream = '', connections = ''] = process.argv
const app = fastify({ logger: false, keepAliveTimeout: 75_000 })
await app.register(httpProxy, { upstream, undici: { connections: Number(connections), pipelining: 1 } })
await app.listen({ host: '127.0.0.1', port: 0 })
ready(app.server)
