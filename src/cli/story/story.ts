// What a story is, and what happens in each of them.

import type { CityKey, Sentence } from '../../domain/words.ts'
import type { HandlingMode } from '../../domain/item.ts'
import type { SubmissionBody } from '../../domain/submission.ts'
import type { Expected, Scene } from './scene.ts'

export const STORY_KINDS = ['online', 'collect-and-forward', 'joint'] as const
export type StoryKind = (typeof STORY_KINDS)[number]

export const MODES: Readonly<Record<StoryKind, HandlingMode>> = {
  online: 'full-online',
  'collect-and-forward': 'collect-and-forward',
  joint: 'joint',
}

export interface Story {
  readonly key: string
  readonly kind: StoryKind
  readonly title: Sentence
  readonly item: string
  readonly by: 'clerk' | 'resident'
  readonly from: CityKey
  /** The city of each leg. */
  readonly places: Readonly<Record<string, CityKey>>
  /** `refused`: the city says no where it would have said yes. */
  tell(scene: Scene, refused: boolean): Promise<void>
}

export const withPurpose =
  (purpose: string) =>
  (body: SubmissionBody): SubmissionBody => ({ ...body, purpose })

export const rejects = (scene: Scene, leg: string): Promise<void> =>
  scene.city(
    leg,
    { status: 'rejected', remark: '不符合规定条件，可在六十日内申请行政复议' },
    { zh: '不予批准，说明理由和救济途径', en: 'rejects it, with the reason and how to appeal' },
    { state: 'rejected' },
  )

/** What every city does between its acceptance and its decision in these stories. */
export async function specialProcedure(scene: Scene, leg: string, why: Sentence, expected: Expected): Promise<void> {
  await scene.city(
    leg,
    { status: 'suspended', remark: why.zh },
    { zh: `进入特别程序：${why.zh}，期限暂停`, en: `begins a special procedure: ${why.en}; the clock stands still` },
    { legs: { [leg]: 'suspended' } },
  )
  await scene.city(
    leg,
    { status: 'reviewing' },
    { zh: '特别程序结束，继续审查', en: 'goes on with its review' },
    expected,
  )
}
