// Which addresses a message may be brought to: every way of writing this machine, its network or nobody's is seen through.

import t from 'tap'
import { kindOfAddress, mayCallAddress } from '../../src/webhooks/addresses.ts'

const KINDS = {
  public: [
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '172.32.0.0',
    '100.63.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '240e::1',
  ],
  private: [
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    'fc00::1',
    'fdff::1',
    '::ffff:10.0.0.1',
  ],
  loopback: ['127.0.0.1', '127.255.255.254', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1', '::ffff:7f00:1'],
  never: [
    '0.0.0.0',
    '0.1.2.3',
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '192.0.0.192',
    '192.0.2.1',
    '198.18.0.1',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::a9fe:a9fe',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fe80::1',
    'fe80::1%eth0',
    'fec0::1',
    'ff02::1',
    '',
    'localhost',
    '2130706433',
    '0x7f.1',
    '127.1',
    '0177.0.0.1',
  ],
} as const

for (const [kind, addresses] of Object.entries(KINDS)) {
  t.test(`what is ${kind}`, async (t) => {
    for (const address of addresses) t.equal(kindOfAddress(address), kind, address)
  })
}

t.test(
  'a private address is called for a host that is named for it, and this machine only in the sandbox',
  async (t) => {
    const hosts = { privateHosts: ['app.inner'], loopback: false }
    t.equal(mayCallAddress('10.1.2.3', 'app.inner', hosts), true)
    t.equal(mayCallAddress('10.1.2.3', 'other.inner', hosts), false)
    t.equal(mayCallAddress('169.254.169.254', 'app.inner', hosts), false, 'the metadata of a cloud never')
    t.equal(mayCallAddress('127.0.0.1', 'app.inner', hosts), false)
    t.equal(mayCallAddress('127.0.0.1', 'app.inner', { ...hosts, loopback: true }), true)
    t.equal(mayCallAddress('8.8.8.8', 'anybody', hosts), true)
  },
)
