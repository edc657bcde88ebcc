// Joint cases (多地联办): one application, several cities.

import { rejects, specialProcedure, withPurpose, type Story } from './story.ts'

export const hukouTransfer: Story = {
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

export const purchaseWithdrawal: Story = {
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
        zh: '收件；购房地核验、缴存地审核同时进行',
        en: 'collects; the place of the home verifies while the centre examines',
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

export const pensionTransfer: Story = {
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
      { legs: { destination: 'pre-accepted', origin: 'collected' } },
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
