// Collected at a window and forwarded (异地代收代办).

import { rejects, specialProcedure, withPurpose, type Story } from './story.ts'

export const idCard: Story = {
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
    await scene.mail(
      { carrier: '中国邮政', trackingNo: 'EX123456788CN', materials: ['current-id-card'] },
      {
        zh: '把收下的原件寄给辽阳，登记运单号',
        en: 'posts the originals to Liaoyang, and notes the tracking number',
      },
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
