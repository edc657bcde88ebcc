// Makes of what the configuration says of registered programs what is called: their cases, their secrets, and how they are reached.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadedConfig } from './config.ts'
import { allSandbox } from './config/city-checks.ts'
import type { Clock } from './domain/clock.ts'
import type { FeedScope } from './domain/feed.ts'
import type { WebhookEndpoint, WebhookSend } from './domain/webhook.ts'
import { openWebhooks, type WebhookOptions, type Webhooks } from './handling/webhooks.ts'
import { StartProblem } from './operations/start-problem.ts'
import { openResolve, openSend } from './webhooks/send.ts'
import { secretsIn } from './webhooks/signature.ts'

interface Programs {
  readonly endpoints: readonly WebhookEndpoint[]
  readonly webhooks: Webhooks
}

/** Begins to tell them. Rejects with StartProblem where a secret cannot be read or is none. */
export async function openPrograms(
  config: LoadedConfig,
  parts: Parameters<typeof openWebhooks>[0],
  on: Pick<WebhookOptions, 'duty' | 'onAttempt' | 'onError'>,
): Promise<Programs> {
  const endpoints = await readEndpoints(config)
  const send = webhookSend(config, parts.clock)
  return { endpoints, webhooks: openWebhooks(parts, { ...config.webhooks, ...on, endpoints, send }) }
}

async function readEndpoints({ dataDir, webhooks }: LoadedConfig): Promise<readonly WebhookEndpoint[]> {
  return Promise.all(
    webhooks.endpoints.map(async ({ key, address, secretFile, cases, events }) => ({
      key,
      address,
      scope: scopeOf(cases),
      events,
      secrets: await readSecrets(join(dataDir, secretFile)),
    })),
  )
}

/** Node has four threads for them unless told otherwise. */
const LOOK_UPS_MAX = 2

function webhookSend({ webhooks, sandbox, cities }: LoadedConfig, clock: Clock): WebhookSend {
  return openSend({
    clock,
    timeoutMs: webhooks.attemptTimeoutMs,
    privateHosts: webhooks.privateHosts,
    // One that uses another process's sandbox is a trial, too.
    loopback: sandbox || allSandbox(cities),
    resolve: openResolve(LOOK_UPS_MAX),
  })
}

function scopeOf(cases: string): FeedScope | null {
  const [kind, city = '', hall] = cases.split('/')
  if (kind === 'hall') return { hall: `${city}/${hall}` }
  return kind === 'city' ? { city } : null
}

async function readSecrets(path: string): Promise<readonly Buffer[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new StartProblem(
      `读不到通知密钥文件 ${path}（${error.code}）。请核对 gateway.yaml 中的 webhooks.endpoints。`,
      `The file ${path} with a webhook’s secret cannot be read (${error.code}). Check webhooks.endpoints in gateway.yaml.`,
      error,
    )
  })
  const secrets = secretsIn(text)
  if (secrets !== null) return secrets
  throw new StartProblem(
    `通知密钥文件 ${path} 应每行一个 whsec_ 开头的密钥（24 至 64 字节的 Base64）。`,
    `The file ${path} must hold a secret on each line: whsec_ and 24 to 64 bytes in base64.`,
    null,
  )
}
