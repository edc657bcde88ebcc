// The command `story`: plays one case of each way of handling against the sandbox cities, step by step as people see it.

import { Argument } from 'commander'
import type { Command } from 'commander'
import { configOptions, readEnvironment } from '../config.ts'
import { lookUpConfig } from '../config/kept.ts'
import type { LoadedConfig } from '../config.ts'
import { openCatalogue } from '../config/catalogue.ts'
import { systemClock } from '../system.ts'
import { answer, CommandError } from './output.ts'
import { gatewayAddress } from './running.ts'
import { openScene, StoryBroken } from './story/scene.ts'
import { STORIES } from './story/stories.ts'
import { MODES, STORY_KINDS, type Story, type StoryKind } from './story/story.ts'
import { tokenFor } from './token.ts'

interface StoryFlags {
  readonly only?: string
  readonly refused?: true
}

const PATIENCE_MS = 90_000

export function addStory(program: Command): void {
  program
    .command('story')
    .description(
      '按窗口和群众看到的样子，一步一步演示办件（网关须已启动，用沙箱城市）\ntell a case step by step as people see it (the gateway must be up, with sandbox cities)',
    )
    .addArgument(new Argument('[kind]', '办理方式，不写则全部 / way of handling, all if left out').choices(STORY_KINDS))
    .option('--only <story>', `只演示这一个：${STORIES.map(({ key }) => key).join('、')} / this one only`)
    .option('--refused', '最后不予批准 / with a refusal at the end')
    .action(async (kind: StoryKind | undefined, flags: StoryFlags) => {
      const picked = STORIES.filter(
        (one) => (kind === undefined || one.kind === kind) && (flags.only === undefined || one.key === flags.only),
      )
      if (picked.length === 0) throw new CommandError(2, '没有这个故事。', 'There is no such story.')
      const config = lookUpConfig(configOptions(readEnvironment()))
      for (const story of picked) await tell(config, story, flags.refused === true)
    })
}

async function tell(config: LoadedConfig, story: Story, refused: boolean): Promise<void> {
  const catalogue = openCatalogue(config, systemClock)
  const item = catalogue.find(story.item)
  const scene = openScene(
    {
      address: gatewayAddress(config),
      dataDir: config.dataDir,
      catalogue,
      cities: config.cities,
      tokenOf: (role, city) => tokenFor(config, { as: role, ttl: '1h', ...(city === null ? {} : { city }) }),
      print: answer,
      patienceMs: PATIENCE_MS,
    },
    { ...story, item, mode: MODES[story.kind] },
  )
  answer(
    `\n━━ ${story.title.zh}\n   ${story.title.en}\n   ${item.name.zh} ${item.name.en} · ${story.item} · ${story.kind}`,
  )
  try {
    await story.tell(scene, refused)
  } catch (error) {
    if (!(error instanceof StoryBroken)) throw error
    throw new CommandError(1, `故事中断：${error.sentence.zh}。`, `The story broke off: ${error.sentence.en}.`)
  } finally {
    await scene.heal()
  }
}
