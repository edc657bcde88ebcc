// Shenfu's and Shenyang's protocols write and read exactly what their wire documents show.

import t from 'tap'
import { openSecret, sign } from '../../src/cities/signing/national-exchange.ts'
import type { WireAnswer } from '../../src/cities/wire.ts'
import { KEY, message, REFERENCE } from './support/city.ts'
import { stamp, shenfu, shenyang, full, jsonAnswer, readingOf } from './support/protocols.ts'

t.test('shenfu: the example of the wire document, byte for byte', (t) => {
  const request = shenfu.deliver(message, stamp)
  t.same(request.headers, {
    'content-type': 'application/json',
    accept: 'application/json',
    reference: REFERENCE,
  })
  t.equal(request.path, '/v1/applications')
  t.equal(
    request.body?.toString(),
    '{"reference":"20261122-7Q2M9X4KTB0C.decide","item":"hf-retirement-withdrawal","leg":"decide",' +
      '"takenAt":"2026-11-22T10:00:00.000Z","handlingMode":"full-online","applicant":{"type":"person","name":"张伟",' +
      '"certType":"111","certNo":"210102199003070011","mobile":"13800000000"},"form":{"fundCentre":"2115"},' +
      '"materials":[{"code":"id-card","held":"sharedData"}]}',
  )
  t.equal(shenfu.enquire(message, stamp).path, `/v1/applications/by-reference/${REFERENCE}`)
  t.equal(shenfu.health(stamp).path, '/v1/health')
  t.end()
})

function error(code: string): unknown {
  return { error: { code, message: '' } }
}

t.test('shenfu: each answer of the wire document', (t) => {
  const reasons = [{ code: 'NOT_COMPETENT', message: '不属于本地管辖' }]
  const taken = { kind: 'taken', backendCaseNo: '211500-2026-000123', cityStatus: 'received', state: 'pre-accepted' }
  const body = { caseNo: '211500-2026-000123', status: 'received' }
  const deliver = (status: number, value: unknown) =>
    readingOf(() => shenfu.readDeliver(message, jsonAnswer(status, value)))
  const enquiry = (status: number, value: unknown) =>
    readingOf(() => shenfu.readEnquiry(message, jsonAnswer(status, value)))
  const query = (status: number, value: unknown) =>
    readingOf(() => shenfu.readQuery(message, jsonAnswer(status, value)))

  t.same(deliver(201, body), taken)
  t.same(deliver(200, body), taken)
  t.same(deliver(422, { reasons }), { kind: 'refused', reasons })
  t.same(deliver(201, { ...body, status: 'queued' }), { ...taken, cityStatus: 'queued' }, 'an unknown status is kept')
  t.equal(deliver(409, error('REFERENCE_REUSED')), 'maybe CITY_MESSAGE_REFUSED')
  t.equal(deliver(400, error('MALFORMED')), 'no CITY_MESSAGE_REFUSED')
  t.equal(deliver(413, error('TOO_LARGE')), 'no CITY_MESSAGE_REFUSED')
  t.equal(deliver(401, error('UNAUTHORIZED')), 'no CITY_CERTIFICATE_REFUSED')
  t.equal(deliver(500, error('INTERNAL')), 'CITY_ERROR')
  t.equal(deliver(422, { reasons: [] }), 'CITY_GARBLED')
  t.same(enquiry(200, { reference: REFERENCE, ...body }), taken)
  t.same(enquiry(200, { reference: REFERENCE, status: 'refused', reasons }), { kind: 'refused', reasons })
  t.same(enquiry(404, error('REFERENCE_UNKNOWN')), { kind: 'not-known' })
  t.equal(enquiry(404, error('NOT_FOUND')), 'no CITY_MESSAGE_REFUSED', 'a wrong path is not an unknown reference')
  t.equal(enquiry(200, { reference: 'another', ...body }), 'CITY_GARBLED')
  t.same(query(200, { found: true, result: { balance: 1 } }), { kind: 'found', result: { balance: 1 } })
  t.same(query(200, { found: false }), { kind: 'nothing-found' })
  t.equal(query(200, { found: 'yes' }), 'CITY_GARBLED')
  t.equal(
    readingOf(() => shenfu.readHealth(jsonAnswer(200, { status: 'ok', city: 'shenfu' }))),
    true,
  )
  t.equal(
    readingOf(() => shenfu.readHealth(jsonAnswer(200, { status: 'sick' }))),
    'CITY_GARBLED',
  )
  t.end()
})

