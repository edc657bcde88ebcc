// Builds searches with Kysely and runs them as prepared statements.

import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Compilable } from 'kysely'
import { LRUCache } from 'lru-cache'
import type { Sql, SqlValue, Statement } from './sql.ts'
import type { SearchedTables } from './tables.ts'

/** One statement for each combination of filters that is in use. */
const STATEMENTS_MAX = 200

export interface Search {
  readonly build: Kysely<SearchedTables>
  /** All rows of the query, as plain objects. */
  run<Row>(query: Compilable<Row>): readonly Row[]
}

export function openSearch(database: Sql): Search {
  const statements = new LRUCache<string, Statement>({ max: STATEMENTS_MAX })
  const build = new Kysely<SearchedTables>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new SqliteIntrospector(kysely),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  })
  return {
    build,
    run<Row>(query: Compilable<Row>) {
      const { sql, parameters } = query.compile()
      let statement = statements.get(sql)
      if (statement === undefined) {
        statement = database.prepare(sql)
        statements.set(sql, statement)
      }
      return statement.all(...(parameters as readonly SqlValue[])) as unknown as readonly Row[]
    },
  }
}
