// The items that the sandbox cities handle: which legs, routed by which field, and what a form must at least hold.

export interface HandledItem {
  readonly code: string
  readonly interaction: 'query' | 'application'
  readonly legs: readonly { readonly key: string; readonly routingField: string }[]
  /** JSON Pointers into the submission that a case cannot do without. */
  readonly required: readonly string[]
}

const handled = (
  code: string,
  interaction: HandledItem['interaction'],
  legs: Readonly<Record<string, string>>,
  fields: string,
): HandledItem => ({
  code,
  interaction,
  legs: Object.entries(legs).map(([key, field]) => ({ key, routingField: `/form/${field}` })),
  required: fields.split(' ').map((field) => `/form/${field}`),
})

const ITEMS: readonly HandledItem[] = [
  handled(
    'ss-personal-rights-record',
    'query',
    { answer: 'insuredDivision' },
    'insuranceType startMonth endMonth contents',
  ),
  handled('hf-account-loan-query', 'query', { answer: 'fundCentre' }, 'contents'),
  handled('re-registry-query', 'query', { answer: 'propertyDivision' }, 'querierType searchBy contents purposeKind'),
  handled('mr-registration-archive-query', 'query', { answer: 'registeringDivision' }, 'uscc querierType contents'),
  handled(
    'mi-remote-care-filing',
    'application',
    { decide: 'insuredDivision' },
    'insuranceType filingType careDivision startDate contactName contactMobile',
  ),
  handled(
    'hf-purchase-withdrawal',
    'application',
    { verify: 'property/division', decide: 'fundCentre' },
    'accountNo property/address property/priceYuan amountYuan payee/accountNo',
  ),
  handled(
    'hf-retirement-withdrawal',
    'application',
    { decide: 'fundCentre' },
    'accountNo retiredOn retirementKind scope payee/accountNo',
  ),
  handled(
    'ps-id-card-renewal',
    'application',
    { decide: 'hukouDivision' },
    'hukouAddress sex nation birthDate reason delivery/mode',
  ),
  handled(
    'ps-hukou-transfer-spouse',
    'application',
    { destination: 'destination/division', origin: 'origin/division' },
    'destination/address origin/address headOfHousehold/certNo movers marriage/certificateNo',
  ),
  handled(
    'mr-licence-replacement',
    'application',
    { decide: 'registeringDivision' },
    'entityName uscc entityKind reason duplicateCount delivery/mode',
  ),
  handled(
    'ss-employee-pension-transfer',
    'application',
    { destination: 'destination/division', origin: 'origin/division' },
    'destination/employment origin/insuredPeriod hukouDivision delivery/mode',
  ),
  handled(
    'ca-disability-subsidies',
    'application',
    { decide: 'hukouDivision' },
    'hukouAddress subsidies disability/certificateNo payee/accountNo',
  ),
]

const BY_CODE = new Map(ITEMS.map((item) => [item.code, item]))

export function findItem(code: string): HandledItem | null {
  return BY_CODE.get(code) ?? null
}
