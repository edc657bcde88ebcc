// The command `token`: prints a token of the local issuer, for trying things out on this machine.

import { Option } from 'commander'
import type { Command } from 'commander'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import type { LoadedConfig } from '../config.ts'
import { ROLES } from '../domain/words.ts'
import type { CityFacts, Role } from '../domain/words.ts'
import { principalOf } from '../identity/claims.ts'
import type { IssuerRule } from '../identity/issuers.ts'
import { openLocalIssuer } from '../identity/local-issuer.ts'
import { systemClock } from '../system.ts'
import { answer, CommandError, remark } from './output.ts'

export interface TokenOptions {
  readonly as: Role
  readonly city?: string
  readonly hall?: string
  readonly subject?: string
  readonly ttl: string
}

const TTL_DEFAULT = '8h'
const SUBJECTS: Readonly<Record<Exclude<Role, 'city'>, string>> = {
  clerk: 'clerk-01',
  // Synthetic, with a right check digit: nobody has it.
  resident: '210102199003070011',
  auditor: 'auditor-01',
  operator: 'operator-01',
}

export function addToken(program: Command): void {
  program
    .command('token')
    .description(
      '签发一个本机令牌，标准输出只有令牌本身\nprint a token of the local issuer, and nothing else, on stdout',
    )
    .addOption(new Option('--as <role>', '角色 / role').choices(ROLES).default('clerk'))
    .option('--city <city>', '窗口人员或城市系统所属城市 / city of a clerk or a city’s system (shenyang)')
    .option('--hall <hall>', '窗口人员所属大厅，默认该市第一个 / hall of a clerk (the city’s first)')
    .option('--subject <subject>', '居民的身份证号，或工作人员的账号 / a resident’s identity number, or an account')
    .option(
      '--ttl <time>',
      '有效期，如 30m、2h、3600（秒）/ how long it is valid: 30m, 2h, 3600 (seconds)',
      TTL_DEFAULT,
    )
    .action((options: TokenOptions) => {
      answer(tokenFor(lookUpConfig(configOptions(readEnvironment())), options))
    })
}

export function tokenFor(config: LoadedConfig, options: TokenOptions): string {
  const rule = config.identity.issuers.find(({ keys }) => keys === 'local')
  if (rule === undefined) {
    throw new CommandError(1, '配置中没有本机签发方（keys: local）。', 'No local issuer (keys: local) is configured.')
  }
  const claims = claimsFor(config, options)
  // Asked of the verifier's own rules, so that no token is printed that would be refused.
  const cities = new Map<string, CityFacts>(config.cities.map((city) => [city.key, city]))
  principalOf({ ...claims, sub: claims.subject }, { ...rule, keys: [] }, cities)

  const issuer = openLocalIssuer({ dataDir: config.dataDir, clock: systemClock })
  const ttlSeconds = secondsOf(options.ttl, rule)
  return issuer.issueToken({ issuer: rule.issuer, audience: rule.audience, ...claims, ttlSeconds })
}

function claimsFor(config: LoadedConfig, options: TokenOptions) {
  const { as: role } = options
  const ofCity = role === 'clerk' || role === 'city'
  if (!ofCity && options.city !== undefined) ignored('--city', role)
  if (role !== 'clerk' && options.hall !== undefined) ignored('--hall', role)
  if (!ofCity) return { role, subject: options.subject ?? SUBJECTS[role] }

  const key = options.city ?? 'shenyang'
  const city = config.cities.find((known) => known.key === key)
  if (city === undefined) {
    const list = config.cities.map((known) => known.key).join(', ')
    throw new CommandError(2, `没有城市 ${key}；可选：${list}。`, `There is no city ${key}; choose one of: ${list}.`)
  }
  if (role === 'city') return { role, city: key, subject: options.subject ?? `${key}-backend` }

  const halls = city.halls.map((known) => known.key)
  const hall = options.hall ?? halls[0]
  if (hall === undefined || !halls.includes(hall)) {
    const list = halls.join(', ')
    throw new CommandError(
      2,
      `${city.name.zh}没有大厅 ${hall ?? ''}；可选：${list}。`,
      `${city.name.en} has no hall ${hall ?? ''}; choose one of: ${list}.`,
    )
  }
  return { role, city: key, hall, subject: options.subject ?? SUBJECTS.clerk }
}

function ignored(option: string, role: Role): void {
  remark({ zh: `角色 ${role} 不使用 ${option}，已忽略。`, en: `The role ${role} has no ${option}; ignored.` })
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

function secondsOf(text: string, rule: IssuerRule): number {
  const match = /^(\d{1,9})([smhd]?)$/.exec(text)
  const seconds = Number(match?.[1] ?? 0) * (UNITS[match?.[2] ?? ''] ?? 0)
  if (seconds === 0) {
    throw new CommandError(
      2,
      `--ttl ${text} 无效；例如 30m、2h、3600。`,
      `--ttl ${text} is not understood; write 30m, 2h or 3600, for example.`,
    )
  }
  const most = rule.maxTtlMs / 1000
  if (seconds <= most) return seconds
  if (text === TTL_DEFAULT) return most
  throw new CommandError(
    2,
    `--ttl 最长为 ${most} 秒（config/gateway.yaml 的 maxTtlSeconds）。`,
    `--ttl is at most ${most} seconds (maxTtlSeconds in config/gateway.yaml).`,
  )
}
