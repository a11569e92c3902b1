/** A script by which bash completes the words of a command line (bash(1), Programmable Completion). */
import type { FlagDefinition, FlagTable } from '../docker/flags.ts';

/** Commands by the words that call them: `apply`, `config get`. */
export type CommandTree = ReadonlyMap<string, { readonly flags: FlagTable; readonly usage: string }>;

/** The script for all commands and keys. */
export function bashCompletion(tree: CommandTree, keys: readonly string[]): string {
  const levels = new Map<string, Level>([['', { words: new Set(['help']), flags: ['--help', '--version'] }]]);
  const values: string[] = [];
  for (const [words, { flags, usage }] of tree) {
    const [first = '', second] = words.split(' ');
    levels.get('')?.words.add(first);
    if (second !== undefined) {
      const level = levels.get(first) ?? { words: new Set(), flags: ['--help'] };
      levels.set(first, level);
      level.words.add(second);
    }
    const names = Object.keys(flags).map((name) => `--${name}`);
    levels.set(words, { words: new Set(argumentWords(usage)), flags: [...names, '--help'] });
    for (const [name, flag] of Object.entries(flags)) {
      const forms = [`--${name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
      const pattern = forms.map((form) => `'${words} ${form}'`).join('|');
      if (flag.kind !== 'boolean') values.push(`    ${pattern}) words='${valueWords(flag)}' ;;`);
    }
  }
  const lines = [...levels].map(
    ([words, level]) =>
      `    '${words}') words='${[...level.words].join(' ')}' flags='${level.flags.join(' ')}' ;;`,
  );
  return SCRIPT.replace('@LEVELS@', () => lines.join('\n'))
    .replace('@VALUES@', () => values.join('\n'))
    .replace('@KEYS@', () => keys.join(' '));
}

/** What may come behind some words. */
interface Level {
  readonly words: Set<string>;
  readonly flags: readonly string[];
}

/** What an argument may be, as the line about the usage says. */
function argumentWords(usage: string): string[] {
  if (/^[a-z]+(\|[a-z]+)+$/.test(usage)) return usage.split('|');
  return /\bKEY\b/.test(usage) ? ['@keys'] : /\bSERVICE\b/.test(usage) ? ['@services'] : [];
}

/** Words of which one is the value; nothing if it is anything. */
function valueWords({ value = '' }: FlagDefinition): string {
  if (/^[a-z]+(\|[a-z]+)+$/.test(value)) return value.replaceAll('|', ' ');
  return value === 'FILE' || value === 'DIRECTORY' ? '@files' : '';
}

const SCRIPT = `# Made by \`ros completion\`.
_ros() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' flags='' word i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in -*) continue ;; esac
    if _ros_words "\${path:+$path }$word"; then path="\${path:+$path }$word"; fi
  done
  if ! _ros_value "$path $before"; then
    _ros_words "$path"
    case $current in -*) words=$flags ;; esac
  fi
  case $words in
    @files) COMPREPLY=($(compgen -f -- "$current")); return ;;
    @keys) words=$_ros_keys ;;
    @services) words=$(ros service list -a 2>/dev/null | sed 's/.* //') ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
_ros_words() {
  case "$1" in
@LEVELS@
    *) return 1 ;;
  esac
}
_ros_value() {
  case "$1" in
@VALUES@
    *) return 1 ;;
  esac
}
_ros_keys='@KEYS@'
complete -F _ros ros
`;
