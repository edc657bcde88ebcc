// The stories: one for each way of handling that people know from the counter, with a correction, a special procedure and an outage.

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

const withPurpose =
  (purpose: string) =>
  (body: SubmissionBody): SubmissionBody => ({ ...body, purpose })

const rejects = (scene: Scene, leg: string): Promise<void> =>
  scene.city(
    leg,
    { status: 'rejected', remark: '不符合规定条件，可在六十日内申请行政复议' },
    { zh: '不予批准，说明理由和救济途径', en: 'rejects it, with the reason and how to appeal' },
    { state: 'rejected' },
  )

/** What every city does between its acceptance and its decision in these stories. */
async function specialProcedure(scene: Scene, leg: string, why: Sentence, expected: Expected): Promise<void> {
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

const remoteCare: Story = {
  key: 'remote-care',
  kind: 'online',
  title: {
    zh: '在沈阳长住的退休老人，用手机向参保地抚顺备案异地就医',
    en: 'A pensioner who lives in Shenyang files by telephone for medical care outside Fushun, where he is insured',
  },
  item: 'mi-remote-care-filing',
  by: 'resident',
  from: 'shenyang',
  places: { decide: 'fushun' },
  async tell(scene, refused) {
    await scene.sick('fushun', 'refuse-connect', {
      zh: '抚顺的系统正在停机，谁也连不上',
      en: 'Fushun’s system is down: nobody can reach it',
    })
    await scene.file(
      {
        zh: '提交备案申请，当场得到办件编号；申请已存好，不用再交一次',
        en: 'files, and has a case number at once: it is kept, and need not be filed again',
      },
      { state: 'collected', delivery: 'stored' },
    )
    await scene.sick(
      'fushun',
      'off',
      { zh: '抚顺恢复，网关自动投递，只投一次', en: 'Fushun is back; the gateway delivers by itself, once' },
      { state: 'pre-accepted', delivery: 'delivered' },
    )
    await scene.city(
      'decide',
      { status: 'correction', remark: '请五日内补正', points: [{ code: null, message: '居住承诺书缺少签名页' }] },
      { zh: '一次性告知需要补正的内容', en: 'says, all at once, what is to be corrected' },
      { state: 'correction-required' },
    )
    await scene.correct(
      withPurpose('异地长期居住就医（已补签承诺书）'),
      { zh: '在手机上补正', en: 'corrects it on the telephone' },
      { state: 'accepted' },
    )
    await specialProcedure(scene, 'decide', { zh: '向参保单位核实', en: 'asks the employer' }, { state: 'in-review' })
    if (refused) return rejects(scene, 'decide')
    await scene.city('decide', { status: 'approved' }, { zh: '准予备案', en: 'approves it' }, { state: 'approved' })
    await scene.city(
      'decide',
      { status: 'completed', results: [{ code: 'filing', name: '异地就医备案回执', number: 'YB2026-000381' }] },
      { zh: '办结，给出备案回执号', en: 'completes it, with the number of the filing' },
      { state: 'completed' },
    )
    await scene.rate(1, { zh: '评价：非常满意', en: 'rates it: very satisfied' })
  },
}

const idCard: Story = {
  key: 'id-card',
  kind: 'collect-and-forward',
  title: {
    zh: '户籍在辽阳的居民，在沈阳的窗口换领身份证',
    en: 'A resident registered in Liaoyang renews the identity card at a window in Shenyang',
  },
  item: 'ps-id-card-renewal',
  by: 'clerk',
  from: 'shenyang',
  places: { decide: 'liaoyang' },
  async tell(scene, refused) {
    await scene.file(
      {
        zh: '刷身份证核验本人，采集照片和指纹，收件并出具收件凭证',
        en: 'checks the card by a reader, takes photograph and fingerprint, collects the papers and gives a receipt',
      },
      { state: 'pre-accepted', delivery: 'delivered' },
    )
    await scene.city(
      'decide',
      { status: 'correction', remark: '请补正', points: [{ code: null, message: '照片背景不是白色，请重新采集' }] },
      { zh: '一次性告知：照片不合格', en: 'says, all at once, what is to be corrected: the photograph' },
      { state: 'correction-required' },
    )
    await scene.sick('liaoyang', 'hang-after', {
      zh: '辽阳收到后不再答复，网关不知道到了没有',
      en: 'Liaoyang takes what comes and answers no more: nobody knows whether it arrived',
    })
    await scene.correct(
      withPurpose('身份证到期换领（照片已重拍）'),
      {
        zh: '请申请人重新拍照，补正；先存好，不会丢',
        en: 'takes the photograph again and corrects; it is kept and cannot be lost',
      },
      { correction: 'unconfirmed' },
    )
    await scene.sick(
      'liaoyang',
      'off',
      {
        zh: '辽阳恢复；同一次补正再送一遍，对方只算一次',
        en: 'Liaoyang is back; the same correction is sent again, and counts once',
      },
      { state: 'accepted', correction: 'delivered' },
    )
    await specialProcedure(scene, 'decide', { zh: '指纹比对', en: 'compares the fingerprints' }, { state: 'in-review' })
    if (refused) return rejects(scene, 'decide')
    await scene.city(
      'decide',
      { status: 'approved' },
      { zh: '准予换领，制证', en: 'approves it and makes the card' },
      { state: 'approved' },
    )
    await scene.city(
      'decide',
      { status: 'completed', results: [{ code: 'card', name: '居民身份证', number: '邮寄单号 EX123456789CN' }] },
      { zh: '办结，证件寄往收件地址', en: 'completes it and posts the card' },
      { state: 'completed' },
    )
    await scene.city(
      'decide',
      { status: 'delivered' },
      { zh: '申请人签收', en: 'the applicant has signed for it' },
      { state: 'delivered' },
    )
    await scene.rate(2, { zh: '评价：满意', en: 'rates it: satisfied' })
  },
}

const hukouTransfer: Story = {
  key: 'hukou-transfer',
  kind: 'joint',
  title: {
    zh: '调到沈阳工作，在阜新的窗口一次办完户口迁移',
    en: 'Transferred to Shenyang for work: the household registration moves from Fuxin in one visit to a window there',
  },
  item: 'ps-hukou-transfer-job-transfer',
  by: 'clerk',
  from: 'fuxin',
  places: { destination: 'shenyang', origin: 'fuxin' },
  async tell(scene, refused) {
    await scene.file(
      {
        zh: '收件，一件申请发给迁入地和迁出地两个公安局',
        en: 'collects one application for the police of both places',
      },
      { legs: { destination: 'pre-accepted' } },
    )
    await scene.city(
      'destination',
      { status: 'correction', remark: '请补正', points: [{ code: 'transfer-order', message: '调令缺少落款日期' }] },
      { zh: '迁入地告知：调令缺少日期', en: 'the place moved to says: the order of transfer has no date' },
      { state: 'correction-required' },
    )
    await scene.correct(
      withPurpose('调入沈阳工作迁移户口（已补调令日期）'),
      { zh: '补正', en: 'corrects it' },
      { legs: { destination: 'accepted' } },
    )
    await specialProcedure(
      scene,
      'destination',
      { zh: '实地核查落户地址', en: 'looks at the address itself' },
      { legs: { destination: 'in-review' } },
    )
    if (refused) return rejects(scene, 'destination')
    await scene.sick('fuxin', 'refuse-connect', {
      zh: '阜新的系统停机，迁入地照常办理',
      en: 'Fuxin’s system is down; the place moved to goes on',
    })
    await scene.city(
      'destination',
      { status: 'approved', results: [{ code: 'move-in-permit', name: '准迁证', number: '沈公准字2026-00871' }] },
      { zh: '签发准迁证', en: 'issues the permit to move in' },
      { legs: { destination: 'approved' } },
    )
    await scene.sick(
      'fuxin',
      'off',
      { zh: '阜新恢复，迁出地环节送达', en: 'Fuxin is back, and has its part' },
      { legs: { origin: 'pre-accepted' } },
    )
    await scene.city(
      'origin',
      {
        status: 'completed',
        results: [{ code: 'migration-certificate', name: '户口迁移证', number: '阜公迁字2026-00412' }],
      },
      { zh: '迁出地开具户口迁移证', en: 'the place moved from makes out the certificate' },
      { legs: { origin: 'completed' } },
    )
    await scene.city(
      'destination',
      { status: 'completed' },
      { zh: '落户办结', en: 'enters the registration and completes the case' },
      { state: 'completed' },
    )
    await scene.rate(1, { zh: '评价：非常满意', en: 'rates it: very satisfied' })
  },
}

const purchaseWithdrawal: Story = {
  key: 'purchase-withdrawal',
  kind: 'joint',
  title: {
    zh: '在铁岭买房，提取沈阳的住房公积金',
    en: 'A home bought in Tieling: the housing fund in Shenyang pays out',
  },
  item: 'hf-purchase-withdrawal',
  by: 'clerk',
  from: 'tieling',
  places: { verify: 'tieling', decide: 'shenyang' },
  async tell(scene, refused) {
    await scene.sick('shenyang', 'refuse-connect', { zh: '沈阳的系统停机', en: 'Shenyang’s system is down' })
    await scene.file(
      {
        zh: '收件；购房地先核验，缴存地再审核',
        en: 'collects; the place of the home verifies first, then the centre decides',
      },
      { legs: { verify: 'pre-accepted' } },
    )
    await scene.sick(
      'shenyang',
      'off',
      { zh: '沈阳恢复，缴存地收到申请', en: 'Shenyang is back, and has the application' },
      { legs: { decide: 'pre-accepted' } },
    )
    await scene.city(
      'verify',
      { status: 'completed', results: [{ code: 'verification', name: '购房核验结果', number: 'TLHY-2026-0193' }] },
      { zh: '核验购房合同和发票属实', en: 'finds contract and invoice in order' },
      { legs: { verify: 'completed' } },
    )
    await scene.city(
      'decide',
      { status: 'correction', remark: '请补正', points: [{ code: null, message: '收款账户须为本人账户' }] },
      { zh: '一次性告知：收款账户有误', en: 'says, all at once: the account to pay into is wrong' },
      { state: 'correction-required' },
    )
    await scene.correct(
      withPurpose('购买自住住房（已更正收款账户）'),
      { zh: '补正', en: 'corrects it' },
      { state: 'accepted' },
    )
    await specialProcedure(
      scene,
      'decide',
      { zh: '核实婚姻状况', en: 'checks the marital state' },
      { state: 'in-review' },
    )
    if (refused) return rejects(scene, 'decide')
    await scene.city('decide', { status: 'approved' }, { zh: '准予提取', en: 'approves it' }, { state: 'approved' })
    await scene.city(
      'decide',
      { status: 'completed', results: [{ code: 'payment', name: '支付凭证', number: 'SYGJJ-2026-77120' }] },
      { zh: '款项转入申请人账户，办结', en: 'pays into the applicant’s account and completes the case' },
      { state: 'completed' },
    )
    await scene.rate(1, { zh: '评价：非常满意', en: 'rates it: very satisfied' })
  },
}

const pensionTransfer: Story = {
  key: 'pension-transfer',
  kind: 'joint',
  title: {
    zh: '从抚顺到沈阳工作，养老保险关系分三步转移，每步十五个工作日',
    en: 'From Fushun to a job in Shenyang: the pension relation moves in three legs of fifteen working days',
  },
  item: 'ss-employee-pension-transfer',
  by: 'clerk',
  from: 'fushun',
  places: { destination: 'shenyang', origin: 'fushun', finish: 'shenyang' },
  async tell(scene, refused) {
    await scene.file(
      { zh: '收件，先由转入地审核', en: 'collects; the new place examines first' },
      { legs: { destination: 'pre-accepted' } },
    )
    await scene.city(
      'destination',
      { status: 'correction', remark: '请补正', points: [{ code: 'contribution-voucher', message: '缴费凭证缺一页' }] },
      { zh: '告知缴费凭证缺页', en: 'says that a page of the voucher is missing' },
      { state: 'correction-required' },
    )
    await scene.correct(
      withPurpose('跨市就业转移养老保险关系（已补全凭证）'),
      { zh: '补正', en: 'corrects it' },
      { legs: { destination: 'accepted' } },
    )
    await specialProcedure(
      scene,
      'destination',
      { zh: '核对重复缴费', en: 'looks for contributions paid twice' },
      { legs: { destination: 'in-review' } },
    )
    if (refused) return rejects(scene, 'destination')
    await scene.sick('fushun', 'hang', { zh: '抚顺的系统不答复', en: 'Fushun’s system does not answer' })
    await scene.city(
      'destination',
      { status: 'completed', results: [{ code: 'transfer-letter', name: '联系函', number: '沈社转〔2026〕3307' }] },
      { zh: '同意接收，发出联系函', en: 'takes over, and sends its letter' },
      { state: 'approved', legs: { destination: 'completed' } },
    )
    await scene.sick(
      'fushun',
      'off',
      { zh: '抚顺恢复，先核实再投递，不会重复', en: 'Fushun is back: asked first, then delivered, never twice' },
      { legs: { origin: 'pre-accepted' } },
    )
    await scene.city(
      'origin',
      {
        status: 'completed',
        results: [{ code: 'account-sheet', name: '转移接续信息表', number: '抚社转〔2026〕0198' }],
      },
      { zh: '转出地开具信息表并转出资金', en: 'the former place makes out the account sheet and transfers the money' },
      { legs: { origin: 'completed', finish: 'pre-accepted' } },
    )
    await scene.city(
      'finish',
      { status: 'completed' },
      { zh: '转入地接续到账，全部办结', en: 'the new place enters the transfer: all is done' },
      { state: 'completed', legs: { finish: 'completed' } },
    )
    await scene.rate(1, { zh: '评价：非常满意', en: 'rates it: very satisfied' })
  },
}

export const STORIES: readonly Story[] = [remoteCare, idCard, hukouTransfer, purchaseWithdrawal, pensionTransfer]
