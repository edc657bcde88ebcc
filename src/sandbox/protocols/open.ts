// Opens the protocol that a city speaks.

import type { ProtocolName } from '../places.ts'
import { openAnshan } from './anshan.ts'
import { openBenxi } from './benxi.ts'
import { openFushun } from './fushun.ts'
import { openFuxin } from './fuxin.ts'
import { openLiaoyang } from './liaoyang.ts'
import { openShenfu } from './shenfu.ts'
import { openShenyang } from './shenyang.ts'
import { openTieling } from './tieling.ts'
import type { Context, Protocol } from './wire.ts'

const PROTOCOLS: Readonly<Partial<Record<ProtocolName, (context: Context) => Protocol | Promise<Protocol>>>> = {
  shenyang: openShenyang,
  fushun: openFushun,
  anshan: openAnshan,
  benxi: openBenxi,
  fuxin: openFuxin,
  liaoyang: openLiaoyang,
  shenfu: openShenfu,
  tieling: openTieling,
}

/** What the city shares with the gateway is on disk once this resolves. Throws for a protocol that nobody speaks. */
export async function openProtocol(context: Context): Promise<Protocol> {
  const open = PROTOCOLS[context.place.protocol]
  if (open === undefined) throw new Error(`no sandbox speaks ${context.place.protocol}`)
  return open(context)
}
