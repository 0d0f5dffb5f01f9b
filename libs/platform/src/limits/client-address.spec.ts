import { clientAddress, parseProxies, trustedProxies } from './client-address.ts';

const trusted = trustedProxies(['10.0.0.0/8', '127.0.0.1', 'fd00::/8']);

describe('whom a limit counts', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['::ffff:198.51.100.7', '198.51.100.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:DB8::9', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    [undefined, ''],
  ])('%s counts as %s', (remote, key) => {
    expect(clientAddress(remote, undefined, trusted)).toBe(key);
  });

  it.each([
    ['nobody is trusted unless the settings say so', '127.0.0.1', '198.51.100.7', null, '127.0.0.1'],
    ['a stranger names whom it likes', '203.0.113.5', '198.51.100.7', trusted, '203.0.113.5'],
    ['a proxy is believed', '127.0.0.1', '198.51.100.7', trusted, '198.51.100.7'],
    ['an IPv6 socket of it too', '::ffff:127.0.0.1', '198.51.100.7', trusted, '198.51.100.7'],
    ['proxies in a row', '127.0.0.1', '198.51.100.7, 10.1.2.3,fd00::9', trusted, '198.51.100.7'],
    ['what the client wrote itself stands left', '127.0.0.1', '192.0.2.1, 198.51.100.7', trusted, '198.51.100.7'],
    ['what is no address ends the search', '10.0.0.2', 'unknown, 10.0.0.1', trusted, '10.0.0.1'],
    ['ports are passed over', '10.0.0.2', '[2001:db8:1:2::9]:443, 10.0.0.1:80', trusted, '2001:db8:1:2::/64'],
    ['all of them proxies: the first', '10.0.0.2', '10.0.0.9, 10.0.0.1', trusted, '10.0.0.9'],
    ['an empty header says nothing', '10.0.0.2', '', trusted, '10.0.0.2'],
  ])('%s', (_what, remote, header, proxies, key) => {
    expect(clientAddress(remote, header, proxies)).toBe(key);
  });

  it.each(['10.0.0.0/8', '::1', 'fd00::/8, 10.0.0.1'])('%s are proxies', (text) => {
    expect(parseProxies(text)).toHaveLength(text.split(',').length);
  });

  it.each(['proxy.example', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0', '10.0.0.1,', '::/129'])(
    '%s are not',
    (text) => {
      expect(parseProxies(text)).toBeUndefined();
    },
  );
});
