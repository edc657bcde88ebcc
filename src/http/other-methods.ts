// 405 instead of 404 where the address exists under another method: a caller then knows which of the two was wrong.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import router from 'find-my-way'

interface Address {
  /** The pattern, e.g. `/v1/items/:code`. */
  readonly route: string
  readonly methods: readonly string[]
}

const ONE_METHOD = 'GET'
const routeOfRefused = new WeakMap<FastifyRequest, string>()

/**
 * Notes the addresses of the routes that are registered after it. Gives what tells, for a request that no route takes, which
 * methods its address has; null where there is no such address. They are found by fastify's own router, in a copy that the
 * first such request makes: a route for each method that an address lacks would be 3,000 of them, a quarter of a second at
 * every start.
 */
export function noteMethods(app: FastifyInstance): (request: FastifyRequest) => readonly string[] | null {
  const noted = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    noted.set(url, [...(noted.get(url) ?? []), ...[method].flat()])
  })
  let addresses: ReturnType<typeof routerOf> | null = null
  return (request) => {
    addresses ??= routerOf(noted)
    const found = addresses.find(ONE_METHOD, request.url)?.store as Address | undefined
    if (found === undefined) return null
    routeOfRefused.set(request, found.route)
    return found.methods
  }
}

function routerOf(noted: ReadonlyMap<string, readonly string[]>): ReturnType<typeof router> {
  const addresses = router()
  for (const [route, methods] of noted) addresses.on(ONE_METHOD, route, () => undefined, { route, methods })
  return addresses
}

/** The pattern of the address that was called, for logs, metrics and records: never the address itself. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? routeOfRefused.get(request) ?? 'unknown'
}
