// Fully online (全程网办): filed by telephone, decided elsewhere.

import { rejects, specialProcedure, withPurpose, type Story } from './story.ts'

export const remoteCare: Story = {
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
