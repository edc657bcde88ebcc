// What is said of the operations that are about items, cities and routing.

import { APPLICANT_TYPES, HANDLING_MODES, INTERACTIONS } from '../domain/item.ts'
import { BODY, both, CODE, ok, OPEN, PAGE, parameter, TOKEN, type Operation } from './openapi-operation.ts'

const CITY_ASKED = parameter('city', '城市标识，见 /v1/cities。', 'Key of a city, see /v1/cities.')

export const CATALOGUE_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/items',
    id: 'listItems',
    tag: 'catalogue',
    access: 'open',
    summary: both('事项目录', 'List service items'),
    about: both('所有可以跨域通办的事项，可按条件筛选。', 'All items that can be handled across cities, with filters.'),
    parameters: [
      parameter('domain', '领域，如 social-security。', 'Domain, e.g. social-security.'),
      parameter(
        'city',
        '办理此事项的城市；时限为该市承诺的。',
        'A city that offers them; days are those that it promises.',
      ),
      parameter('interaction', '查询或申请。', 'Query or application.', { enum: INTERACTIONS }),
      parameter('mode', '办理方式。', 'Handling mode.', { enum: HANDLING_MODES }),
      parameter('applicant', '谁可以申请。', 'Who may apply.', { enum: APPLICANT_TYPES }),
      parameter(
        'text',
        '代码、名称或部门中的字词，中文英文均可，空格分开的须都出现。',
        'Words of the code, the name or the department, Chinese or English; all must be there.',
      ),
      ...PAGE,
    ],
    takes: null,
    answers: ok('ItemPage', '一页事项。', 'A page of items.'),
    faults: [...OPEN, 'CITY_UNKNOWN'],
  },
  {
    method: 'get',
    path: '/v1/items/{code}',
    id: 'getItem',
    tag: 'catalogue',
    access: 'open',
    summary: both('一个事项', 'One service item'),
    about: both(
      '事项的依据、环节、材料和办理城市；指定城市时，时限和材料为该市的。',
      'Its legal basis, legs, materials and the cities that offer it; with a city, the days and materials of that city.',
    ),
    parameters: [CODE, CITY_ASKED],
    takes: null,
    answers: ok('Item', '事项。', 'The item.'),
    faults: [...OPEN, 'ITEM_UNKNOWN', 'ITEM_NOT_OFFERED', 'CITY_UNKNOWN'],
  },
  {
    method: 'get',
    path: '/v1/items/{code}/form',
    id: 'getItemForm',
    tag: 'catalogue',
    access: 'open',
    summary: both('事项的表单', 'Form of an item'),
    about: both(
      '一份完整的 JSON Schema（2020-12），引用全部在文档内，标题含中英文；各城市要求不同时请指定城市。',
      'One whole JSON Schema (2020-12), every reference local, titles in Chinese and English; name a city where cities differ.',
    ),
    parameters: [CODE, CITY_ASKED],
    takes: null,
    answers: ok('Form', '表单的 JSON Schema。', 'The form as JSON Schema.'),
    faults: [...OPEN, 'ITEM_UNKNOWN', 'ITEM_NOT_OFFERED', 'CITY_UNKNOWN'],
  },
  {
    method: 'get',
    path: '/v1/cities',
    id: 'listCities',
    tag: 'catalogue',
    access: 'open',
    summary: both('城市', 'List cities'),
    about: both('都市圈的各城市及其政务服务大厅。', 'The places of the metropolitan area and their service halls.'),
    parameters: PAGE,
    takes: null,
    answers: ok('CityPage', '一页城市。', 'A page of cities.'),
    faults: OPEN,
  },
]

export const ROUTING_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/routing/explain',
    id: 'explainRouting',
    tag: 'routing',
    access: 'token',
    summary: both('由哪个城市办理', 'Which city is competent'),
    about: both(
      '供窗口人员和运维人员：按请求体说明每个环节由哪个城市办理，依据什么规则、字段和取值；不发送任何内容，有审计记录。不能确定时指出是哪个字段。',
      'For clerks and operators: the city of each leg of a body, with rule, field and value. Nothing is sent; the question is recorded. What cannot be decided names the field.',
    ),
    parameters: [],
    takes: 'routing',
    answers: ok('Routing', '各环节的属地。', 'Where each leg goes.'),
    faults: [...TOKEN, ...BODY],
  },
]
