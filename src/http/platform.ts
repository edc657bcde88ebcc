// /healthz, /readyz and /metrics: for the machines that run the gateway. Not recorded, hold nothing personal.

import type { FastifyInstance } from 'fastify'
import type { LineView } from '../domain/line.ts'
import { asFault } from '../domain/fault.ts'
import type { LogState } from '../operations/log-metrics.ts'
import type { Desk } from './desk.ts'

export interface PlatformState {
  readonly lines: () => readonly LineView[]
  readonly log: () => LogState
  /** True from the moment the gateway is told to stop. */
  readonly draining: () => boolean
}

export function platformRoutes(app: FastifyInstance, desk: Desk, state: PlatformState): void {
  const { store, clock } = desk.parts

  app.get('/healthz', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }))

  // A sick city does not make the gateway unready: it still keeps what cannot be brought there.
  app.get('/readyz', async (_request, reply) => {
    const lines = state.lines().map(({ city, backend, state: line }) => ({ city, backend, state: line }))
    const storeState = await store.check().then(
      () => 'ok',
      (error: unknown) => asFault(error).code,
    )
    const ready = storeState === 'ok' && !state.draining()
    const status = state.draining() ? 'draining' : ready ? 'ready' : 'not-ready'
    return reply
      .code(ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status, store: storeState, lines })
  })

  app.get('/metrics', async (_request, reply) => {
    const text = await desk.metrics.text({
      lines: state.lines,
      log: state.log,
      store,
      streams: desk.streams.count(),
      deadlines: desk.deadlines.last()?.counts ?? [],
      now: clock.now(),
    })
    return reply.header('content-type', desk.metrics.contentType).send(text)
  })
}
