// Which IP addresses may be called: a registered name must not lead into this machine or its network (server-side request forgery).

import { BlockList, isIP, isIPv6 } from 'node:net'

export type AddressKind = 'public' | 'private' | 'loopback' | 'never'

const listOf = (...subnets: readonly (readonly [string, number])[]): BlockList => {
  const list = new BlockList()
  for (const [address, prefix] of subnets) list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4')
  return list
}

const LOOPBACK = listOf(['127.0.0.0', 8], ['::1', 128])
const PRIVATE = listOf(['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10], ['fc00::', 7])
/** What IANA's registries have for other purposes than reaching somebody: link-local (and with it the clouds' metadata), multicast, tests. */
const SPECIAL = listOf(
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['2001::', 23],
  ['2001:db8::', 32],
  // Tunnels: the address of somebody else is within.
  ['2002::', 16],
  ['3fff::', 20],
)
const GLOBAL = listOf(['2000::', 3])

/** What is no address is `never`. An IPv4 address within IPv6 is looked at as what it leads to. */
export function kindOfAddress(address: string): AddressKind {
  const family = isIP(address)
  if (family === 0 || address.includes('%')) return 'never'
  if (family === 4) return kindIn(address, 'ipv4')
  const mapped = mappedIn(address)
  return mapped === null ? kindIn(address, 'ipv6') : kindIn(mapped, 'ipv4')
}

function kindIn(address: string, family: 'ipv4' | 'ipv6'): AddressKind {
  if (LOOPBACK.check(address, family)) return 'loopback'
  if (PRIVATE.check(address, family)) return 'private'
  if (SPECIAL.check(address, family)) return 'never'
  return family === 'ipv4' || GLOBAL.check(address, family) ? 'public' : 'never'
}

/** The address within ::ffff:0:0/96, in whichever way it is written. */
function mappedIn(address: string): string | null {
  // WHATWG's parser writes every form of an IPv6 address in one way.
  const canonical = new URL(`http://[${address}]/`).hostname
  const [, high, low] = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical) ?? []
  if (high === undefined || low === undefined) return null
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)]
  return [a >> 8, a & 255, b >> 8, b & 255].join('.')
}

/** Whether an address may be called for a host: public ones, private ones where the host is named for that, loopback where allowed. */
export function mayCallAddress(
  address: string,
  host: string,
  allowed: { readonly privateHosts: readonly string[]; readonly loopback: boolean },
): boolean {
  switch (kindOfAddress(address)) {
    case 'public':
      return true
    case 'private':
      return allowed.privateHosts.includes(host)
    case 'loopback':
      return allowed.loopback
    case 'never':
      return false
  }
}
