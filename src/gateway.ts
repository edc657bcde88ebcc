// Opens the whole gateway in order and closes it in reverse; server.ts and tests start it from here.

import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { buildApp } from './app.ts'
import { openSequencer, type Sequencer } from './audit/log/sequencer.ts'
import type { Witnessing } from './audit/log/witnessing.ts'
import { openRecording, startRecords } from './audit/records.ts'
import { openRefusedTokens } from './audit/refused-tokens.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { ALWAYS_OURS } from './domain/duty.ts'
import type { LineView } from './domain/line.ts'
import { openCities } from './cities/table.ts'
import type { LoadedConfig } from './config.ts'
import { openCatalogue } from './config/catalogue.ts'
import { openBackground } from './handling/background.ts'
import { openCourier } from './handling/courier.ts'
import { openBackgroundDuty } from './handling/duty.ts'
import { openDeadlineSurvey } from './handling/deadline-survey.ts'
import { followHolds, restoreHolds } from './handling/lines.ts'
import { openFeed, type Feed } from './handling/feed.ts'
import { openHandOver } from './handling/hand-over.ts'
import { openMaterialLinks } from './handling/material-links.ts'
import { openTidying } from './handling/materials.ts'
import { openOffices } from './handling/offices.ts'
import { openNewsPoller } from './handling/news-poller.ts'
import type { Parts } from './handling/parts.ts'
import { openReconciler } from './handling/reconciler.ts'
import { openStreams } from './handling/streams.ts'
import { openTurns } from './handling/turns.ts'
import type { Webhooks } from './handling/webhooks.ts'
import { openConnections } from './http/connections.ts'
import { registerIdentity } from './identity/authenticate.ts'
import { openLocalIssuer, type LocalIssuer } from './identity/local-issuer.ts'
import { noteAddress } from './operations/address-file.ts'
import { warnOfCertificates } from './operations/certificate-warning.ts'
import { openCommonClock } from './operations/common-clock.ts'
import { drain } from './operations/drain.ts'
import type { LogState } from './operations/log-metrics.ts'
import { openMetrics } from './operations/metrics.ts'
import { openMaterialFiles } from './store/material-files.ts'
import { openStoreAt } from './store-place.ts'
import { openWorkingDays } from './domain/working-days.ts'
import { systemClock, systemIds } from './system.ts'
import { openPrograms } from './webhook-endpoints.ts'
import { openCityAddresses, type CityAddresses } from './city-addresses.ts'
import { openLogWitnesses } from './log-witnesses.ts'

export interface Gateway {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly address: string
  readonly catalogue: Catalogue
  readonly lines: () => readonly LineView[]
  /** Null where the configuration has no local issuer. */
  readonly issuer: LocalIssuer | null
  /** Resolves with the reason if something breaks that a restart must mend. */
  readonly fatal: Promise<Error>
  /** Takes nothing new, finishes what runs (bounded), leaves a last record, closes everything. */
  stop(): Promise<void>
}

/**
 * Throws what the parts throw (ConfigProblems, StoreProblem, …) after closing what was open already.
 * After `stop` or a crash the same folder can be opened again: cases, keys, records and the sandbox's state are in it.
 */
