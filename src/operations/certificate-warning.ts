// Tells at a start which lines have a certificate that ends soon.

import type { Logger } from 'pino'
import type { LineView } from '../domain/line.ts'

const DAY_MS = 24 * 3_600_000
/** Cities take their time over a new certificate. */
const CERTIFICATE_DAYS_MIN = 30

/** Those who do not look at the lines or at the metrics at least see it at a start. */
export function warnOfCertificates(lines: readonly LineView[], now: number, log: Logger): void {
  for (const { city, backend, certificateEndsAt } of lines) {
    if (certificateEndsAt === null || certificateEndsAt - now > CERTIFICATE_DAYS_MIN * DAY_MS) continue
    const daysLeft = Math.floor((certificateEndsAt - now) / DAY_MS)
    log.warn({ city, backend, daysLeft }, daysLeft < 0 ? 'certificate has ended' : 'certificate ends soon')
  }
}
