import { type Command, CommandFailure, defineLocalCommand } from '../docker/command.ts';
import type { FlagTable } from '../docker/flags.ts';
import type { CommandGroup, Commands } from './commands.ts';
import { bashCompletion, type CommandTree } from './completion-script.ts';

/** What comes before the script in zsh, which understands bash's with that. */
const ZSH_HEAD = 'autoload -U +X bashcompinit && bashcompinit\n';

/** `ros completion` */
export function completion(
  groups: () => Readonly<Record<string, CommandGroup>>,
  singles: () => Commands,
): Command {
  return defineLocalCommand({
    summary: 'Print what lets a shell complete the words of `ros`',
    usage: 'bash|zsh',
    arguments: [1, 1],
    flags: {},
    examples: [
      ['completion bash >/etc/bash_completion.d/ros', 'or `source <(ros completion bash)` for one shell'],
    ],
    async run({ console }, _, [shell = '']) {
      if (shell !== 'bash' && shell !== 'zsh') throw new CommandFailure(`${shell}: expected bash or zsh`);
      const { listKeys } = await import('../../config/schema/list-keys.ts');
      const script = bashCompletion(await commandTree(groups(), singles()), listKeys());
      console.out(shell === 'zsh' ? ZSH_HEAD + script : script);
      return 0;
    },
  });
}

async function commandTree(
  groups: Readonly<Record<string, CommandGroup>>,
  singles: Commands,
): Promise<CommandTree> {
  const tree = new Map<string, { flags: FlagTable; usage: string }>();
  for (const [name, { alias, commands, commandAliases = {} }] of Object.entries(groups)) {
    const all = await loadAll(commands);
    for (const group of alias === undefined ? [name] : [name, alias]) {
      for (const [word, command] of all) tree.set(`${group} ${word}`, command);
      for (const [short, word] of Object.entries(commandAliases)) {
        const command = all.get(word);
        if (command !== undefined) tree.set(`${group} ${short}`, command);
      }
    }
  }
  for (const [name, command] of await loadAll(singles)) tree.set(name, command);
  return tree;
}

async function loadAll(commands: Commands): Promise<Map<string, Command>> {
  const loading = Object.entries(commands).map(async ([name, load]) => [name, await load()] as const);
  return new Map(await Promise.all(loading));
}
