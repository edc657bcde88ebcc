// Compares the forms of tables in slices that alternate, and tells what each took: by the clock, and of the server's processor time.

import { MessageChannel, type Worker } from 'node:worker_threads'
import { openConnection, type PostgresConnection } from '../../src/store/postgres/connection.ts'
import type { Line } from '../../src/store/postgres/messages.ts'
import { openChance } from '../chance.ts'
import { cpuOf } from './cpu.ts'
import { median, rangeOf, ratioOf, shuffled, type Range } from './figures.ts'
import { FORMS, type Form } from './partition-forms.ts'

const STATEMENT_MS = 600_000

export interface Session {
  readonly form: Form
  readonly schema: string
  readonly connection: PostgresConnection
  /** Of the server's process that serves it. */
  pid(): number
  /** Another one, which has prepared nothing. */
  reconnect(): void
}

export interface Place {
  readonly url: string
  readonly password: string
}

/** `link`: the thread of the product that holds the socket. */
export function connect(link: Worker, { url, password }: Place, name: string): PostgresConnection {
  const { port1, port2 } = new MessageChannel()
  const line: Line = { port: port2, flag: new SharedArrayBuffer(4) }
  link.postMessage({ port: port1, flag: line.flag } satisfies Line, [port1])
  const address = { url, password, tls: null, connectTimeoutMs: 20_000, statementTimeoutMs: STATEMENT_MS }
  const connection = openConnection({ line, address, readOnly: false, name })
  connection.connect()
  return connection
}

export const schemaOf = (connection: PostgresConnection): string =>
  String(connection.send('SELECT current_schema()::text AS name').rows[0]?.['name'])

export function openSession(connection: PostgresConnection, form: Form): Session {
  const pidNow = (): number => Number(connection.send('SELECT pg_backend_pid() AS pid').rows[0]?.['pid'])
  let pid = pidNow()
  return {
    form,
    schema: schemaOf(connection),
    connection,
    pid: () => pid,
    reconnect() {
      connection.connect()
      pid = pidNow()
    },
  }
}

export interface Slice {
  /** Of one time, or of one row. */
  readonly wallMicros: number
  /** Of the server's process; NaN where the system does not tell. */
  readonly serverMicros: number
}

export function sliceOf(session: Session, per: number, doing: () => void): Slice {
  const pid = session.pid()
  const [cpu, begun] = [cpuOf(pid), performance.now()]
  doing()
  const wallMs = performance.now() - begun
  const used = (cpuOf(pid)?.allNs ?? Number.NaN) - (cpu?.allNs ?? Number.NaN)
  return { wallMicros: (wallMs * 1000) / per, serverMicros: used / 1000 / per }
}

export const rounded = (value: number): number => Number(value.toPrecision(3))
/** Median, lower and upper quartile. */
export const shown = ({ median: middle, low, high }: Range): readonly number[] => [middle, low, high].map(rounded)

interface Plans {
  readonly anew: number
  readonly all: number
}

/** How many times what this session has prepared was run, and how many of these times it was planned anew. */
function plansOf({ connection }: Session): Plans {
  const [row] = connection.send(`
    SELECT coalesce(sum(custom_plans), 0)::float8 AS anew, coalesce(sum(custom_plans + generic_plans), 0)::float8 AS total
    FROM pg_prepared_statements WHERE statement ~ 'records|case_events'`).rows
  return { anew: Number(row?.['anew']), all: Number(row?.['total']) }
}

export interface Wish<Of extends Session> {
  readonly rounds: number
  /** How many times, or rows, a slice is. */
  readonly per: number
  readonly doing: (session: Of, round: number) => void
  /** Before each slice, unmeasured. */
  readonly before?: (session: Of) => void
}

const chance = openChance(5)

/**
 * In an order by chance in each round. Of each form: medians, and of what has `planned` the share; of the others than the one table
 * ratios to it within each round, as median, lower and upper quartile.
 */
export function compared<Of extends Session>(
  sessions: readonly Of[],
  { rounds, per, doing, before }: Wish<Of>,
): object {
  const plansBefore = new Map(sessions.map((session) => [session.form, plansOf(session)]))
  const slices = new Map<Form, Slice[]>(FORMS.map((form) => [form, []]))
  for (let round = 0; round < rounds; round++) {
    for (const session of shuffled(sessions, chance)) {
      before?.(session)
      slices.get(session.form)?.push(sliceOf(session, per, () => doing(session, round)))
    }
  }
  const figures = (form: Form, what: keyof Slice): readonly number[] =>
    (slices.get(form) ?? []).map((slice) => slice[what])
  const ratios = (form: Form, what: keyof Slice): readonly number[] =>
    shown(ratioOf(figures(form, what), figures('oneTable', what)))

  function told(session: Of): object {
    const { form } = session
    const [now, then] = [plansOf(session), plansBefore.get(form) ?? { anew: 0, all: 0 }]
    const planned = rounded((now.anew - then.anew) / (now.all - then.all))
    return {
      wallMicros: rounded(median(figures(form, 'wallMicros'))),
      serverMicros: rounded(median(figures(form, 'serverMicros'))),
      ...(before !== undefined || Number.isNaN(planned) ? {} : { planned }),
      ...(form === 'oneTable' ? {} : { wall: ratios(form, 'wallMicros'), server: ratios(form, 'serverMicros') }),
    }
  }
  return Object.fromEntries(sessions.map((session) => [session.form, told(session)]))
}

/** What it takes to plan a statement anew, and how many tables its plan reads. */
export function planOf({ connection }: Session, statement: string, values: readonly (string | number)[]): object {
  const all = Array.from({ length: 31 }, () => {
    const { rows } = connection.send(`EXPLAIN (FORMAT JSON, SUMMARY) ${statement}`, ...values)
    const [plan] = (rows[0]?.['QUERY PLAN'] ?? []) as unknown as readonly { readonly 'Planning Time': number }[]
    return {
      ms: plan?.['Planning Time'] ?? Number.NaN,
      tables: JSON.stringify(plan).split('"Relation Name"').length - 1,
    }
  })
  // The first one reads the catalogue.
  return { planMicros: shown(rangeOf(all.slice(1).map(({ ms }) => ms * 1000))), tables: all[0]?.tables }
}
