// The command `check-city`: tries a city's test system against its configuration, and says what fails and how to mend it.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import type { BackendConfig, CityConfig } from '../cities/config.ts'
import { secretIn } from '../cities/secret-file.ts'
import { certificatesFor } from '../cities/table.ts'
import { openTestAddress } from '../city-addresses.ts'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import type { LoadedConfig } from '../config.ts'
import { openCatalogue } from '../config/catalogue.ts'
import { systemClock } from '../system.ts'
import { reportPage, reportText, type Report } from './check-city/report.ts'
import { runChecks } from './check-city/run.ts'
import { openSubject } from './check-city/subject.ts'
import { openProgress } from './demo/progress.ts'
import { answer, CommandError, remark } from './output.ts'

interface CheckCityFlags {
  readonly json?: true
  readonly html?: string
  readonly backend?: string
}

export function addCheckCity(program: Command): void {
  program
    .command('check-city')
    .description(
      '用样例核对一个城市的测试系统（testAddress，绝不是正式地址）：连通、签名、事项、重复、字符集等\ntry a city’s test system (testAddress, never the live one) with samples: connection, signature, items, repetitions, charset …',
    )
    .argument('<city>', '城市 / city')
    .option('--backend <key>', '后端系统；只有一个时不必写 / which backend; needless where there is one')
    .option('--json', '以 JSON 输出 / print JSON')
    .option('--html <file>', '另写一份网页报告 / write a page as well')
    .action(async (city: string, flags: CheckCityFlags) => {
      process.exitCode = await checkCity(lookUpConfig(configOptions(readEnvironment())), city, flags)
    })
}

/** Resolves with 0 if nothing failed, else 1. Throws CommandError (2) where there is nothing that may be called. */
async function checkCity(config: LoadedConfig, cityKey: string, flags: CheckCityFlags): Promise<number> {
  const city = cityOf(config, cityKey)
  const backend = backendOf(city, flags.backend)
  await using place = await openTestAddress(config.dataDir, city.key, backend)
  if (place.origin === null) {
    throw new CommandError(
      2,
      `${city.key} 的后端 ${backend.key} 没有配置 testAddress；检查会提交样例办件，绝不发往正式地址。`,
      `The backend ${backend.key} of ${city.key} has no testAddress; the checks file sample cases, and never at the live address.`,
    )
  }
  await using subject = openSubject({
    config,
    catalogue: openCatalogue(config, systemClock),
    city,
    backend,
    origin: place.origin,
    key: secretIn(backend, await readIn(config.dataDir, backend.secretFile)),
    certificates: await certificatesFor(backend, place.origin, (name) => readIn(config.dataDir, name)),
  })
  const bar = openProgress(subject.items.length, process.stderr)
  const findings = await runChecks(subject, (done) => bar(done))
  const report: Report = {
    city: city.key,
    name: city.name,
    backend: backend.key,
    protocol: backend.protocol,
    address: place.origin,
    at: new Date().toISOString(),
    configVersion: config.version,
    good: findings.every(({ outcome }) => outcome !== 'failed'),
    findings,
  }
  answer(flags.json ? JSON.stringify(report, null, 2) : reportText(report))
  if (flags.html !== undefined) await writePage(flags.html, report)
  return report.good ? 0 : 1
}

function cityOf({ cities }: LoadedConfig, key: string): CityConfig {
  const found = cities.find((city) => city.key === key)
  if (found !== undefined) return found
  const list = cities.map((city) => city.key).join(', ')
  throw new CommandError(2, `没有城市 ${key}；可选：${list}。`, `There is no city ${key}; choose one of: ${list}.`)
}

function backendOf({ key: city, backends }: CityConfig, wanted: string | undefined): BackendConfig {
  const found = wanted === undefined && backends.length === 1 ? backends[0] : backends.find(({ key }) => key === wanted)
  if (found !== undefined) return found
  const list = backends.map(({ key }) => key).join(', ')
  throw new CommandError(
    2,
    `${city} 有后端 ${list}；请用 --backend 指定一个。`,
    `${city} has the backends ${list}; name one by --backend.`,
  )
}

/** A key or a certificate, as the gateway itself would use it. */
async function readIn(dataDir: string, name: string): Promise<Buffer> {
  const path = join(dataDir, name)
  try {
    return await readFile(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new CommandError(
      2,
      `读不到密钥或证书文件 ${path}（${code}）。`,
      `The file ${path} with a key or a certificate cannot be read (${code}).`,
    )
  }
}

async function writePage(path: string, report: Report): Promise<void> {
  try {
    await writeFile(path, reportPage(report))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new CommandError(2, `写不了 ${path}（${code}）。`, `${path} cannot be written (${code}).`)
  }
  remark({ zh: `报告已写入 ${path}。`, en: `The report is in ${path}.` })
}
