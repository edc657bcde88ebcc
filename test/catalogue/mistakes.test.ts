// Each form takes its sample as it is, and names each mistake once: where, by which rule, in both languages.

import t from 'tap'
import { mistakes, sampleOf } from './fixture.ts'
import type { Loose } from './fixture.ts'

type Mutation = readonly [change: (body: Loose) => void, pointer: string, rule: string, zh: RegExp, en: RegExp]

// prettier-ignore
const MUTATIONS: Readonly<Record<string, readonly Mutation[]>> = {
  'ss-personal-rights-record': [
    [(b) => delete b['form'].insuranceType, '/form/insuranceType', 'required', /^“险种”必须填写$/, /^“Kind of insurance” is required$/],
    [(b) => (b['form'].insuranceType = '999'), '/form/insuranceType', 'enum', /110（企业职工基本养老保险）、120/, /410 \(Work injury insurance\)$/],
    [(b) => (b['form'].endMonth = '2024-12'), '/form/endMonth', 'x-not-before', /“截止月份”不能早于“起始月份”/, /“To month” should not be before “From month”/],
    [(b) => (b['form'].startMonth = '2025-13'), '/form/startMonth', 'format', /不是存在的月份/, /no month that exists/],
    [(b) => (b['form'].contents = []), '/form/contents', 'minItems', /“查询内容”至少 1 项/, /at least 1 entry/],
    [(b) => b['form'].contents.push('account'), '/form/contents', 'uniqueItems', /重复/, /twice/],
    [(b) => (b['form'].contents[1] = 'all'), '/form/contents/1', 'enum', /“查询内容第 2 项”应为以下之一/, /“What to show 2” should be one of enrolment/],
    [(b) => (b['form'].remark = 'x'), '/form/remark', 'additionalProperties', /没有名为“remark”的字段/, /no field named “remark”/],
    [(b) => (b['agent'] = {}), '/agent/name', 'required', /“代理人·姓名”必须填写/, /“Agent · Name” is required/],
  ],
  'ss-employee-pension-transfer': [
    [(b) => delete b['form'].destination.employment.employerUscc, '/form/destination/employment/employerUscc', 'required', /用人单位统一社会信用代码/, /Unified social credit code of the employer/],
    [(b) => (b['form'].destination.employment.kind = 'flexible'), '/form/destination/employment/employerName', 'not-allowed', /在所选情形下不应填写/, /should be left out/],
    [(b) => (b['form'].destination.employment.employerUscc = '91210102MA0XY2K72A'), '/form/destination/employment/employerUscc', 'format', /第 18 位校验码应为 5/, /18th character should be 5/],
    [(b) => (b['form'].origin.insuredPeriod.endMonth = '2013-01'), '/form/origin/insuredPeriod/endMonth', 'x-not-before', /不能早于/, /before/],
    [(b) => (b['form'].overlap = true), '/form/overlapHandling', 'required', /“重复缴费处理”必须填写/, /is required/],
    [(b) => (b['form'].overlap = 'false'), '/form/overlap', 'type', /应为是（true）或否（false）/, /should be true or false/],
    [(b) => (b['form'].declaration = false), '/form/declaration', 'const', /必须确认/, /must be confirmed/],
    [(b) => (b['form'].delivery = { mode: 'mail', recipient: '张伟', address: '沈阳市' }), '/form/delivery/mobile', 'required', /收件人手机号码/, /Mobile of the recipient/],
  ],
  'hf-account-loan-query': [
    [(b) => (b['form'].fundCentre = '21010'), '/form/fundCentre', 'pattern', /“缴存地公积金中心”应为 4 位数字/, /should be 4 digits/],
    [(b) => delete b['form'].startMonth, '/form/startMonth', 'required', /起始月份/, /From month/],
    [(b) => (b['form'].accountNo = 'abc'), '/form/accountNo', 'pattern', /6 至 20 位大写字母或数字/, /6 to 20 capital letters/],
    [(b) => (b['form'].contents = 'account'), '/form/contents', 'type', /应为列表/, /should be a list/],
    [(b) => (b['applicant'].certNo = '210102199003070012'), '/applicant/certNo', 'format', /“申请人·证件号码”第 18 位校验码应为 1/, /“Applicant · Document number”: the 18th/],
  ],
  'hf-purchase-withdrawal': [
    [(b) => (b['form'].amountYuan = 120000), '/form/amountYuan', 'type', /应为文本/, /should be a text/],
    [(b) => (b['form'].amountYuan = '0'), '/form/amountYuan', 'format', /应大于零/, /more than zero/],
    [(b) => delete b['form'].property.invoiceNo, '/form/property/invoiceNo', 'required', /“所购住房·发票号码”必须填写/, /“Home bought · Invoice number” is required/],
    [(b) => delete b['form'].spouse, '/form/spouse', 'required', /配偶提取/, /Withdrawal by the spouse/],
    [(b) => (b['form'].spouse.certNo = '210303198511290022'), '/form/spouse/certNo', 'format', /应为 1/, /should be 1/],
    [(b) => (b['form'].maritalState = 'divorced'), '/form/maritalState', 'const', /应为 married（已婚）/, /should be married \(Married\)/],
    [(b) => (b['form'].payee.accountNo = '6217000730012345671'), '/form/payee/accountNo', 'format', /银行卡号校验不通过/, /no valid card number/],
    [(b) => (b['form'].ownershipSharePercent = 0), '/form/ownershipSharePercent', 'exclusiveMinimum', /应大于 0/, /more than 0/],
    [(b) => (b['form'].property.areaSquareMetres = 20000), '/form/property/areaSquareMetres', 'maximum', /不能大于 10000/, /not be more than 10000/],
    [(b) => (b['form'].spouseWithdraws = false), '/form/spouse', 'not-allowed', /不应填写/, /left out/],
  ],
  'hf-retirement-withdrawal': [
    [(b) => (b['form'].retiredOn = '2026-12-31'), '/form/retiredOn', 'format', /不能晚于今天/, /not be later than today/],
    [(b) => delete b['form'].retirementDocumentNo, '/form/retirementDocumentNo', 'required', /编号/, /required/],
    [(b) => (b['form'].scope = 'amount'), '/form/amountYuan', 'required', /提取金额/, /Amount/],
    [(b) => (b['form'].offsetLoan = true), '/form/offsetLoan', 'not-allowed', /不应填写/, /left out/],
    [(b) => (b['form'].loanState = 'outstanding'), '/form/offsetLoan', 'required', /先冲还贷款余额/, /Repay the loan/],
    [(b) => (b['form'].payee.accountName = '  '), '/form/payee/accountName', 'format', /不能为空/, /not be blank/],
  ],
  're-registry-query': [
    [(b) => (b['form'].searchBy = 'certificate'), '/form/certificateNo', 'required', /不动产权证书号/, /Number of the title certificate/],
    [(b) => (b['form'].unitNo = '210102001001GB00001F00010001'), '/form/unitNo', 'not-allowed', /不应填写/, /left out/],
    [(b) => (b['form'].querierType = 'interested'), '/form/interest', 'required', /利害关系/, /Interest/],
    [(b) => (b['form'].useCommitment = false), '/form/useCommitment', 'const', /必须确认/, /confirmed/],
    [(b) => (b['form'].purposeKind = 'curiosity'), '/form/purposeKind', 'enum', /查询目的/, /Purpose/],
    [(b) => (b['form'].wantCertificate = 1), '/form/wantCertificate', 'type', /true/, /true or false/],
    [(b) => (b['applicant'].type = 'company'), '/applicant/type', 'enum', /person（个人）、organization（单位）/, /Person/],
  ],
  'mr-registration-archive-query': [
    [(b) => (b['form'].uscc = '91210102MA0XY2K735'), '/form/uscc', 'format', /第 17 位/, /17th/],
    [(b) => (b['form'].querierType = 'lawyer'), '/form/lawyer', 'required', /律师/, /Lawyer/],
    [(b) => (b['form'].periodUntil = '2026-01-01'), '/form/periodFrom', 'dependentRequired', /因为填写了“档案截止日期”/, /where “Archive until” is given/],
    [(b) => delete b['form'].entityName, '/form/entityName', 'required', /市场主体名称/, /Name of the business/],
    [(b) => (b['applicant'].legalRepresentative.certNo = '1'), '/applicant/legalRepresentative/certNo', 'format', /“申请人·法定代表人（负责人）·证件号码”应为 18 位/, /Legal representative/],
    [(b) => delete b['applicant'].contact.mobile, '/applicant/contact/mobile', 'required', /联系人·手机号码/, /Contact · Mobile number/],
  ],
  'mr-licence-replacement': [
    [(b) => delete b['form'].announcement, '/form/announcement', 'required', /遗失声明/, /Declaration of loss/],
    [(b) => Object.assign(b['form'], { wantOriginal: false, duplicateCount: 0 }), '/form/duplicateCount', 'minimum', /不能小于 1/, /less than 1/],
    [(b) => (b['form'].duplicateCount = 1.5), '/form/duplicateCount', 'type', /应为整数/, /whole number/],
    [(b) => (b['form'].returnsOldLicence = true), '/form/returnsOldLicence', 'not-allowed', /不应填写/, /left out/],
    [(b) => delete b['agent'].authorization.until, '/agent/authorization/until', 'required', /授权有效期至/, /Valid until/],
    [(b) => (b['form'].delivery.window = 'home'), '/form/delivery/window', 'enum', /领取地点/, /Where to collect it/],
  ],
  'mi-remote-care-filing': [
    [(b) => (b['form'].filingType = 'other-temporary'), '/form/endDate', 'required', /备案结束日期/, /Filing ends on/],
    [(b) => (b['form'].endDate = '2026-11-01'), '/form/endDate', 'x-not-before', /不能早于“备案开始日期”/, /before “Filing starts on”/],
    [(b) => delete b['form'].commitment, '/form/commitment', 'required', /承诺/, /declare/],
    [(b) => (b['form'].contactMobile = '12345'), '/form/contactMobile', 'format', /应为 11 位，现为 5 位/, /should have 11 characters, has 5/],
    [(b) => delete b['form'].residenceAddress, '/form/residenceAddress', 'required', /居住地址/, /Address at the place of care/],
    [(b) => (b['form'].careDivision = '2101'), '/form/careDivision', 'format', /就医地行政区划代码/, /Division of care/],
    [(b) => (b['form'].referral = { reason: 1 }), '/form/referral', 'not-allowed', /不应填写/, /left out/],
  ],
  'ps-id-card-renewal': [
    [(b) => (b['form'].nation = '57'), '/form/nation', 'enum', /01（汉族）.*等 56 种之一/, /01 \(Han\).*56 in all/],
    [(b) => (b['form'].fingerprint.state = 'unable'), '/form/fingerprint/unableReason', 'required', /无法采集的原因/, /Why it cannot be taken/],
    [(b) => (b['form'].birthDate = '2012-05-01'), '/form/guardian', 'x-guardian-under', /未满 16 周岁/, /under 16/],
    [(b) => (b['form'].reason = 'data-changed'), '/form/changedFields', 'required', /变更内容/, /What changed/],
    [(b) => (b['form'].currentCard.validUntil = '2010-01-01'), '/form/currentCard/validUntil', 'x-not-before', /有效期起/, /Valid from/],
    [(b) => (b['form'].hukouAddress = ''), '/form/hukouAddress', 'minLength', /至少 2 个字符/, /at least 2 characters/],
    [(b) => (b['form'].hukouAddress = '辽'.repeat(201)), '/form/hukouAddress', 'maxLength', /最多 200 个字符/, /at most 200 characters/],
  ],
  'ps-hukou-transfer-spouse': [
    [(b) => (b['form'].movers = []), '/form/movers', 'minItems', /迁移人/, /Persons moving/],
    [(b) => (b['form'].movers[0].sex = '男'), '/form/movers/0/sex', 'enum', /“迁移人第 1 项·性别”应为以下之一：1（男）、2（女）/, /“Persons moving 1 · Sex” should be one of 1 \(Male\), 2 \(Female\)/],
    [(b) => (b['form'].movers = Array.from({ length: 7 }, () => b['form'].movers[0])), '/form/movers', 'maxItems', /最多 6 项/, /at most 6 entries/],
    [(b) => (b['form'].marriage.certificateNo = '12'), '/form/marriage/certificateNo', 'pattern', /J210102-2018-000123/, /J210102-2018-000123/],
    [(b) => delete b['form'].housing.certificateNo, '/form/housing/certificateNo', 'required', /迁入地住所/, /Home at the place moved to/],
    [(b) => (b['form'].headOfHousehold = null), '/form/headOfHousehold', 'type', /应为一组字段/, /a group of fields/],
  ],
  'ca-disability-subsidies': [
    [(b) => delete b['form'].hardship, '/form/hardship', 'required', /困难情况/, /Hardship/],
    [(b) => (b['form'].subsidies = ['living']), '/form/care', 'not-allowed', /不应填写/, /left out/],
    [(b) => (b['form'].disability.certificateNo = '21010219900307001182'), '/form/disability/certificateNo', 'format', /第 19 位残疾类别/, /19th character/],
    [(b) => (b['form'].disability.grade = '4'), '/form/disability/grade', 'enum', /1（一级）、2（二级）、3（三级）/, /3 \(Grade 3\)$/],
    [(b) => (b['form'].incomeCheckConsent = 'yes'), '/form/incomeCheckConsent', 'type', /true/, /true or false/],
    [(b) => delete b['form'].residence.division, '/form/residence/division', 'required', /现居住地/, /Present residence/],
  ],
}

