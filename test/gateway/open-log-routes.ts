// The routes of the signed log, which are open to all: what a verifier needs, and nothing personal.

interface OpenRoute {
  readonly path: string
  readonly expected: 200 | '404 LOG_PART_UNKNOWN'
}

/** With this record in the log, no witnesses, and no log of the year 1999. */
export const openRoutes = (recordId: string): readonly (readonly [route: string, OpenRoute])[] => {
  const none = '404 LOG_PART_UNKNOWN'
  const rows: readonly (readonly [string, string, OpenRoute['expected']])[] = [
    ['/v1/audit/log/shards', '', 200],
    ['/v1/audit/log/checkpoint', '', 200],
    ['/v1/audit/log/witnessed', '', none],
    ['/v1/audit/log/tile/{tile}', '/v1/audit/log/tile/entries/000.p/1', 200],
    ['/v1/audit/log/{year}/checkpoint', '/v1/audit/log/1999/checkpoint', none],
    ['/v1/audit/log/{year}/witnessed', '/v1/audit/log/1999/witnessed', none],
    ['/v1/audit/log/{year}/tile/{tile}', '/v1/audit/log/1999/tile/0/000', none],
    ['/v1/audit/records/{id}/proof', `/v1/audit/records/${recordId}/proof`, 200],
  ]
  return rows.map(([route, path, expected]) => [`GET ${route}`, { path: path === '' ? route : path, expected }])
}
