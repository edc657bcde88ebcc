// Lets the tests of whole gateways run against several that share a PostgreSQL, unchanged: each request goes to the next one of them.

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { Test } from 'tap'
import { ask, type RunningGateway } from '../gateway/harness.ts'
import { addressSaidBy, launch, ready, type Launched } from '../gateway/launch.ts'

/** Set to how many gateways each test is to have; one if it is not set. */
export const GROUP = 'GATEWAY_TESTS_GROUP'

/** Cities that give out what calls are signed or allowed with. */
const KNOWN_FIRST = ['shenyang', 'tieling']

const groupSize = (): number => Number(process.env[GROUP] ?? 1)

/**
 * The gateway and others on its store and its folder, behind one address. They end with it, and are started again with it:
 * whatever is done to it is done to all. Its `pid` stays that of the first.
 */
export async function grouped(t: Pick<Test, 'teardown'>, first: RunningGateway): Promise<RunningGateway> {
  const size = groupSize()
  if (size === 1) return first
  const balancer = new Worker(new URL('./balancer.ts', import.meta.url), { execArgv: [] })
  t.teardown(() => balancer.terminate())
  let others: readonly Launched[] = []
  let address = ''
  let earlier = ''

  async function startOthers(): Promise<void> {
    const [dataDir, configDir] = [first.env['GATEWAY_DATA_DIR'] ?? '', first.env['GATEWAY_CONFIG_DIR'] ?? '']
    const folder = { dataDir, configDir, keep: () => undefined }
    const begin = (node: string): Promise<Launched> =>
      ready(launch(t, folder, { ...first.env, GATEWAY_NODE: node, GATEWAY_SANDBOX: 'off', GATEWAY_PORT: '0' }))
    others = await Promise.all(Array.from({ length: size - 1 }, (_, index) => begin(`peer-${index + 1}`)))
    const all = [first.address, ...others.map(addressSaidBy)]
    // Each gets a secret or a token of its own before it can send anything there; a test that needs it there asks once. About a firm
    // that no test asks about.
    await Promise.all(
      all.flatMap((its) =>
        KNOWN_FIRST.map((city) => ask({ ...first, address: its }, 'ss-employer-insured-certificate', city)),
      ),
    )
    balancer.postMessage(all)
    const [port] = (await once(balancer, 'message')) as [number]
    address = `http://127.0.0.1:${port}`
  }

  async function endOthers(how: 'kill' | 'stop'): Promise<void> {
    await Promise.all(others.map((one) => one[how]()))
    earlier += others.map((one) => one.output()).join('')
    others = []
  }

  await startOthers()
  t.teardown(() => endOthers('stop'))
  return {
    get address() {
      return address
    },
    get pid() {
      return first.pid
    },
    dataDir: first.dataDir,
    env: first.env,
    output: () => first.output() + earlier + others.map((one) => one.output()).join(''),
    async kill() {
      await Promise.all([first.kill(), endOthers('kill')])
    },
    async restart() {
      await first.restart()
      await startOthers()
    },
    async stop() {
      const [status] = await Promise.all([first.stop(), endOthers('stop')])
      return status
    },
  }
}