t.test('each item names what is wrong with a form', (t) => {
  for (const [code, mutations] of Object.entries(MUTATIONS)) {
    t.strictSame(mistakes(code, sampleOf(code)), [], `${code} takes its sample`)
    for (const [change, pointer, rule, zh, en] of mutations) {
      const body = sampleOf(code)
      change(body)
      const found = mistakes(code, body).find((entry) => entry.pointer === pointer)
      t.match(found, { rule, message: { zh, en } }, `${code} ${pointer} ${rule}`)
    }
  }
  t.end()
})

t.test('one mistake is told once', (t) => {
  const all = Object.entries(MUTATIONS).flatMap(([code, mutations]) =>
    mutations.filter(([, , rule]) => rule !== 'not-allowed').map((mutation) => ({ code, mutation })),
  )
  // A change of one answer may call for several others; a value that is wrong in itself must not.
  const VALUES = new Set([
    'format',
    'pattern',
    'enum',
    'const',
    'minLength',
    'maxLength',
    'maximum',
    'uniqueItems',
    'x-not-before',
  ])
  for (const { code, mutation } of all) {
    const [change, pointer, rule] = mutation
    if (!VALUES.has(rule)) continue
    const body = sampleOf(code)
    change(body)
    const found = mistakes(code, body)
    t.equal(found.length, 1, `${code} ${pointer} ${rule}: ${JSON.stringify(found.map((entry) => entry.pointer))}`)
  }
  t.end()
})
