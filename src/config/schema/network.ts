/** `rancher.network`, and `rancher.defaults.network`, which has the same keys. */
import * as v from 'valibot';
import { flag, integer, key, list, map, mapFromNames, once, seconds, text, textMap } from './values.ts';

const NETWORK = { effect: 'network' } as const;
const SECRET = { effect: 'network', isPrivate: true } as const;

export const networkSchema = once(() =>
  map({
    interfaces: key(
      mapFromNames(interfaceSchema()),
      'interfaces by name (`eth0`), pattern (`eth*`) or hardware address (`mac=52:54:00:12:34:56`)',
      NETWORK,
    ),
    dns: key(
      map({
        nameservers: key(list(), 'addresses of name servers, which go before those of DHCP', NETWORK),
        search: key(list(), 'domains to look names up in, which go before those of DHCP', NETWORK),
      }),
      'how names are looked up',
      NETWORK,
    ),
    dhcp_timeout: key(seconds(), 'seconds without an address until there is a warning', NETWORK),
    pre_cmds: key(list(), 'commands before the network is set up', NETWORK),
    post_cmds: key(list(), 'commands after the network is set up', NETWORK),
    http_proxy: key(text(), 'proxy of what System Docker fetches by http'),
    https_proxy: key(text(), 'proxy of what System Docker fetches by https'),
    no_proxy: key(text(), 'hosts that are reached without a proxy, with commas between them'),
    wifi_networks: key(mapFromNames(wifiSchema()), 'wireless networks by a name of your own', NETWORK),
    modem_networks: key(
      mapFromNames(
        map({
          apn: key(text(), 'access point name', NETWORK),
          extra_args: key(text(), 'further arguments of the dialer', NETWORK),
        }),
      ),
      'mobile networks by a name of your own',
      NETWORK,
    ),
  }),
);

function interfaceSchema() {
  return map({
    match: key(text(), 'the interface, if the name of this entry is not it', NETWORK),
    dhcp: key(flag(), 'whether to ask for an address', NETWORK),
    dhcp_args: key(text(), 'arguments of the DHCP client', NETWORK),
    address: key(text(), 'an address and the length of its prefix: `192.168.1.2/24`', NETWORK),
    addresses: key(list(), 'several of them', NETWORK),
    ipv4ll: key(flag(), 'whether to take an address from 169.254.0.0/16', NETWORK),
    gateway: key(text(), 'the IPv4 router', NETWORK),
    gateway_ipv6: key(text(), 'the IPv6 router', NETWORK),
    routes: key(
      v.array(routeSchema(), 'a list'),
      'further routes, each `{to: 10.0.0.0/8, via: 192.168.1.1}`',
      NETWORK,
    ),
    mtu: key(integer('a number of bytes', 0, 65535), 'the largest packet in bytes', NETWORK),
    bridge: key(text(), '`true`: this is a bridge; a name: of the bridge that it belongs to', NETWORK),
    bond: key(text(), 'the name of the bond that it belongs to', NETWORK),
    bond_opts: key(textMap(), 'options of the bond that this is', NETWORK),
    vlans: key(text(), 'VLANs on it: `100,200:name`', NETWORK),
    pre_up: key(list(), 'commands before it is set up; `$iface` is its name', NETWORK),
    post_up: key(list(), 'commands after it is set up', NETWORK),
    wifi_network: key(text(), 'the name of its entry in `wifi_networks`', NETWORK),
  });
}

function routeSchema() {
  return map({
    to: key(text(), 'a network and the length of its prefix, or `default`', NETWORK),
    via: key(text(), 'the router; none if the network is on the cable', NETWORK),
    metric: key(
      integer('a whole number', 0, 0xffffffff),
      'of several routes the one with the least is taken',
      NETWORK,
    ),
  });
}

function wifiSchema() {
  return map({
    ssid: key(text(), 'the name of the network', NETWORK),
    psk: key(text(), 'its passphrase', SECRET),
    scan_ssid: key(integer('0 or 1', 0, 1), '1: the network is hidden', NETWORK),
    priority: key(integer('a whole number', 0), 'the greatest of those in reach is taken', NETWORK),
    pairwise: key(text(), 'ciphers', NETWORK),
    group: key(text(), 'ciphers for broadcasts', NETWORK),
    eap: key(text(), 'EAP methods', NETWORK),
    identity: key(text(), 'EAP identity', NETWORK),
    anonymous_identity: key(text(), 'EAP identity that is sent without encryption', NETWORK),
    ca_certs: key(list(), 'files of CA certificates', NETWORK),
    client_certs: key(list(), 'files of client certificates', NETWORK),
    private_keys: key(list(), 'files of private keys', NETWORK),
    private_key_passwds: key(list(), 'their passwords', SECRET),
    phases: key(list(), 'EAP phase parameters', NETWORK),
    eapol_flags: key(integer('a whole number', 0), 'EAPOL flags', NETWORK),
    key_mgmt: key(text(), 'key management protocols', NETWORK),
    password: key(text(), 'EAP password', SECRET),
    address: key(text(), 'an address and the length of its prefix, instead of DHCP', NETWORK),
    gateway: key(text(), 'the router, instead of DHCP', NETWORK),
  });
}
