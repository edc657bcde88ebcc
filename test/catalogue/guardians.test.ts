// A minor applies through a guardian: under the age that the item names, on the birthday no more, and in one of two ways.

import t from 'tap'
import { identityCheckCharacter } from '../../src/catalogue/identity-numbers.ts'
import { guardianUnder } from '../../src/catalogue/guardians.ts'
import { catalogue, mistakes, sampleOf, type Loose } from './fixture.ts'

/** China's day of `clock` in the fixture is 2026-11-22. */
const bornOn = (day: string): string => {
  const head = `210199${day.replaceAll('-', '')}001`
  return head + identityCheckCharacter(head)
}
const PARENT = { name: '王芳', certType: '111', certNo: '210303198511290021', mobile: '13800000001' }
const agent = (kind: string) => ({
  ...PARENT,
  authorization: { kind, ...(kind === 'guardianship' ? {} : { reference: '委-1', until: '2099-01-01' }) },
})

function told(code: string, born: string, change: (body: Loose) => void = () => undefined) {
  const body = structuredClone(sampleOf(code))
  body['applicant'].certNo = bornOn(born)
  change(body)
  return mistakes(code, body).filter(({ rule }) => rule === 'guardian')
}

t.test('under eighteen by default, sixteen where the item says so', (t) => {
  t.match(told('mi-remote-care-filing', '2008-11-23'), [
    { pointer: '/agent', message: { zh: /未满 18 周岁.*监护人/, en: /under 18.*guardian/ } },
  ])
  t.strictSame(told('mi-remote-care-filing', '2008-11-22'), [], 'on the birthday no more')
  t.match(told('hf-purchase-withdrawal', '2010-11-23'), [{ pointer: '/agent', message: { zh: /未满 16 周岁/ } }])
  t.strictSame(told('hf-purchase-withdrawal', '2010-11-22'), [])
  t.strictSame(told('mi-remote-care-filing', '1990-03-07'), [])
  t.end()
})

t.test('the guardian is the agent, or the one whom the form asks for', (t) => {
  const child = '2020-01-31'
  t.strictSame(
    told('mi-remote-care-filing', child, (body) => (body['agent'] = agent('guardianship'))),
    [],
  )
  t.match(
    told('mi-remote-care-filing', child, (body) => (body['agent'] = agent('power-of-attorney'))),
    [{ pointer: '/agent/authorization/kind' }],
    'a minor gives nobody power of attorney',
  )
  const guardian = { name: '王芳', certNo: PARENT.certNo, relation: '50', mobile: PARENT.mobile }
  t.strictSame(
    told('ps-id-card-renewal', child, (body) => (body['form'].guardian = guardian)),
    [],
  )
  t.match(told('ps-id-card-renewal', child), [{ pointer: '/agent' }])
  t.strictSame(
    told('mi-remote-care-filing', child, (body) => (body['agent'] = 'mother')),
    [],
    'what is no object the schema refuses',
  )
  t.end()
})

t.test('who only asks needs none, firms neither, and other documents tell no age', (t) => {
  t.strictSame(told('ss-personal-rights-record', '2020-01-31'), [])
  t.strictSame(
    told('mi-remote-care-filing', '2020-01-31', (body) =>
      Object.assign(body['applicant'], { certType: '414', certNo: 'E12345678' }),
    ),
    [],
  )
  for (const item of catalogue.items) {
    const years = guardianUnder(item)
    t.equal(years === null, item.interaction === 'query' || item.applicantType === 'organization', item.code)
    const form = catalogue.form(item, catalogue.citiesOffering(item)[0] ?? '')
    t.equal(form['x-guardian-needed-under'] ?? null, years, item.code)
  }
  t.end()
})
