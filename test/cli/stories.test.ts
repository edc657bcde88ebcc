// The stories lead where they say, told by the command as people run it, with and without a refusal at the end.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { STORIES } from '../../src/cli/story/stories.ts'
import { call, PROJECT, startGateway, tokenOf } from '../gateway/harness.ts'

const gateway = await startGateway(t)

function story(...options: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, ...gateway.env }
    execFile(process.execPath, [join(PROJECT, 'src/cli.js'), 'story', ...options], { env }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
    )
  })
}

/** What was told of each story, by its key. */
function chapters(stdout: string): ReadonlyMap<string, string> {
  const told = stdout.split('━━').slice(1)
  return new Map(
    STORIES.map(({ key, title }) => [key, told.find((chapter) => chapter.includes(title.zh)) ?? ''] as const),
  )
}

t.test('each is told to its end, and is what the gateway has', async (t) => {
  const { status, stdout, stderr } = await story()
  t.equal(status, 0, stderr)
  for (const [key, chapter] of chapters(stdout)) {
    t.match(chapter, /待补正 correction-required/, key)
    t.match(chapter, /特别程序 suspended/, key)
    t.match(chapter, /【意外】/, key)
    t.match(chapter, /好差评 rating: [12]\s*$/, key)
    const [, caseNo = ''] = /→ (\S+) /.exec(chapter) ?? []
    const { by, from } = STORIES.find((one) => one.key === key)!
    const token = tokenOf(gateway, by, by === 'clerk' ? { city: from } : {})
    const { body } = await call(gateway, 'GET', `/v1/cases/${caseNo}`, { token })
    t.match(body['state'], /^(?:completed|delivered)$/, key)
    const finished = body['events'].filter(({ event }: { event: string }) => event === 'finish')
    t.match(finished, key === 'pension-transfer' ? [{ leg: 'finish', by: 'other-leg', state: 'completed' }] : [], key)
  }
})

t.test('each may end with a rejection', async (t) => {
  const { status, stdout, stderr } = await story('--refused')
  t.equal(status, 0, stderr)
  for (const [key, chapter] of chapters(stdout)) {
    t.match(chapter, /不予批准 rejected/, key)
    t.notMatch(chapter, '好差评', key)
  }
})

t.test('a story that is not there, or no gateway, is said in a sentence', async (t) => {
  t.match(await story('--only', 'nobody'), { status: 2, stderr: /没有这个故事/ })
})
