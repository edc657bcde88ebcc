// Makes the file of a certificate: one page of PDF with its number, in the plainest form that readers take.

import type { Step } from './life.ts'
import type { Place } from './places.ts'

/** The same for the same certificate. */
export function certificate({ city }: Place, reference: string, { code, number }: Step['results'][number]): Buffer {
  const shown = (text: string): string => text.replaceAll(/[^ -~]/g, '?').replaceAll(/[()\\]/g, '\\$&')
  const lines = [`Sandbox certificate of ${city}`, code, number, reference].map(shown)
  const content = `BT /F1 14 Tf 72 760 Td 20 TL ${lines.map((line) => `(${line}) Tj T*`).join(' ')} ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ]
  let text = '%PDF-1.7\n'
  const places = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const end = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${places.join('')}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + end, 'latin1')
}
