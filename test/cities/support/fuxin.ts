// Fuxin's protocol with a small mapping, and the city's answers in its XML, for the tests of what we say to it and of what it says to us.

import { openMapping, type Kind } from '../../../src/cities/mapping.ts'
import type { Protocol } from '../../../src/cities/protocol.ts'
import { fuxinProtocol } from '../../../src/cities/protocols/fuxin.ts'
import type { WireAnswer } from '../../../src/cities/wire.ts'

export const protocol: Protocol = fuxinProtocol({
  appId: 'KYTBWG',
  statuses: {
    '01': 'pre-accepted',
    '03': 'correction-required',
    '04': 'refused',
    '07.1': 'approved',
    '10': 'withdrawn',
  },
  areas: { fushun: '210400' },
  mapping: openMapping(
    {
      names: { dictionary: 'fuxin' },
      values: { date: 'YYYYMMDD', flag: ['是', '否'], amount: 'fen' },
      lists: { rows: 'row' },
      codes: { sex: { '1': '男' } },
    },
    {
      kinds: new Map<string, Kind>([
        ['amountYuan', 'amount'],
        ['openedOn', 'date'],
        ['contents', 'texts'],
        ['movers', 'list'],
        ['residence', 'object'],
      ]),
      dictionaries: new Map([
        [
          'fuxin',
          {
            fundCentre: ['gongjijinzhongxin', '公积金中心'],
            amountYuan: ['jine', '金额'],
            openedOn: ['kaihuriqi', '开户日期'],
            contents: ['neirong', '内容'],
            movers: ['suiqianrenyuan', '随迁人员'],
            residence: ['xianjuzhudi', '现居住地'],
            sex: ['xingbie', '性别'],
            name: ['xingming', '姓名'],
          },
        ],
      ]),
    },
  ),
})

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

export const said = (xml: string, type = 'application/xml;charset=UTF-8', status = 200): WireAnswer => ({
  status,
  headers: { 'content-type': type },
  bytes: Buffer.from(xml),
})

export const answer = (code: string, data = ''): WireAnswer =>
  said(`${DECLARATION}<xiangying><fanhuima>${code}</fanhuima><fanhuixinxi>信息</fanhuixinxi>${data}</xiangying>`)

export const shuju = (content: string): string => `<shuju>${content}</shuju>`
