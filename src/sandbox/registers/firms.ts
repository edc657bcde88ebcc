// The register of firms: what it holds of the known ones.

import { type Ask, asksFor, checkable, issued } from './extract.ts'
import { findFirm } from './people.ts'

/** 登记档案 of the firm that the form names; anybody may ask. */
export function registrationArchive(ask: Ask): object | null {
  const { place, form } = ask
  const firm = findFirm(place.city, String(form['uscc']))
  if (firm === null) return null
  const entity = {
    name: firm.name,
    uscc: firm.uscc,
    kind: firm.uscc.startsWith('92') ? 'sole-trader' : firm.uscc.startsWith('93') ? 'cooperative' : 'company',
    legalRepresentative: '张伟',
    registeredCapitalYuan: '5000000.00',
    registeredOn: '2016-03-09',
    operatingUntil: '2036-03-08',
    address: `${place.name}示例路1号`,
    scope: '软件开发；信息技术咨询服务；计算机软硬件零售',
    state: 'active',
    authority: `${place.name}市场监督管理局`,
  }
  const shareholders = [
    { name: '张伟', sharePercent: 60, subscribedYuan: '3000000.00' },
    { name: '王芳', sharePercent: 40, subscribedYuan: '2000000.00' },
  ]
  const officers = [
    { name: '张伟', post: '执行董事兼经理' },
    { name: '王芳', post: '监事' },
  ]
  const changes = [{ date: '2021-08-02', what: '注册资本变更', before: '1000000 元', after: '5000000 元' }]
  const filings = [{ date: '2021-08-02', what: '章程备案' }]
  return {
    entity,
    ...(asksFor(ask, 'shareholders') ? { shareholders } : {}),
    ...(asksFor(ask, 'officers') ? { officers } : {}),
    ...(asksFor(ask, 'changes') ? { changes } : {}),
    ...(asksFor(ask, 'filings') ? { filings } : {}),
    ...issued(ask, '市场监督管理局'),
    ...checkable(ask, 7),
  }
}