t.test('shenyang: the signatures and the secret that openssl made in the wire document', (t) => {
  const rtime = '1795341600000'
  t.equal(
    sign(Buffer.from(KEY), 'SY-AUTH-0001', 'KYTB-GATEWAY', rtime, Buffer.from('{}')),
    'sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE=',
  )
  const secret = openSecret(
    Buffer.from(KEY),
    'RVdfQcRh40NFWROu0x2eNn/vIV13zMIOuyX40IC+DHnt431G2Buvyviq8DpkRAnW',
    'AAECAwQFBgcICQoLDA0ODw==',
  )
  t.equal(secret.toString(), 'f3Kp9sWzQ1vN7yTb2LmR8xHcD4jU6gEaV0oIiP5kYtZ')
  const body =
    '{"project_no":"20261122-7Q2M9X4KTB0C.decide","task_code":"hf-retirement-withdrawal","task_handle_item":"decide","applyer_name":"张伟"}'
  t.equal(
    sign(secret, 'SY-APPLY-0001', 'KYTB-GATEWAY', rtime, Buffer.from(body)),
    'ofQq5w0FmU/8tU6VdB4YPvqKcF13i9zVHzLn9zQuiQo=',
  )
  t.same(shenyang.secret?.request(stamp).headers, {
    'content-type': 'application/json',
    accept: 'application/json',
    gjgxjhpt_rid: 'KYTB-GATEWAY',
    gjgxjhpt_sid: 'SY-AUTH-0001',
    gjgxjhpt_rtime: rtime,
    gjgxjhpt_sign: 'sWeOarkzmYOo/Z9CfTM8eHsTAw9ZiCp299Kq9YAYJUE=',
  })
  t.equal(shenyang.secret?.request(stamp).body?.toString(), '{}')
  t.end()
})

t.test('shenyang: every member of a message stands where the table says', (t) => {
  t.same(JSON.parse(shenyang.deliver(full, stamp).body?.toString() ?? ''), {
    project_no: REFERENCE,
    related_project_no: '210400-2026-000001',
    task_code: 'hf-retirement-withdrawal',
    task_handle_item: 'decide',
    apply_date: '2026-11-22 18:00:00',
    handle_mode: '2',
    accept_area: '210400',
    applyer_type: '2',
    applyer_name: '沈阳<清&泉>商贸有限公司',
    applyer_page_type: '001',
    applyer_page_code: '91210102MA0XY2K725',
    legal: '张伟',
    legal_page_type: '111',
    legal_page_code: '210102199003070011',
    contact_name: '李丽',
    contact_mobile: '13800000001',
    address: '沈阳市和平区南京北街1号',
    agent_name: '王芳',
    agent_page_type: '111',
    agent_page_code: '210303198511290021',
    agent_mobile: '13800000002',
    agent_basis: 'power-of-attorney',
    agent_basis_no: '委2026-1',
    agent_basis_end: '2026-12-31',
    apply_purpose: '办理提取',
    verify_type: 'id-card-reader',
    verify_time: '2026-11-22 17:59:00',
    form_data: { fundCentre: '2101', amountYuan: '12500.5' },
    material_list: [{ material_code: 'id-card', get_type: '1', attach_id: 'm-1' }],
  })
  t.same(JSON.parse(shenyang.query(message, stamp).body?.toString() ?? ''), {
    project_no: REFERENCE,
    task_code: 'hf-retirement-withdrawal',
    task_handle_item: 'decide',
    apply_date: '2026-11-22 18:00:00',
    handle_mode: '1',
    applyer_type: '1',
    applyer_name: '张伟',
    applyer_page_type: '111',
    applyer_page_code: '210102199003070011',
    contact_mobile: '13800000000',
    form_data: { fundCentre: '2115' },
    material_list: [{ material_code: 'id-card', get_type: '4' }],
  })
  t.equal(shenyang.enquire(message, stamp).body?.toString(), `{"project_no":"${REFERENCE}"}`)
  t.end()
})

