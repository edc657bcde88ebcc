// Drafts, in words and schemas.

import {
  both,
  inPath,
  ok,
  PAGE,
  parameter,
  SMALL_BODY,
  TOKEN,
  type Operation,
  type Parameter,
} from './openapi-operation.ts'
import { count, localized, moment, object, orNull, page, said, text } from './openapi-schema.ts'

const SUMMARY = {
  draftId: { type: 'string', format: 'uuid', description: said('草稿编号', 'Id of the draft') },
  item: object(
    said('事项', 'Item'),
    { code: text('事项代码', 'Code of the item'), name: localized('事项名称', 'Name of the item') },
    ['name'],
  ),
  version: text('版本，加双引号即 ETag', 'Its version; in double quotes it is the ETag'),
  sizeBytes: count('字节数', 'Bytes'),
  savedAt: moment('保存时间', 'When it was saved last'),
  savedBy: orNull(text('最后保存的窗口人员账号', 'Account of the clerk who saved it last')),
  expiresAt: moment('届时未再保存即删除', 'When it is deleted unless it is saved again'),
}

export const DRAFT_SCHEMAS = {
  DraftSummary: object(said('草稿摘要', 'Draft, in short'), SUMMARY),
  Draft: object(said('草稿', 'Draft'), {
    ...SUMMARY,
    body: {
      type: 'object',
      description: said('尚未填完的请求体，原样', 'The body as far as it is filled in, as it came'),
    },
  }),
  DraftPage: page(said('草稿列表', 'Page of drafts'), 'drafts', 'DraftSummary'),
  DraftDeleted: object(said('已删除的草稿', 'A draft that was deleted'), {
    draftId: text('草稿编号', 'Id of the draft'),
  }),
} as const

export const DRAFT_BODIES = {
  NewDraft: {
    title: said('要保存的草稿', 'A draft to be kept'),
    type: 'object',
    properties: {
      item: { type: 'string', description: said('事项代码', 'Code of the item') },
      body: {
        type: 'object',
        description: said(
          '尚未填完的请求体，可以是任何 JSON 对象，提交申请时才核对',
          'The body as far as it is filled in: any JSON object, checked when it is filed',
        ),
      },
    },
    required: ['item', 'body'],
    additionalProperties: false,
  },
} as const

const DRAFT_ID: Parameter = {
  ...inPath(
    'draftId',
    '草稿编号：由创建者随机生成的小写 UUID。',
    'Id of the draft: a UUID in lower case drawn by its maker.',
  ),
  schema: { type: 'string', format: 'uuid' },
}
const IF_MATCH: Parameter = {
  name: 'If-Match',
  in: 'header',
  required: false,
  about: both(
    '依据的版本：读到的 ETag。已被他人更新的得到 412。',
    'The version that you know: the ETag that you read. 412 where somebody has saved another meanwhile.',
  ),
  schema: { type: 'string' },
}
const IF_NONE_MATCH: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  about: both('新建草稿时填 *。', '* for a draft that is new.'),
  schema: { type: 'string', const: '*' },
}
const SAVED = {
  schema: 'DraftSummary',
  headers: ['ETag'],
}

export const DRAFT_OPERATIONS: readonly Operation[] = [
  {
    method: 'get',
    path: '/v1/drafts',
    id: 'listDrafts',
    tag: 'drafts',
    access: 'token',
    summary: both('草稿列表', 'List drafts'),
    about: both(
      '窗口人员看本大厅的，居民看本人的；最近新建的在前。',
      'Of the own hall, or one’s own; the newest first.',
    ),
    parameters: [parameter('item', '事项代码。', 'Code of an item.'), ...PAGE],
    takes: null,
    answers: ok('DraftPage', '一页草稿。', 'A page of drafts.'),
    faults: TOKEN,
  },
  {
    method: 'put',
    path: '/v1/drafts/{draftId}',
    id: 'keepDraft',
    tag: 'drafts',
    access: 'token',
    summary: both('保存草稿', 'Keep a draft'),
    about: both(
      '新建须带 If-None-Match: *，更新须带 If-Match，以免两人互相覆盖。同样的内容可以重复保存。到期未再保存的自动删除；提交申请后请自行删除草稿。',
      'If-None-Match: * for a new one, If-Match for a change, so that two people do not overwrite each other. The same content may be sent again. Deleted when its time is over; delete it yourself once it is filed.',
    ),
    parameters: [DRAFT_ID, IF_MATCH, IF_NONE_MATCH],
    takes: {
      schema: 'NewDraft',
      about: both('事项和尚未填完的请求体。', 'The item, and the body as far as it is filled in.'),
      examples: {
        begun: { item: 'mi-remote-care-filing', body: { applicant: { type: 'person', name: '王芳' }, form: {} } },
      },
    },
    answers: {
      200: { about: both('已更新。', 'Changed.'), ...SAVED },
      201: { about: both('已新建。', 'Made.'), ...SAVED, headers: ['ETag', 'Location'] },
    },
    faults: [...TOKEN, ...SMALL_BODY, 'DRAFT_UNKNOWN', 'DRAFT_CHANGED', 'DRAFTS_TOO_MANY', 'PRECONDITION_REQUIRED'],
  },
  {
    method: 'get',
    path: '/v1/drafts/{draftId}',
    id: 'getDraft',
    tag: 'drafts',
    access: 'token',
    summary: both('一份草稿', 'One draft'),
    about: both('草稿的内容；更新时请带上 ETag。', 'What it holds; send its ETag with a change.'),
    parameters: [DRAFT_ID],
    takes: null,
    answers: { 200: { about: both('草稿。', 'The draft.'), schema: 'Draft', headers: ['ETag'] } },
    faults: [...TOKEN, 'DRAFT_UNKNOWN'],
  },
  {
    method: 'delete',
    path: '/v1/drafts/{draftId}',
    id: 'deleteDraft',
    tag: 'drafts',
    access: 'token',
    summary: both('删除草稿', 'Delete a draft'),
    about: both('须带 If-Match；已被他人更新的不删除。', 'With If-Match; one that somebody has changed stays.'),
    parameters: [DRAFT_ID, IF_MATCH],
    takes: null,
    answers: ok('DraftDeleted', '已删除。', 'Deleted.'),
    faults: [...TOKEN, 'DRAFT_UNKNOWN', 'DRAFT_CHANGED', 'PRECONDITION_REQUIRED'],
  },
]
