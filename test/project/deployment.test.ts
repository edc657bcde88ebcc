// The files of deploy/ say what the program knows: its settings, the addresses that are probed, the time that stopping takes.

import t from 'tap'
import { parseAllDocuments, parse } from 'yaml'
import { SETTINGS } from '../../src/config/environment.ts'
import { projectConfig } from '../project-config.ts'
import { filesBelow, readText } from './source.ts'

const CLOSING_MS = 10_000
const stopSeconds = Math.ceil((projectConfig.limits.drainMs + CLOSING_MS) / 1000)
const known = new Set(SETTINGS.map(({ name }) => name))

// oxlint-disable-next-line typescript/no-explicit-any -- a wrong guess fails the test
type Yaml = Record<string, any>

t.test('each setting that a file names is one', (t) => {
  for (const path of ['.yaml', '.cfg', '.service'].flatMap((suffix) => filesBelow('deploy', suffix))) {
    const named = readText(path).match(/\bGATEWAY_[A-Z_]+/g) ?? []
    t.strictSame(
      named.filter((name) => !known.has(name)),
      [],
      path,
    )
  }
  t.end()
})

t.test('compose: every gateway has a name of its own, the same database, and time to stop', (t) => {
  const { services, secrets } = parse(readText('deploy/compose.yaml'), { merge: true }) as Yaml
  const gateways = [services['east'], services['west']]
  t.equal(new Set(gateways.map(({ environment }) => environment['GATEWAY_NODE'])).size, gateways.length)
  t.equal(new Set(gateways.map(({ environment }) => environment['GATEWAY_STORE'])).size, 1)
  for (const { stop_grace_period: grace, secrets: own, volumes } of gateways) {
    t.ok(Number.parseInt(String(grace), 10) >= stopSeconds, `${grace} >= ${stopSeconds} s`)
    t.ok((own as string[]).every((name) => Object.hasOwn(secrets, name)))
    t.ok(volumes.includes('data:/data'), 'and the same keys')
  }
  const balancer = readText('deploy/haproxy.cfg')
  for (const name of ['east', 'west']) t.match(balancer, `  server ${name} ${name}:8080\n`)
  t.end()
})

t.test('kubernetes: probes ask what the gateway answers, and enough are left while one is away', (t) => {
  const documents = parseAllDocuments(readText('deploy/kubernetes/gateway.yaml')).map((one) => one.toJSON() as Yaml)
  const of = (kind: string): Yaml => documents.find((one) => one['kind'] === kind) ?? {}
  const set = of('StatefulSet')['spec']
  const pod = set.template.spec
  const [container] = pod.containers
  const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe].httpGet.path)
  t.strictSame(
    paths,
    ['/healthz', '/readyz', '/healthz'],
    'a gateway without its database is not ready, and not restarted',
  )
  const platform = readText('src/http/platform.ts')
  for (const path of paths) t.ok(platform.includes(`'${path}'`), path)
  const grace = Number(pod.terminationGracePeriodSeconds) - Number(container.lifecycle.preStop.sleep.seconds)
  t.ok(grace >= stopSeconds, `${grace} >= ${stopSeconds} s`)
  t.ok(of('PodDisruptionBudget')['spec'].minAvailable < set.replicas, 'a machine can be emptied')
  const namesOf = (list: readonly Yaml[]): ReadonlySet<string> => new Set(list.map(({ name }) => String(name)))
  t.strictSame(namesOf(container.volumeMounts), namesOf(pod.volumes))
  t.strictSame(set.selector.matchLabels, of('Service')['spec'].selector)
  t.strictSame(set.selector.matchLabels, of('PodDisruptionBudget')['spec'].selector.matchLabels)
  t.end()
})

t.test('systemd: it has time to stop, and is started as the program is', (t) => {
  const unit = readText('deploy/systemd/cross-city-gateway.service')
  const [, seconds = '0'] = /^TimeoutStopSec=(\d+)$/m.exec(unit) ?? []
  t.ok(Number(seconds) >= stopSeconds, `${seconds} >= ${stopSeconds} s`)
  t.match(unit, /^ExecStart=\S+node \S+\/src\/server\.js$/m)
  t.end()
})
