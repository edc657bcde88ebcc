// Sample messages for the sandbox cities, in the gateway's own names.

export const zhangWei = {
  type: 'person',
  name: '张伟',
  certType: '111',
  certNo: '210102199003070011',
  mobile: '13800000000',
}
export const unknownPerson = { ...zhangWei, name: '周敏', certNo: '11010519491231002X' }
export const alwaysRefused = { ...zhangWei, name: '李不予', certNo: '21010219750505002X' }
export const firm = {
  type: 'organization',
  name: '沈阳示例科技有限公司',
  uscc: '91210102MA0XY2K725',
  legalRepresentative: { name: '张伟', certType: '111', certNo: '210102199003070011' },
  contact: { name: '王芳', mobile: '13900000000' },
}

const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A case number as the gateway makes them. */
export function newCaseNo(): string {
  const letters = Array.from({ length: 12 }, () => LETTERS[Math.floor(Math.random() * LETTERS.length)])
  return `20261122-${letters.join('')}`
}

export const queryForms = {
  'ss-personal-rights-record': (division: string) => ({
    insuredDivision: division,
    insuranceType: '110',
    startMonth: '2026-01',
    endMonth: '2026-03',
    contents: ['contributions', 'account'],
    resultForm: 'printable',
  }),
  'hf-account-loan-query': (division: string) => ({
    fundCentre: division.slice(0, 4),
    contents: ['account', 'contributions', 'loan'],
    startMonth: '2026-01',
    endMonth: '2026-02',
  }),
  're-registry-query': (division: string) => ({
    propertyDivision: division,
    querierType: 'holder',
    searchBy: 'owner',
    contents: ['rights', 'mortgage'],
    purposeKind: 'own-use',
    wantCertificate: true,
    useCommitment: true,
  }),
  'mr-registration-archive-query': (division: string) => ({
    registeringDivision: division,
    entityName: '沈阳示例科技有限公司',
    uscc: '91210102MA0XY2K725',
    querierType: 'entity',
    archiveKind: 'machine-readable',
    contents: ['basic', 'shareholders', 'officers', 'changes', 'filings'],
  }),
} as const

/** A retirement withdrawal, the application that the tests file. */
export const retirement = (division: string) => ({
  fundCentre: division.slice(0, 4),
  accountNo: '210100012345',
  retiredOn: '2026-03-01',
  retirementKind: 'age',
  loanState: 'settled',
  scope: 'all',
  payee: { accountName: '张伟', bankName: '中国建设银行', accountNo: '6217000730012345670' },
  declaration: true,
})
