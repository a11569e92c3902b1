import { CLOUD_CONFIG } from '../../config/config-files.ts';
import { defineLocalCommand } from '../docker/command.ts';
import { changeConfiguration } from './change-configuration.ts';

/** `ros config set` */
export const configSet = defineLocalCommand({
  summary: 'Set a key in cloud-config.yml',
  usage: 'KEY VALUE',
  arguments: [2, 2],
  flags: {},
  examples: [
    ['set hostname box', 'text'],
    ['set rancher.ssh.port 2222', 'values are YAML'],
    ['set rancher.network.dns.nameservers "[192.168.1.1, 9.9.9.9]"', 'a list'],
  ],
  async run({ console }, _, [key = '', value = '']) {
    const { setKey } = await import('../../config/set.ts');
    changeConfiguration(console, (text) => setKey(text, CLOUD_CONFIG, key, value));
    return 0;
  },
});
