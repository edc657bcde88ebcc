// The stories: one or more for each way of handling that people know from the counter.

import { idCard } from './collect-and-forward.ts'
import { hukouTransfer, pensionTransfer, purchaseWithdrawal } from './joint.ts'
import { remoteCare } from './online.ts'
import type { Story } from './story.ts'

export const STORIES: readonly Story[] = [remoteCare, idCard, hukouTransfer, purchaseWithdrawal, pensionTransfer]
