// Holds what a sandbox city answers against the answer schemas, without the gateway's own validator.

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

const folder = join(import.meta.dirname, '../../schemas')
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
for (const file of globSync(join(folder, '{parts,answers}/*.json'))) {
  ajv.addSchema(JSON.parse(readFileSync(file, 'utf8')) as object)
}

/** What is wrong with an answer to a query of this item, null if nothing is. */
export function answerFault(item: string, result: unknown): string | null {
  const validate = ajv.getSchema(`https://schemas.cross-city-gateway.example/answers/${item}.json`)
  if (validate === undefined) return `${item} has no answer schema`
  return validate(result) === true ? null : ajv.errorsText(validate.errors)
}
