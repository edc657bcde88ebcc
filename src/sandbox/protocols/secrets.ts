// What a city shares with the gateway.

import { join } from 'node:path'
import { readOrMakeSecret } from '../disk.ts'
import type { Context } from './wire.ts'

/** The usual secret of a city, in `secrets/<city>`: one line of 43 characters. */
export function sharedSecret({ folder, place }: Context): string {
  return readOrMakeSecret(join(folder, 'secrets', place.city))
}