export async function openGateway(config: LoadedConfig, log: Logger): Promise<Gateway> {
  const clock = openCommonClock(systemClock)
  const ids = systemIds
  const node = config.node ?? hostname()
  const boot = ids.requestId()
  const metrics = openMetrics({ dataDir: config.dataDir })
  const { promise: fatal, resolve: die } = Promise.withResolvers<Error>()
  let draining = false
  let sequencer: Sequencer | undefined
  let addressing: Promise<CityAddresses> | undefined
  let feed: Feed | undefined
  let webhooks: Webhooks | undefined
  await using open = new AsyncDisposableStack()

  const store = open.use(
    await openStoreAt(config, {
      // The sandbox takes as long to start as the threads of the store, and must not before the folder is ours.
      onLocked() {
        addressing = openCityAddresses(config, log)
        addressing.catch(() => undefined) // told where it is awaited
      },
      dataDir: config.dataDir,
      node,
      boot,
      clock,
      ids,
      onCommit: (commit) => {
        metrics.committed(commit)
        // The courier and checkpoints themselves commit too, twice a second and more, and bring nothing to sign.
        if (Object.keys(commit.recorded).length > 0) sequencer?.wake()
        feed?.wake()
        webhooks?.wake()
      },
      onFatal: die,
      onSuperuser: () =>
        log.warn('the role in the database is a superuser, which may change the audit log; see gateway store roles'),
    }).catch(async (error: unknown) => {
      await (await addressing?.catch(() => undefined))?.[Symbol.asyncDispose]()
      throw error
    }),
  )
  if (config.store.place !== 'embedded') {
    const onAstray = (aheadMs: number): void =>
      log.warn({ aheadMs }, 'the clock of this machine is out: the time of the database is used instead')
    open.use(await clock.follow(() => store.time(), { onAstray }))
  }
  const addresses = open.use(await (addressing ?? openCityAddresses(config, log)))
  const files = openMaterialFiles({ dataDir: config.dataDir, ids })
  const signing = open.use(
    await openSequencer({
      store,
      clock,
      origin: config.auditLog.origin,
      everyMs: config.auditLog.checkpointMs,
      // Of a gateway that has died, the others sign what it has left.
      ...(config.store.place === 'embedded' ? {} : { pollMs: OTHERS_POLL_MS }),
      onError: (err) => {
        metrics.notSigned()
        log.error({ err }, 'the audit log could not be signed; it is tried again')
      },
      onBroken: die,
    }),
  )
  sequencer = signing
  const witnessing = open.use(openLogWitnesses(config, store, log))
  const cities = open.use(
    await openCities({
      cities: config.cities,
      fields: config.fields,
      addressOf: addresses.of,
      secretOf: addresses.secretOf,
      clock,
      bytes: ids.bytes,
      observe: metrics.called,
      onState: ({ city, backend, state, reason }) => log.warn({ city, backend, state, reason }, 'line changed state'),
    }),
  )
  warnOfCertificates(cities.lines(), clock.now(), log)
  const catalogue = openCatalogue(config, clock)
  const recording = openRecording({ clock, ids, keyed: store.keyed, configVersion: config.version })
  const refusedTokens = open.use(
    openRefusedTokens({ clock, recording, append: (records) => store.append(records), everyMs: 1000 }),
  )
  const onError = (err: unknown): void => log.error({ err }, 'background work failed')
  const background = openBackground(onError)
  const links = openMaterialLinks({
    clock,
    keyed: store.keyed,
    publicAddress: () => config.publicAddress ?? addressOf(app.server.address() as AddressInfo),
  })
  const closing = new AbortController()
  const parts: Parts = {
    catalogue,
    cities,
    store,
    files,
    links,
    handOver: openHandOver({ files, links, recording, store, keyed: store.keyed, closing: closing.signal }),
    recording,
    keyed: store.keyed,
    clock,
    ids,
    configVersion: config.version,
    workingDays: openWorkingDays(config.calendar),
    offices: openOffices(config.cities, config.helpDesk),
    timing: { ...config.delivery, ...config.courier },
    background,
    turns: openTurns(),
  }
  feed = open.use(openFeed({ store, clock, pollMs: FEED_POLL_MS, onError }))
  const { limits } = config
  // The rest is for those who ask and go.
  const openMax = Math.min(config.streams.openMax, Math.ceil(limits.connectionsMax / 2))
  const streams = open.use(openStreams(parts, { ...config.streams, openMax, feed, onEnd: metrics.streamEnded }))
  const onTaken = (from: string | null): void => log.info({ from }, 'this gateway does the background work from now on')
  const duty =
    config.store.place === 'embedded'
      ? ALWAYS_OURS
      : open.use(await openBackgroundDuty(parts, { node, onTaken, onError }))
  const deadlines = open.use(openDeadlineSurvey(parts, { duty, everyMs: config.deadlines.recountMs, onError }))
  const reconciler = openReconciler(parts, { duty, ...config.reconciliation, onError })
  const programs = await openPrograms(config, parts, { duty, onAttempt: metrics.webhookTried, onError })
  webhooks = open.use(programs.webhooks)
  const issuer = config.identity.issuers.some((row) => row.keys === 'local')
    ? openLocalIssuer({ dataDir: config.dataDir, clock })
    : null

  const connections = open.use(
    openConnections({
      clock,
      ...config.limits,
      uploadTimeoutMs: config.materials.uploadTimeoutMs,
      onExcess: (excess) => log.warn(excess, 'connections refused at the bound, or cut because nobody read the answer'),
    }),
  )
  const app = await buildApp({
    ...config.limits,
    uploadTimeoutMs: config.materials.uploadTimeoutMs,
    materials: config.materials,
    drafts: config.drafts,
    connections,
    cities: config.cities,
    ids,
    state: { lines: cities.lines, log: () => logState(signing, witnessing), draining: () => draining },
    openDesk: async (instance) => {
      const identity = await registerIdentity(instance, {
        ...config.identity,
        localKey: issuer?.publicKey ?? null,
        cities: config.cities,
        clock,
      })
      return {
        parts,
        ...identity,
        refusedTokens,
        streams,
        webhooks: programs,
        metrics,
        log,
        deadlines,
        reconciler,
        ...config.limits,
      }
    },
  })
  open.defer(() => app.close())
  // By number: of a name with two addresses, as localhost has, fastify would listen on both, with a server that no drain knows.
  const { address: host } = await lookup(config.listen.host, { order: 'ipv4first' })
  await app.listen({ host, port: config.listen.port })
  const address = addressOf(app.server.address() as AddressInfo)
  open.use(noteAddress(config.dataDir, address))
  await restoreHolds(store, cities)
  if (config.store.place !== 'embedded') open.use(followHolds(parts, { everyMs: OTHERS_POLL_MS, onError }))
  await store.append(startRecords(recording, await store.findGaps(node, boot)))
  await signing.catchUp()

  const courier = openCourier(parts, { ...config.courier, onError })
  const poller = openNewsPoller(parts, { duty, ...config.news, onError })
  const keptWaitingMs = config.materials.keptWaitingDays * DAY_MS
  const tidying = openTidying(parts, {
    duty,
    keptWaitingMs,
    drafts: config.drafts,
    retention: config.retention,
    onError,
  })
  const opened = open.move()

  return {
    address,
    catalogue,
    lines: cities.lines,
    issuer,
    fatal,
    async stop() {
      draining = true
      streams.end()
      const { cut } = await drain(app.server, connections, clock, config.limits.drainMs)
      if (cut) log.warn({ drainMs: config.limits.drainMs }, 'some connections were cut at the end of the drain')
      closing.abort()
      await background.idle()
      await Promise.all([courier, poller, tidying, reconciler].map((work) => work[Symbol.asyncDispose]()))
      // Its last summary belongs before the last record.
      await refusedTokens[Symbol.asyncDispose]()
      await store.append([recording.own('gateway-stopped', 'stopped', {})]).catch(onError)
      await opened.disposeAsync()
    },
  }
}

/** What was committed is told by the store; this is for what nobody has told. */
const FEED_POLL_MS = 2000
const OTHERS_POLL_MS = 2000

const logState = (signing: Sequencer, witnessing: Witnessing): LogState => ({
  behindMs: signing.behindMs(),
  witnesses: witnessing.witnesses(),
  lackingMs: witnessing.lackingMs(),
})

const DAY_MS = 24 * 3_600_000
function addressOf({ address, family, port }: AddressInfo): string {
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