function answer(code: string, data: unknown): WireAnswer {
  return jsonAnswer(200, { code, msg: '', data })
}

t.test('shenyang: each answer of the wire document', (t) => {
  const deliver = (code: string, data: unknown) => readingOf(() => shenyang.readDeliver(message, answer(code, data)))
  const enquiry = (code: string, data: unknown) => readingOf(() => shenyang.readEnquiry(message, answer(code, data)))
  const query = (code: string, data: unknown) => readingOf(() => shenyang.readQuery(message, answer(code, data)))
  const theirs = { project_no: REFERENCE, accept_no: '210100-2026-000123', status: '1' }
  const taken = { kind: 'taken', backendCaseNo: '210100-2026-000123', cityStatus: '1', state: 'pre-accepted' }
  const reasons = [{ reason_code: 'B02', reason_desc: '不属于本市管辖' }]
  const refused = { kind: 'refused', reasons: [{ code: 'B02', message: '不属于本市管辖' }] }

  t.same(deliver('0000', theirs), taken)
  t.equal(deliver('0000', { ...theirs, project_no: 'another' }), 'CITY_GARBLED')
  t.same(deliver('3001', { reasons }), refused)
  t.equal(deliver('2001', null), 'maybe CITY_MESSAGE_REFUSED')
  for (const code of ['1001', '1002', '4014', '4040']) t.equal(deliver(code, null), 'no CITY_MESSAGE_REFUSED')
  for (const code of ['4010', '4012']) t.equal(deliver(code, null), 'no CITY_SIGNATURE_REFUSED renew')
  for (const code of ['4011', '4013']) t.equal(deliver(code, null), 'no CITY_SIGNATURE_REFUSED')
  t.equal(deliver('5000', null), 'CITY_ERROR')
  t.equal(deliver('7777', null), 'CITY_GARBLED')
  t.same(enquiry('0000', theirs), taken)
  t.same(enquiry('0000', { project_no: REFERENCE, status: '9', reasons }), refused)
  t.same(enquiry('2002', null), { kind: 'not-known' })
  t.same(query('0000', { exist: '1', result: { a: 1 } }), { kind: 'found', result: { a: 1 } })
  t.same(query('0000', { exist: '0' }), { kind: 'nothing-found' })
  t.same(query('3001', { reasons }), refused)
  t.equal(
    readingOf(() => shenyang.readHealth(answer('0000', { status: 'UP' }))),
    true,
  )
  t.equal(
    readingOf(() => shenyang.readDeliver(message, jsonAnswer(404, { code: '0000' }))),
    'CITY_GARBLED',
  )
  t.end()
})

t.test('an answer that two parsers could read differently is none', (t) => {
  const said = (text: string): WireAnswer => ({ ...jsonAnswer(201, {}), bytes: Buffer.from(text) })
  const deliver = (text: string) => readingOf(() => shenfu.readDeliver(message, said(text)))
  t.match(deliver('{"caseNo":"1","status":"received"}'), { kind: 'taken', backendCaseNo: '1' })
  for (const text of [
    '{"caseNo":"1","caseNo":"2","status":"received"}',
    '{"caseNo":"1","c\\u0061seNo":"2","status":"received"}',
    '{"caseNo":"1","status":"received","fee":9007199254740993}',
    `{"caseNo":"1","status":"received","deep":${'['.repeat(100)}${']'.repeat(100)}}`,
  ]) {
    t.equal(deliver(text), 'CITY_GARBLED', text)
  }
  t.end()
})
