// The items that the sandbox cities handle: which legs, routed by which field, and what a form must at least hold.

export interface HandledItem {
  readonly code: string
  readonly interaction: 'query' | 'application'
  readonly legs: readonly { readonly key: string; readonly routingField: string }[]
  /** JSON Pointers into the submission that a case cannot do without. */
  readonly required: readonly string[]
}

/**
 * A row for each item: code, interaction, legs with the field of the form that tells whose they are, main fields.
 * Items that are decided where they are taken have no row: nobody sends them on.
 */
const TABLE = `
ss-personal-rights-record query answer=insuredDivision insuranceType startMonth endMonth contents
ss-employee-pension-transfer application destination=destination/division,origin=origin/division,finish=destination/division destination/employment origin/insuredPeriod hukouDivision delivery/mode
ss-pension-eligibility-check application decide=insuredDivision insuranceType benefitKind residence verification eligibilityState
ss-dependant-eligibility-check application decide=insuredDivision deceased dependantKind supportGround birthDate residence
ss-resident-pension-transfer application destination=destination/division,origin=origin/division,finish=destination/division hukouMovedOn reason insuredGroup
ss-public-institution-pension-transfer application destination=destination/division,origin=origin/division,finish=destination/division formerEmployer transferOrder staffKind joinedWorkOn annuity
ss-institution-enterprise-pension-switch application destination=destination/division,origin=origin/division,finish=destination/division direction joinedWorkOn deemedMonths
ss-enterprise-resident-pension-switch application destination=destination/division,origin=origin/division,finish=destination/division direction hukouDivision birthDate reachedAgeOn employeeMonths
ss-veteran-pension-transfer application destination=destination/division,origin=origin/division,finish=destination/division service militarySubsidy deemedMonths
ss-personal-insured-certificate query answer=insuredDivision insuranceTypes certificateKind purposeKind language
ss-employer-insured-certificate query answer=insuredDivision employerNo insuranceTypes certificateKind purposeKind
ss-pension-payment-query query answer=insuredDivision insuranceType startMonth endMonth contents grouping
ss-e-social-card application decide=issuingDivision socialCardNo cardBank forWhom channel functions
ss-social-card-issue application decide=insuredDivision holderKind sex nation birthDate hukouDivision
ss-social-card-activate application decide=issuingDivision socialCardNo cardBank receivedFrom receivedOn activates
ss-social-card-replace application decide=issuingDivision socialCardNo reason cardBank photo balanceHandling
ss-social-card-suspend application decide=issuingDivision cardBank lossKind lostOn suspends noticeMobile
ss-unemployment-benefit application decide=insuredDivision employerName employmentEndedOn endReason totalMonths registrationState
ss-unemployment-transfer application destination=destination/division,origin=origin/division transferCase totalMonths unpaidMonths
ss-work-injury-remote-care application decide=insuredDivision filingType employerName recognition careDivision startDate
mi-remote-care-filing application decide=insuredDivision insuranceType filingType careDivision startDate contactName contactMobile
mi-relation-transfer application destination=destination/division,origin=origin/division transferReason gapMonths
mi-insured-info-change application decide=insuredDivision insuranceType changeOf changedOn
mi-resident-enrolment application decide=insuredDivision insuredYear insuredPersonType sex nation birthDate
mi-insured-info-query query answer=insuredDivision insuranceType contents resultForm
mi-account-query query answer=insuredDivision insuranceType contents startMonth endMonth resultForm
mi-chronic-outpatient-settlement application decide=insuredDivision insuranceType diseaseKind careDivision designatedHospitals startDate
mi-manual-reimbursement application decide=insuredDivision insuranceType careKind noDirectReason careDivision hospitalName
mi-maternity-benefit application decide=insuredDivision claimantKind benefitKinds eventKind eventOn hospitalCode
mi-institution-info-change application decide=registeringDivision hospitalCode hospitalName agreementNo institutionFields practiceLicence
hf-account-loan-query query answer=fundCentre contents
hf-purchase-withdrawal application verify=property/division,decide=fundCentre accountNo property/address property/priceYuan amountYuan payee/accountNo
hf-retirement-withdrawal application decide=fundCentre accountNo retiredOn retirementKind scope payee/accountNo
hf-usage-certificate application decide=fundCentre accountNo loanFundCentre loanPurpose borrowerRole contents
hf-employer-account-opening application decide=fundCentre employerName employerUscc employerNature industry establishedOn
hf-contribution-info-change application decide=fundCentre changeOf effectiveMonth
hf-loan-settlement-certificate application decide=fundCentre loanContractNo applicantRole settledOn settlementKind useKind
hf-full-prepayment application decide=fundCentre loanContractNo loanKind plannedRepaymentDate loanState fundingSource
hf-contribution-remittance application decide=fundCentre employerAccountNo employerName remittanceMonth wagesPaidOn headcountBefore
hf-contribution-arrears application decide=fundCentre employerAccountNo employerName arrearsKind startMonth endMonth
hf-partial-prepayment application decide=fundCentre loanContractNo loanKind amountYuan plannedRepaymentDate afterPrepayment
hf-rent-withdrawal application decide=fundCentre accountNo rental contributedSince maritalState householdSize
hf-early-retirement-withdrawal application decide=fundCentre accountNo sex birthDate earlyRetirementKind statutoryAgeOn
hf-account-transfer application destination=destination/fundCentre,origin=origin/fundCentre originLoanState reason
hr-unemployment-registration application decide=residence/division hukouDivision registrantKind educationLevel jobIntention hardshipKind
hr-personnel-file-transfer application destination=destination/division,origin=origin/division mobileWorkerKind reason transferMethod politicalStatus educationLevel
hr-skill-certificate-query query answer=issuingDivision subject searchBy purposeKind
hr-professional-certificate-query query answer=issuingDivision subject searchBy qualification purposeKind
ps-id-card-renewal application decide=hukouDivision hukouAddress sex nation birthDate reason delivery/mode
ps-id-card-replacement application decide=hukouDivision hukouAddress sex nation birthDate reason
ps-id-card-first-issue application decide=hukouDivision hukouAddress householdRegisteredOn sex nation birthDate
ps-temporary-id-card application decide=hukouDivision hukouAddress sex nation birthDate cardApplication
ps-hukou-transfer-job-transfer application destination=destination/division,origin=origin/division jobTransfer newEmployer settleIn movers
ps-hukou-transfer-student-enrolment application destination=destination/division,origin=origin/division sex nation birthDate birthDivision maritalState
ps-hukou-transfer-graduate application destination=destination/division,origin=origin/division sex nation birthDate graduation settleIn
ps-hukou-transfer-spouse application destination=destination/division,origin=origin/division destination/address origin/address headOfHousehold/certNo movers marriage/certificateNo
ps-hukou-transfer-parent-joins-child application destination=destination/division,origin=origin/division joinedChild headOfHousehold movers joinGround kinship
ps-newborn-registration application decide=hukouDivision hukouAddress registersWith newborn birthProof parentsMarriage
ps-hukou-certificate application decide=hukouDivision hukouAddress certificateKind subjectPerson certificatePurpose copyCount
ps-no-criminal-record application decide=hukouDivision queryKind subjectPerson sex birthDate certificatePurpose
ps-vehicle-licence-replacement application decide=issuingDivision vehicle reason pagesAffected
ps-vehicle-plate-replacement application decide=issuingDivision vehicle reason platesAffected mounting
ps-traffic-violation-query query answer=issuingDivision searchBy violationState contents
ca-disability-subsidies application decide=hukouDivision hukouAddress subsidies disability/certificateNo payee/accountNo
ca-marriage-certificate-replacement application decide=issuingDivision certificateKind registry registeredOn reason stateNow
ca-orphan-aid application decide=hukouDivision hukouAddress child residence father mother
ca-unsupported-child-aid application decide=hukouDivision hukouAddress child residence father mother
ca-minimum-living-allowance application decide=hukouDivision hukouAddress residence areaKind applicationScope members
dp-certificate-issue application decide=hukouDivision hukouAddress sex nation birthDate residence
dp-certificate-renewal application decide=hukouDivision hukouAddress disability requestKind reason photo
dp-certificate-transfer application destination=destination/division,origin=origin/division hukouMovedOn moveReason disability issuedByFederation fileTransferMethod
hc-birth-registration application decide=residence/division mother stage birthOrder resultForm
hc-nurse-registration-change application destination=destination/division,origin=origin/division nurseCertificateNo firstRegisteredOn validUntil qualificationNo professionalTitle
hc-disinfectant-safety-filing application decide=registeringDivision filingKind productName productClass productKind producer
ed-student-transfer application destination=destination/division,origin=origin/division student parentRole reason hukouDivision residence
vt-preferential-card application decide=hukouDivision hukouAddress sex nation birthDate cardKind
vt-disability-pension-transfer application destination=destination/division,origin=origin/division hukouMovedOn sex birthDate personKind serviceDisability
re-registry-query query answer=propertyDivision querierType searchBy contents purposeKind
re-mortgage-registration application decide=propertyDivision registrationKind mortgageKind mortgagedThing mortgagedProperties mortgagors
mr-registration-archive-query query answer=registeringDivision uscc querierType contents
mr-licence-replacement application decide=registeringDivision entityName uscc entityKind reason duplicateCount delivery/mode
mr-domestic-company-registration application decide=registeringDivision entityKind entityName premises businessScope operatingTerm
mr-domestic-company-change application decide=registeringDivision entityName uscc entityKind changedFields resolutionOn
mr-domestic-company-deregistration application decide=registeringDivision entityName uscc entityKind deregistrationKind reason
mr-sole-trader-registration application decide=registeringDivision compositionForm sex nation residenceAddress placeKind
mr-sole-trader-change application decide=registeringDivision uscc entityName changedFields
mr-sole-trader-deregistration application decide=registeringDivision uscc entityName operatorName reason taxClearance
mr-farmers-cooperative-registration application decide=registeringDivision cooperativeKind entityName premises businessScope cooperativeField
mr-farmers-cooperative-change application decide=registeringDivision entityName uscc cooperativeKind changedFields assembly
mr-farmers-cooperative-deregistration application decide=registeringDivision entityName uscc cooperativeKind deregistrationKind reason
mr-industrial-product-licence application decide=registeringDivision applicationKind productCategory products productionPlaces employeeCount
mr-special-equipment-operator application decide=issuingDivision applicationKind workItems educationLevel birthDate photo
mr-pharmacist-registration application decide=registeringDivision applicationKind pharmacistQualification
tx-cross-area-report application decide=taxAuthority entityName uscc taxpayerKind reportKind businessPlace
tx-cross-area-verification application decide=businessTaxAuthority crossAreaReportNo homeTaxAuthority entityName uscc taxpayerKind
tx-cross-area-feedback application decide=businessTaxAuthority crossAreaReportNo entityName uscc actualPeriod closingReason
tx-remote-e-payment application decide=taxAuthority payerKind taxPayments totalYuan taxPaymentMethod
tx-payment-certificate application decide=taxAuthority certificateForm certificateReason copies
tx-income-tax-record query answer=taxAuthority startMonth endMonth recordKind
tp-freight-vehicle-annual-review application decide=issuingDivision plateNo plateColour transportCertificateNo freightLicenceNo vehicleType
tp-driver-qualification-renewal application decide=issuingDivision freightQualification drivingLicence renewalReason integrityGrade accidentHistory
tp-driver-qualification-replacement application decide=issuingDivision freightQualification drivingLicence replacementReason photo
tp-driver-qualification-change application decide=issuingDivision freightQualification drivingLicence changedFields photo
tp-driver-qualification-cancel application decide=issuingDivision freightQualification cancelReason certificateHandling noticeMobile
ee-pollutant-permit application decide=productionPlace/division applicationKind managementClass industryCode industryName longitude
em-special-operation-certificate application decide=issuingDivision applicationKind certificateNo operationItem firstIssuedOn validFrom
`

const ITEMS: readonly HandledItem[] = TABLE.trim()
  .split('\n')
  .map((row) => {
    const [code, interaction, legs, ...fields] = row.split(' ') as [string, HandledItem['interaction'], string]
    return {
      code,
      interaction,
      legs: legs.split(',').map((leg) => {
        const [key, field] = leg.split('=') as [string, string]
        return { key, routingField: `/form/${field}` }
      }),
      required: fields.map((field: string) => `/form/${field}`),
    }
  })

const BY_CODE = new Map(ITEMS.map((item) => [item.code, item]))

export function findItem(code: string): HandledItem | null {
  return BY_CODE.get(code) ?? null
}
