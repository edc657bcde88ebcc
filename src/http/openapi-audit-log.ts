// What is said of the signed log in the API's description: its parts, the keys to it, and proofs of single records.

import { both, inPath, ok, OPEN, type Operation } from './openapi-operation.ts'
import { count, object, page, said, text, type Schema } from './openapi-schema.ts'

const YEAR = inPath('year', '年份（四位）。', 'The year, four digits.')
const TILE = inPath(
  'tile',
  '瓦片或条目包的名称，如 0/x001/234.p/5 或 entries/000，其中的斜线不转义。',
  'Name of a tile or of a bundle of entries, e.g. 0/x001/234.p/5 or entries/000; its slashes are not escaped.',
)

type Part = Pick<Operation, 'path' | 'id' | 'summary' | 'about' | 'parameters' | 'answers'>

const open = (part: Part, unknown: 'LOG_PART_UNKNOWN' | 'RECORD_UNKNOWN' = 'LOG_PART_UNKNOWN'): Operation => ({
  method: 'get',
  tag: 'audit',
  access: 'open',
  takes: null,
  ...part,
  faults: [...OPEN, unknown],
})

/** The log that grows, and the same parts of any year. */
const parts = (prefix: string, ofYear: readonly (typeof YEAR)[], suffix: string): readonly Operation[] => [
  open({
    path: `${prefix}/checkpoint`,
    id: `logCheckpoint${suffix}`,
    summary: both('已签名的检查点', 'The signed checkpoint'),
    about: both(
      'C2SP tlog-checkpoint：日志名称、条数、树根和签名；不写年份即当前日志。对所有人开放，不含个人信息。',
      'C2SP tlog-checkpoint: name of the log, number of entries, root and signature; without a year, of the log that grows. Open to all; holds nothing personal.',
    ),
    parameters: ofYear,
    answers: ok(null, '检查点。', 'The checkpoint.'),
  }),
  open({
    path: `${prefix}/witnessed`,
    id: `logWitnessed${suffix}`,
    summary: both('经见证的检查点', 'The newest checkpoint that witnesses cosigned'),
    about: both(
      '已有规定数目的见证方副署的最新检查点；没有配置见证方时为 404。',
      'The newest checkpoint with as many cosignatures as the policy demands; 404 where there are no witnesses.',
    ),
    parameters: ofYear,
    answers: ok(null, '带副署的检查点。', 'The checkpoint with its cosignatures.'),
  }),
  open({
    path: `${prefix}/tile/{tile}`,
    id: `logTile${suffix}`,
    summary: both('树的瓦片和条目包', 'Tiles of the tree and bundles of entries'),
    about: both(
      'C2SP tlog-tiles，每个最多 256 项，永不改变，可长期缓存。',
      'C2SP tlog-tiles: up to 256 each; they never change and may be cached for ever.',
    ),
    parameters: [...ofYear, TILE],
    answers: {
      200: {
        about: both('瓦片或条目包。', 'The tile or bundle.'),
        schema: null,
        headers: [],
        files: ['application/octet-stream'],
      },
    },
  }),
]

export const AUDIT_LOG_OPERATIONS: readonly Operation[] = [
  open({
    path: '/v1/audit/log/shards',
    id: 'logShards',
    summary: both('各年的日志', 'The log of each year'),
    about: both('每年一棵树，最新的在前。', 'A tree for each year, newest first.'),
    parameters: [],
    answers: ok('LogShards', '各年的日志。', 'The logs.'),
  }),
  ...parts('/v1/audit/log', [], ''),
  ...parts('/v1/audit/log/{year}', [YEAR], 'OfYear'),
  open(
    {
      path: '/v1/audit/records/{id}/proof',
      id: 'getAuditProof',
      summary: both('一条记录的证明', 'Proof that a record stands in the log'),
      about: both(
        'C2SP tlog-proof 文件，内含该记录，可离线核对（gateway audit verify-receipt）；持有 Audit-Record 编号者即可取得。',
        'A C2SP tlog-proof file with the record in it, to be checked offline (gateway audit verify-receipt); for whoever holds the Audit-Record id.',
      ),
      parameters: [inPath('id', '记录编号。', 'Id of the record.')],
      answers: {
        ...ok(null, '证明。', 'The proof.'),
        202: {
          about: both('记录已落盘，还没有检查点覆盖它。', 'On disk, and not yet covered by a checkpoint.'),
          schema: 'LogPending',
          headers: ['Retry-After'],
        },
      },
    },
    'RECORD_UNKNOWN',
  ),
  open({
    path: '/.well-known/audit-keys',
    id: 'auditKeys',
    summary: both('核对日志所用的公钥', 'Public keys that verify the log'),
    about: both(
      '每行一个 C2SP vkey，当前的在前。请另由可信途径核对。',
      'C2SP vkeys, one a line, the current one first. Compare them with what you got by another way.',
    ),
    parameters: [],
    answers: ok(null, '公钥。', 'The keys.'),
  }),
  open({
    path: '/.well-known/audit-key-successions',
    id: 'auditKeySuccessions',
    summary: both('密钥更替的签名声明', 'Signed statements by which one key follows another'),
    about: both('最新的在前。', 'Newest first.'),
    parameters: [],
    answers: ok('LogKeySuccessions', '声明。', 'The statements.'),
  }),
]

export const AUDIT_LOG_SCHEMAS: Readonly<Record<string, Schema>> = {
  LogShard: object(said('一年的日志', 'The log of a year'), {
    year: { type: 'integer', description: said('年份', 'Year') },
    origin: text('检查点第一行', 'First line of its checkpoints'),
    size: count('已签名的条数', 'Entries that are signed for'),
  }),
  LogShards: page(said('各年的日志', 'The logs'), 'shards', 'LogShard'),
  LogPending: object(said('尚未签名', 'Not signed for yet'), { state: { const: 'pending' } }),
  LogKeySuccessions: object(said('密钥更替', 'Successions of keys'), {
    successions: { type: 'array', items: text('C2SP signed-note', 'A C2SP signed note') },
    next: { type: 'null' },
  }),
}
