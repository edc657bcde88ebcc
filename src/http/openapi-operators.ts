// Every operation that is for operators, in the order in which the document has them.

import { DEADLINE_OPERATIONS } from './openapi-deadlines.ts'
import { DELIVERY_OPERATIONS } from './openapi-deliveries.ts'
import { LINE_OPERATIONS } from './openapi-lines.ts'
import type { Operation } from './openapi-operation.ts'
import { RECONCILIATION_OPERATIONS } from './openapi-reconciliations.ts'
import { WEBHOOK_OPERATIONS } from './openapi-webhooks.ts'

export const OPERATOR_OPERATIONS: readonly Operation[] = [
  ...LINE_OPERATIONS,
  ...WEBHOOK_OPERATIONS,
  ...DELIVERY_OPERATIONS,
  ...DEADLINE_OPERATIONS,
  ...RECONCILIATION_OPERATIONS,
]
