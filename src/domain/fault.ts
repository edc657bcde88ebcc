// Every fault that the gateway can name: whose it is, which status it answers with, what it says and what to do about it.
// docs/errors.md lists the same codes; a test holds the two together.

import type { Reason } from './delivery.ts'
import type { Sentence } from './words.ts'

export type FaultSource = 'caller' | 'gateway' | 'city'

interface FaultKind {
  readonly status: number
  readonly source: FaultSource
  readonly title: Sentence
  readonly todo: Sentence
}

const kind = (
  status: number,
  source: FaultSource,
  zh: string,
  en: string,
  todoZh: string,
  todoEn: string,
): FaultKind => ({
  status,
  source,
  title: { zh, en },
  todo: { zh: todoZh, en: todoEn },
})

const again = ['请稍后重试。', 'Try again later.'] as const
const sameKey = ['请稍后用同一个 Idempotency-Key 重试。', 'Try again later with the same Idempotency-Key.'] as const

export const FAULTS = {
  // The request as HTTP
  REQUEST_MALFORMED: kind(
    400,
    'caller',
    '请求不符合 HTTP 规范',
    'The request is not well-formed HTTP',
    '请检查请求行和请求头。',
    'Check the request line and headers.',
  ),
  HEADERS_AMBIGUOUS: kind(
    400,
    'caller',
    '请求头重复或有歧义',
    'Ambiguous request headers',
    'Host 和 Authorization 只能各有一个，请求目标只写路径。',
    'Send exactly one Host and at most one Authorization, and only a path as request target.',
  ),
  HEADERS_TOO_LARGE: kind(
    431,
    'caller',
    '请求头过大',
    'Request headers too large',
    '请减小请求头。',
    'Send smaller headers.',
  ),
  REQUEST_TIMEOUT: kind(
    408,
    'caller',
    '请求未在限定时间内送达',
    'The request did not arrive in time',
    '请检查网络后重试。',
    'Check the connection and try again.',
  ),
  ROUTE_UNKNOWN: kind(
    404,
    'caller',
    '没有这个地址',
    'No such address',
    '可用的地址见 /docs。',
    'See /docs for the addresses that exist.',
  ),
  METHOD_NOT_ALLOWED: kind(
    405,
    'caller',
    '这个地址不支持该方法',
    'Method not allowed here',
    '请使用 Allow 响应头列出的方法。',
    'Use a method listed in the Allow header.',
  ),
  MEDIA_TYPE_UNSUPPORTED: kind(
    415,
    'caller',
    '不支持该内容类型',
    'Unsupported media type',
    '请以 Content-Type: application/json 发送 UTF-8 编码的 JSON。',
    'Send JSON in UTF-8 with Content-Type: application/json.',
  ),
  NOT_ACCEPTABLE: kind(
    406,
    'caller',
    '无法提供所要求的内容类型',
    'Not acceptable',
    '请按接口文档修改 Accept 请求头。',
    'Ask by Accept for what the API documentation says.',
  ),
  CALLER_GONE: kind(
    499,
    'caller',
    '调用方在得到答复前断开了连接',
    'The caller went away before the answer',
    '如仍需要，请重新提交。',
    'Ask again if you still need the answer.',
  ),
  BODY_TOO_LARGE: kind(413, 'caller', '请求体过大', 'Request body too large', '请减小请求体。', 'Send a smaller body.'),
  MATERIAL_TOO_LARGE: kind(
    413,
    'caller',
    '上传的文件过大',
    'The uploaded file is too large',
    '请压缩或分成几份后上传；上限见接口文档。',
    'Compress it or send it in parts; the API documentation has the bound.',
  ),
  MATERIAL_EMPTY: kind(
    422,
    'caller',
    '上传的文件是空的',
    'The uploaded file is empty',
    '请在请求体中发送文件内容。',
    'Send the content of the file as the body.',
  ),
  MATERIAL_TYPE_REFUSED: kind(
    415,
    'caller',
    '不支持这种文件',
    'Files of this kind are not taken',
    '请上传 PDF、JPEG 或 PNG 文件；按文件内容判断，与名称无关。',
    'Upload a PDF, JPEG or PNG file; its content decides, not its name.',
  ),
  MATERIAL_DIGEST_WRONG: kind(
    422,
    'caller',
    '收到的文件与 Content-Digest 不符',
    'The file that arrived does not match its Content-Digest',
    '传输中可能有误，请重新上传。',
    'Something may have gone wrong on the way: upload it again.',
  ),
  MATERIALS_TOO_MANY: kind(
    409,
    'caller',
    '尚未用于办件的上传过多',
    'Too many uploads wait for a case',
    '请先提交已上传材料的申请；未使用的上传到期后自动删除。',
    'File the applications that they are for; unused uploads are removed when their time is over.',
  ),
  DRAFT_UNKNOWN: kind(
    404,
    'caller',
    '没有这份草稿，或您无权查看',
    'No such draft, or you may not see it',
    '草稿可能已被删除或已到期；可以新建一份。',
    'It may have been deleted, or its time is over: make a new one.',
  ),
  DRAFT_CHANGED: kind(
    412,
    'caller',
    '草稿已被他人更新',
    'Somebody has changed the draft meanwhile',
    '请重新读取草稿，合并后再保存。',
    'Read it again, and save what you have made of both.',
  ),
  DRAFTS_TOO_MANY: kind(
    409,
    'caller',
    '草稿过多',
    'Too many drafts',
    '请提交或删除已有的草稿；到期的自动删除。',
    'File or delete some; those whose time is over are deleted.',
  ),
  PRECONDITION_REQUIRED: kind(
    428,
    'caller',
    '须说明依据的是哪个版本',
    'Say which version you know',
    '更新或删除时以 If-Match 发送读到的 ETag；新建时发送 If-None-Match: *。',
    'Send the ETag that you read as If-Match; for a new draft If-None-Match: *.',
  ),
  UPLOADS_BUSY: kind(503, 'gateway', '同时进行的上传过多', 'Too many uploads at once', ...again),
  STREAMS_TOO_MANY: kind(
    429,
    'caller',
    '同时打开的事件流过多',
    'Too many streams of yours are open',
    '请先关闭不用的事件流；一个大厅级的流即可代替多个办件级的流。',
    'Close those that you do not use: one stream of all cases stands for many of single ones.',
  ),
  EXPORTS_BUSY: kind(503, 'gateway', '同时进行的导出过多', 'Too many exports at once', ...again),
  STREAMS_BUSY: kind(503, 'gateway', '网关的事件流已满', 'The gateway has no stream left', ...again),
  BODY_ENCODING: kind(
    400,
    'caller',
    '请求体不是有效的 UTF-8 文本',
    'The body is not valid UTF-8',
    '请以 UTF-8 编码发送，且不要包含孤立的代理字符。',
    'Send UTF-8 without lone surrogates.',
  ),
  BODY_NOT_JSON: kind(
    400,
    'caller',
    '请求体不是有效的 JSON',
    'The body is not valid JSON',
    '请修正 JSON 语法。',
    'Mend the JSON syntax.',
  ),
  BODY_DUPLICATE_KEY: kind(
    400,
    'caller',
    'JSON 对象中有重复的键',
    'A JSON object repeats a key',
    '每个键只能出现一次。',
    'Give each key once.',
  ),
  BODY_NUMBER_UNSAFE: kind(
    400,
    'caller',
    'JSON 中的整数超出可精确表示的范围',
    'An integer is too large to be exact',
    '请用字符串表示长数字。',
    'Send long numbers as strings.',
  ),
  BODY_TOO_DEEP: kind(
    400,
    'caller',
    'JSON 嵌套过深',
    'The JSON is nested too deeply',
    '请减少嵌套层次。',
    'Nest less deeply.',
  ),
  PARAMETER_INVALID: kind(
    400,
    'caller',
    '查询参数无效',
    'Invalid parameter',
    '请按 errors 中的说明修正参数。',
    'Mend the parameters named in errors.',
  ),

  // Who asks
  TOKEN_MISSING: kind(
    401,
    'caller',
    '缺少访问令牌',
    'No access token',
    '请以 Authorization: Bearer <令牌> 发送访问令牌。',
    'Send an access token as Authorization: Bearer <token>.',
  ),
  TOKEN_INVALID: kind(
    401,
    'caller',
    '访问令牌无效',
    'Invalid access token',
    '请从所属身份平台重新获取令牌。',
    'Get a new token from your identity provider.',
  ),
  TOKEN_EXPIRED: kind(
    401,
    'caller',
    '访问令牌不在有效期内',
    'The access token is not valid at this time',
    '请重新获取令牌，并核对系统时间。',
    'Get a new token, and check the clock.',
  ),
  ROLE_NOT_ALLOWED: kind(
    403,
    'caller',
    '该角色无权进行此操作',
    'Your role may not do this',
    '请使用有权限的身份。',
    'Use an identity that may.',
  ),
  NOT_OWN_PERSON: kind(
    403,
    'caller',
    '只能办理本人或受托的事项',
    'You may act only for yourself or by authorization',
    '申请人须为本人；代他人办理时，请在 agent 中填写本人信息和授权依据。',
    'Be the applicant yourself, or state yourself and your authorization under agent.',
  ),
  NOT_OWN_CITY: kind(
    403,
    'caller',
    '收件地不是本人所属城市',
    'The collecting city is not your own',
    '请省略 collectingCity 或填写所属城市。',
    'Leave collectingCity out, or name your own city.',
  ),
  AGENT_NOT_AUTHORIZED: kind(
    403,
    'caller',
    '委托授权不在有效期内',
    'The authorization of the agent is not valid any more',
    '请提供有效的授权。',
    'State an authorization that is still valid.',
  ),

  // What is asked
  ITEM_UNKNOWN: kind(
    404,
    'caller',
    '没有这个事项',
    'No such service item',
    '事项目录见 /v1/items。',
    'The catalogue is at /v1/items.',
  ),
  ITEM_IS_QUERY: kind(
    409,
    'caller',
    '该事项是查询事项，不能提交申请',
    'This item is a query, not an application',
    '请向 /v1/items/{code}/queries 提交。',
    'Post to /v1/items/{code}/queries.',
  ),
  ITEM_IS_APPLICATION: kind(
    409,
    'caller',
    '该事项须提交申请，不能查询',
    'This item is an application, not a query',
    '请向 /v1/items/{code}/applications 提交。',
    'Post to /v1/items/{code}/applications.',
  ),
  ITEM_NOT_OFFERED: kind(
    422,
    'caller',
    '该城市不办理此事项',
    'The city does not offer this item',
    '请查看 /v1/items/{code} 中办理此事项的城市。',
    'See /v1/items/{code} for the cities that offer it.',
  ),
  LINE_UNKNOWN: kind(
    404,
    'caller',
    '没有这条线路',
    'No such line',
    '线路见 /v1/operations/lines。',
    'The lines are at /v1/operations/lines.',
  ),
  DELIVERY_UNKNOWN: kind(
    404,
    'caller',
    '没有这条消息',
    'No such message',
    '未送达的消息见 /v1/operations/deliveries。',
    'The messages that are not at rest are at /v1/operations/deliveries.',
  ),
  DELIVERY_STATE_REFUSES: kind(
    409,
    'caller',
    '这条消息现在不能这样处理',
    'This cannot be done with the message as it stands now',
    '请重新查看这条消息，再决定。',
    'Look at the message again, then decide.',
  ),
  WEBHOOK_UNKNOWN: kind(
    404,
    'caller',
    '没有这个通知对象',
    'No such webhook',
    '登记的通知对象见 /v1/operations/webhooks。',
    'Those that are registered are at /v1/operations/webhooks.',
  ),
  CITY_UNKNOWN: kind(
    404,
    'caller',
    '没有这个城市',
    'No such city',
    '城市见 /v1/cities。',
    'The cities are at /v1/cities.',
  ),
  CASE_UNKNOWN: kind(
    404,
    'caller',
    '没有这个办件，或您无权查看',
    'No such case, or you may not see it',
    '请核对办件编号。',
    'Check the case number.',
  ),
  RESULT_UNKNOWN: kind(
    404,
    'caller',
    '该环节没有这个办理结果',
    'The leg has no such result',
    '办理结果见办件 news 的 results。',
    'Results stand in the results of the case’s news.',
  ),
  LINK_NOT_GOOD: kind(
    403,
    'caller',
    '下载地址无效或已过期',
    'The address is not good, or its time is over',
    '请等待网关再次送来新的地址。',
    'Wait for the gateway to send a new one.',
  ),
  MATERIAL_UNKNOWN: kind(
    404,
    'caller',
    '没有这份材料，或您无权查看',
    'No such material, or you may not see it',
    '请核对材料编号。',
    'Check the id of the material.',
  ),
  RECORD_UNKNOWN: kind(
    404,
    'caller',
    '没有这条审计记录',
    'No such audit record',
    '请核对记录编号。',
    'Check the id of the record.',
  ),
  LOG_PART_UNKNOWN: kind(
    404,
    'caller',
    '审计日志没有这一部分',
    'No such part of the audit log',
    '请先读取检查点，只取其范围内的部分。',
    'Read the checkpoint first, and ask for what it covers.',
  ),
  FORM_INVALID: kind(
    422,
    'caller',
    '填写内容不符合要求',
    'The submission does not meet the requirements',
    '请按 errors 逐项修正后重新提交。',
    'Mend each field named in errors and send it again.',
  ),
  ROUTING_UNDECIDED: kind(
    422,
    'caller',
    '无法确定办理城市',
    'The competent city cannot be determined',
    '请填写或改正 errors 中指出的字段。',
    'Fill in or mend the field named in errors.',
  ),
  HANDLING_MODE_NOT_ALLOWED: kind(
    422,
    'caller',
    '该事项不能以此方式办理',
    'The item cannot be handled in this way',
    '请改用事项列出的办理方式。',
    'Choose a handling mode that the item lists.',
  ),
  IDEMPOTENCY_KEY_REQUIRED: kind(
    400,
    'caller',
    '缺少 Idempotency-Key 请求头',
    'The Idempotency-Key header is missing',
    '每份申请请附一个唯一的 Idempotency-Key；重试时使用同一个。',
    'Send a unique Idempotency-Key with each application, and the same one when repeating it.',
  ),
  IDEMPOTENCY_KEY_INVALID: kind(
    400,
    'caller',
    'Idempotency-Key 无效',
    'Invalid Idempotency-Key',
    '请使用 1 至 128 个可见 ASCII 字符。',
    'Use 1 to 128 visible ASCII characters.',
  ),
  IDEMPOTENCY_KEY_REUSED: kind(
    422,
    'caller',
    'Idempotency-Key 已用于另一份内容',
    'The Idempotency-Key was used with another body',
    '新的申请请使用新的 Idempotency-Key。',
    'Use a new key for a new application.',
  ),
  IDEMPOTENCY_IN_PROGRESS: kind(
    409,
    'caller',
    '同一 Idempotency-Key 的请求仍在处理',
    'The first request with this key is still at work',
    ...sameKey,
  ),

  // Ourselves
  INTERNAL: kind(
    500,
    'gateway',
    '网关内部错误',
    'Internal error of the gateway',
    '请稍后重试；若仍出现，请告知运维并提供 requestId。',
    'Try again later; if it stays, give the requestId to the operator.',
  ),
  STORE_UNAVAILABLE: kind(
    503,
    'gateway',
    '网关暂时无法保存记录',
    'The gateway cannot write its records now',
    ...sameKey,
  ),
  STORE_BUSY: kind(503, 'gateway', '网关繁忙', 'The gateway is busy', ...sameKey),
  DRAINING: kind(503, 'gateway', '网关正在停止', 'The gateway is shutting down', ...again),

  // Cities
  CITY_EVENT_UNSIGNED: kind(
    401,
    'city',
    '城市通知的签名、密钥或时间不符',
    'The city’s event is not signed as agreed, or its time is off',
    '请该城市核对密钥和时钟后重发。',
    'The city must check its key and clock, and send again.',
  ),
  CITY_EVENT_STALE: kind(
    401,
    'city',
    '城市通知的时间超出允许范围，或随机串已用过',
    'The city’s event is out of its time, or its nonce was used before',
    '请该城市核对时钟，并为每次发送换用新的随机串。',
    'The city must check its clock, and make a new nonce for each attempt.',
  ),
  CITY_EVENT_MALFORMED: kind(
    400,
    'city',
    '城市通知的格式不符合协议',
    'The city’s event does not follow its protocol',
    '请该城市核对报文格式。',
    'The city must check what it sends.',
  ),
  CITY_EVENT_UNKNOWN: kind(
    404,
    'city',
    '城市通知所说的办件不存在',
    'The city’s event is about no case of ours',
    '请该城市核对办件编号。',
    'The city must check the reference.',
  ),
  CASE_STATE_REFUSES: kind(
    409,
    'caller',
    '办件现在的状态不允许这样做',
    'The case does not allow this in its present state',
    '请查看办件的状态和经过。',
    'Look at the state and the history of the case.',
  ),
  CITY_MESSAGE_UNSUPPORTED: kind(
    501,
    'city',
    '该城市的接口尚不接收这类消息',
    'The city’s interface takes no messages of this kind yet',
    '请改由该城市的窗口办理。',
    'Turn to that city’s own service window for this.',
  ),
  RESULT_NOT_PROVIDED: kind(
    404,
    'city',
    '该城市不再提供这份文件',
    'The city does not provide this file any more',
    '请向出具的城市索取。',
    'Ask the city that issued it.',
  ),
  CITY_GIVES_NO_FILE: kind(
    501,
    'city',
    '该城市的接口不提供办理结果的文件',
    'The city’s interface gives out no files of results',
    '请按办件中的编号向该城市的窗口领取。',
    'Collect it at that city’s own window, by the number in the case.',
  ),
  CITY_CANNOT_LIST: kind(
    501,
    'city',
    '该城市的接口不能列出其收到的办件',
    'The city’s interface cannot list the cases that it has',
    '请向该城市的工作人员索取清单。',
    'Ask the city’s staff for a list.',
  ),
  CITY_LINE_OPEN: kind(
    503,
    'city',
    '该城市系统暂不可用，网关已暂停向其发送',
    'The city is unwell; the gateway has stopped calling it for now',
    ...again,
  ),
  CITY_LINE_HELD: kind(
    503,
    'gateway',
    '运维人员已暂停向该城市系统发送',
    'An operator has stopped the calls to the city',
    '请稍后重试；申请已保存的会在恢复后送达。',
    'Try again later; applications that are kept will be brought there.',
  ),
  CITY_IN_MAINTENANCE: kind(
    503,
    'city',
    '该城市系统正在例行维护',
    'The city is in maintenance, as planned',
    '请在维护结束后重试；申请已保存的会在恢复后送达。',
    'Try again when it has ended; applications that are kept will be brought there.',
  ),
  CITY_SLOW: kind(504, 'city', '该城市系统答复过慢', 'The city answers too slowly', ...again),
  CITY_BUSY: kind(503, 'city', '该城市的办理通道已满', 'All connections to the city are in use', ...again),
  CITY_UNREACHABLE: kind(503, 'city', '无法连接该城市系统', 'The city cannot be reached', ...again),
  CITY_TIMEOUT: kind(504, 'city', '该城市系统未在限定时间内答复', 'The city did not answer in time', ...again),
  CITY_RESET: kind(502, 'city', '与该城市系统的连接中断', 'The city broke the connection', ...again),
  CITY_ERROR: kind(502, 'city', '该城市系统发生错误', 'The city reported an error of its own', ...again),
  CITY_GARBLED: kind(
    502,
    'city',
    '该城市系统的答复无法识别',
    'The city answered with something that cannot be understood',
    ...again,
  ),
  CITY_ANSWER_UNSIGNED: kind(
    502,
    'city',
    '该城市系统的答复未按约定签名，或时间不符',
    'The city’s answer is not signed as agreed, or its time is off',
    '请稍后重试；若仍出现，请联系网关运维核对该城市的密钥和时钟。',
    'Try again later; if it stays, tell the operator of the gateway, who must check the city’s key and clock.',
  ),
  CITY_ANSWER_TOO_LARGE: kind(502, 'city', '该城市系统的答复过大', 'The city answered with too much', ...again),
  CITY_SIGNATURE_REFUSED: kind(
    502,
    'city',
    '该城市系统拒绝了网关的签名',
    'The city refused the gateway’s signature',
    '请联系网关运维。',
    'Tell the operator of the gateway.',
  ),
  CITY_CERTIFICATE_REFUSED: kind(
    502,
    'city',
    '该城市系统拒绝了网关的证书',
    'The city refused the gateway’s certificate',
    '请联系网关运维核对证书是否到期。',
    'Tell the operator of the gateway, who must see whether the certificate has ended.',
  ),
  CITY_CERTIFICATE_INVALID: kind(
    502,
    'city',
    '该城市系统的证书未通过校验',
    'The city’s certificate does not check',
    '请联系该城市系统维护单位；未发送任何内容。',
    'Tell those who maintain the city’s system; nothing was sent.',
  ),
  CITY_MESSAGE_REFUSED: kind(
    502,
    'city',
    '该城市系统不接收网关发送的报文',
    'The city does not take the gateway’s message as it is',
    '请联系网关运维核对该城市的接口配置。',
    'Tell the operator of the gateway, who must check the city’s configuration.',
  ),
  CITY_ANSWER_INVALID: kind(
    502,
    'city',
    '该城市系统的查询结果不符合事项规定的格式',
    'The city’s result does not have the form that the item prescribes',
    '请联系该城市系统维护单位。',
    'Tell those who maintain the city’s system.',
  ),
  CITY_REFUSED: kind(
    409,
    'city',
    '该城市未受理此次查询',
    'The city refused the query',
    '原因见 reasons。',
    'See reasons.',
  ),
} as const satisfies Record<string, FaultKind>

export type FaultCode = keyof typeof FAULTS

/** One thing wrong with a submission: where (JSON Pointer into the body, or a parameter's name), by which rule, and in words. */
export interface FieldError {
  readonly pointer: string
  readonly rule: string
  readonly message: Sentence
}

export interface FaultDetails {
  /** What was wrong this time. Shown to the caller, never logged: it may hold the caller's own words. */
  readonly detail?: Sentence
  readonly errors?: readonly FieldError[]
  /** True where `errors` was cut. */
  readonly more?: boolean
  readonly retryAfterMs?: number
  readonly reasons?: readonly Reason[]
  readonly city?: string
  readonly caseNo?: string
  readonly allow?: readonly string[]
  readonly cause?: unknown
}

/** The one error class. Its message is the code alone, so that logs and metrics can take it as it is. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly details: FaultDetails

  constructor(code: FaultCode, details: FaultDetails = {}) {
    super(code, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'Fault'
    this.code = code
    this.details = details
  }

  get status(): number {
    return FAULTS[this.code].status
  }

  get source(): FaultSource {
    return FAULTS[this.code].source
  }
}

/** Anything thrown as a Fault: a foreign error becomes INTERNAL with the error as its cause. */
export function asFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault('INTERNAL', { cause: error })
}
