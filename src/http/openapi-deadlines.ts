// What operators see of deadlines, in words and schemas.

import { CLOCKS } from '../domain/leg-clock.ts'
import { both, ok, PAGE, parameter, TOKEN, type Operation } from './openapi-operation.ts'
import { city, count, localized, moment, object, oneOf, page, said, text } from './openapi-schema.ts'

export const DEADLINE_SCHEMAS = {
  DeadlineCount: object(
    said('将到期和已过期的环节数', 'How many legs are due'),
    {
      city,
      item: object(
        said('事项', 'Item'),
        { code: text('事项代码', 'Code of the item'), name: localized('事项名称', 'Name of the item') },
        ['name'],
      ),
      leg: object(
        said('环节', 'Leg'),
        {
          key: text('环节标识', 'Key of the leg'),
          name: localized('环节名称', 'Name of the leg'),
          does: oneOf(['decide', 'co-operate'], '决定或协办', 'Whether this leg decides or co-operates'),
        },
        ['name', 'does'],
      ),
      department: localized('该市哪个部门', 'Which department of that city'),
      clock: oneOf(
        CLOCKS,
        'notice 五日内一次性告知，promised 承诺期限，statutory 法定期限',
        'notice = what is to be corrected within five days, promised = what the city promises, statutory = what the law wants',
      ),
      soon: count('两个工作日之内到期', 'Due within two working days'),
      overdue: count('已经过期', 'Due before today'),
    },
    ['department'],
  ),
  DeadlinePage: page(said('期限', 'Deadlines'), 'deadlines', 'DeadlineCount', {
    countedAt: moment('清点时间', 'When they were counted'),
    isWhole: { type: 'boolean', description: said('是否全部清点', 'Whether every leg was counted') },
  }),
}

export const DEADLINE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/operations/deadlines',
    id: 'listDeadlines',
    tag: 'operations',
    access: 'token',
    summary: both('将到期和已过期的环节', 'What is due soon or overdue'),
    about: both(
      '供运维人员：每个城市、事项、环节和期限各有多少件将到期或已过期，由哪个部门办理。计时停止的不算。不含办件和个人。',
      'For operators: by city, item, leg and clock, how many are due within two working days or were due before today, and which department they wait for. Clocks that stand still are not counted; no case and no person is named.',
    ),
    parameters: [
      parameter('city', '城市标识。', 'Key of a city.'),
      parameter('clock', '期限的种类。', 'Which clock.', { enum: CLOCKS }),
      ...PAGE,
    ],
    takes: null,
    answers: ok('DeadlinePage', '一页。', 'A page of them.'),
    faults: TOKEN,
  },
]
