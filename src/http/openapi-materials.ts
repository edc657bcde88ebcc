// Uploading materials and reading them again, in words and schemas.

import { MATERIAL_TYPES } from '../domain/material.ts'
import { both, HEAD, inPath, RECORDED, TOKEN, type Operation } from './openapi-operation.ts'
import { count, inBoth, object, oneOf, said, text } from './openapi-schema.ts'

export const MATERIAL_SCHEMAS = {
  MaterialKept: object(said('已上传的材料', 'An uploaded material'), {
    materialId: text('材料编号，写入申请的 materials', 'Its id, to be named in an application’s materials'),
    mediaType: oneOf(MATERIAL_TYPES, '按内容判断的文件类型', 'What it is, by its content'),
    sizeBytes: count('大小（字节）', 'Size in bytes'),
    digest: text('内容的 SHA-256，写法同 Content-Digest', 'SHA-256 of the content, spelled as in Content-Digest'),
  }),
}

const FILE = { type: 'string', format: 'binary' }

export const FILE_BODY = {
  required: true,
  description: inBoth({
    zh: '文件内容本身，不是表单；PDF、JPEG 或 PNG，按内容判断。',
    en: 'The content of the file itself, no form; PDF, JPEG or PNG, as its content says.',
  }),
  content: Object.fromEntries([...MATERIAL_TYPES, 'application/octet-stream'].map((type) => [type, { schema: FILE }])),
}

export const MATERIAL_OPERATIONS: readonly Operation[] = [
  {
    method: 'post',
    path: '/v1/materials',
    id: 'uploadMaterial',
    tag: 'materials',
    access: 'token',
    summary: both('上传材料', 'Upload a material'),
    about: both(
      '先上传，再在申请的 materials 中写明 held 为 uploaded 和得到的 materialId。窗口上传的材料由本大厅共用，居民上传的只限本人；在用于办件之前可保留若干天。同样的内容只保存一份，重复上传无妨。',
      'Upload first, then name the materialId in the application’s materials with held uploaded. A clerk’s uploads are the hall’s, a resident’s are their own; they wait some days for a case. The same content is kept once, so an upload may be repeated.',
    ),
    parameters: [
      {
        name: 'Content-Digest',
        in: 'header',
        required: false,
        about: both('内容的 SHA-256（RFC 9530），用于核对。', 'SHA-256 of the content (RFC 9530), to be checked.'),
        schema: { type: 'string', examples: ['sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'] },
      },
    ],
    takes: 'file',
    answers: { 201: { about: both('已保存。', 'It is kept.'), schema: 'MaterialKept', headers: ['Location'] } },
    faults: [
      ...TOKEN,
      'MEDIA_TYPE_UNSUPPORTED',
      'MATERIAL_TYPE_REFUSED',
      'MATERIAL_TOO_LARGE',
      'MATERIAL_EMPTY',
      'MATERIAL_DIGEST_WRONG',
      'MATERIALS_TOO_MANY',
      'UPLOADS_BUSY',
    ],
  },
  {
    method: 'get',
    path: '/v1/materials/{materialId}',
    id: 'getMaterial',
    tag: 'materials',
    access: 'token',
    summary: both('下载材料', 'Read a material'),
    about: both(
      '用于办件之前限上传者（窗口为本大厅），之后限能查看该办件的人；每次下载都有记录。',
      'Before a case takes it for who uploaded it (or the hall), afterwards for those who may see the case; each look is recorded.',
    ),
    parameters: [inPath('materialId', '材料编号。', 'Id of the material.')],
    takes: null,
    answers: {
      200: {
        about: both('文件内容。', 'The content of the file.'),
        schema: null,
        files: MATERIAL_TYPES,
        headers: ['Content-Digest'],
      },
    },
    faults: [...TOKEN, 'MATERIAL_UNKNOWN'],
  },
  {
    method: 'get',
    path: '/v1/materials/{materialId}/content',
    id: 'fetchMaterial',
    tag: 'materials',
    access: 'signed',
    summary: both('城市自取材料', 'A city fetches a material'),
    about: both(
      '供自行下载材料的城市：地址由网关随申请送出，只对一份文件、一个城市有效，一小时内有效，不需要其他凭证；每次下载都有记录。',
      'For cities that fetch files by themselves: the gateway sends the address with the application; it is good for one file and one city, within the hour, and needs no other credential. Each look is recorded.',
    ),
    parameters: [
      inPath('materialId', '材料编号。', 'Id of the material.'),
      ...(['city', 'expires', 'proof'] as const).map((name) => ({
        name,
        in: 'query' as const,
        required: true,
        about: both('地址的一部分，照原样使用。', 'Part of the address, to be used as it is.'),
        schema: { type: 'string', minLength: 1, maxLength: 128 },
      })),
    ],
    takes: null,
    answers: {
      200: {
        about: both('文件内容。', 'The content of the file.'),
        schema: null,
        files: MATERIAL_TYPES,
        headers: ['Content-Digest'],
      },
    },
    faults: [...HEAD, ...RECORDED, 'LINK_NOT_GOOD', 'MATERIAL_UNKNOWN'],
  },
]
