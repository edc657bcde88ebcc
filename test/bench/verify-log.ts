// How long it takes to verify a log of some millions of entries, and how much memory: `node test/bench/verify-log.ts 10000000`.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { verifyPlace } from '../../src/cli/audit/verify-place.ts'
import { leafOf, newSigner, vkeyOfYear, writeShard } from '../audit/log-folder.ts'

const size = Number(process.argv[2] ?? 1_000_000)
const folder = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'verify-log-'))
const signer = newSigner()

function* leaves(): Generator<string> {
  for (let seq = 1; seq <= size; seq++) yield leafOf(seq)
}

let rssMax = 0
const watch = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), 100)
try {
  const written = performance.now()
  writeShard(folder, 2026, leaves(), signer)
  const begun = performance.now()
  rssMax = 0
  const { shards } = await verifyPlace(folder, {
    keys: [vkeyOfYear(signer, 2026)],
    witnesses: [],
    required: 0,
    earlier: [],
    onTrust: () => undefined,
    progress: () => () => undefined,
  })
  const seconds = (performance.now() - begun) / 1000
  const findings = shards.reduce((sum, shard) => sum + shard.findings.length, 0)
  const figures = {
    entries: size,
    findings,
    writtenInSeconds: Math.round((begun - written) / 100) / 10,
    verifiedInSeconds: Math.round(seconds * 10) / 10,
    processorSeconds: Math.round(process.cpuUsage().user / 1e5) / 10,
    rssMaxMB: Math.round(rssMax / 1e6),
  }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  if (findings > 0) process.exitCode = 1
} finally {
  clearInterval(watch)
  rmSync(folder, { recursive: true, force: true })
}
