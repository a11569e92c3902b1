/** Names of files. They stand apart from what reads and writes these, which takes the YAML parser and its time to load. */

/** Those of NoCloud. */
export const NOCLOUD_FILES = ['user-data', 'meta-data', 'vendor-data', 'network-config'] as const;

/** Those of OpenStack on the volume, or below the address of the service. */
export const OPENSTACK_FILES = [
  'openstack/latest/meta_data.json',
  'openstack/latest/user_data',
  'openstack/latest/vendor_data.json',
  'openstack/latest/network_data.json',
] as const;

/** The program of user data, which the console runs. */
export const SCRIPT = '/var/lib/rancher/conf/cloud-config-script';
