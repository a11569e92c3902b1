import { changeCloudConfig } from '../../config/cloud-config-file.ts';
import { CLOUD_CONFIG } from '../../config/config-files.ts';
import {
  directoryOf,
  makeDirectories,
  readText,
  readTextIfExists,
  removeIfExists,
  writeFileAtomic,
} from '../../linux/file.ts';
import { CommandFailure, defineLocalCommand } from '../docker/command.ts';
import type { Console } from '../docker/console.ts';
import { DEFAULT_EDITOR, runEditor } from './editor.ts';

/** Beside the file, since it holds the same secrets. The name begins with a dot, so that nobody takes it for a fragment. */
const DRAFT = `${directoryOf(CLOUD_CONFIG)}/.cloud-config.draft.yml`;
const NEW_FILE = '#cloud-config\n';

/** `ros config edit` */
export const configEdit = defineLocalCommand({
  summary: 'Edit cloud-config.yml; what is wrong does not replace it',
  usage: '',
  arguments: [0, 0],
  flags: {},
  examples: [['edit', `with $VISUAL or $EDITOR, or ${DEFAULT_EDITOR}`]],
  async run({ console }) {
    const { validateDocument } = await import('../../services/validate.ts');
    const old = readTextIfExists(CLOUD_CONFIG) ?? '';
    makeDirectories(directoryOf(DRAFT), 0o700);
    writeFileAtomic(DRAFT, old === '' ? NEW_FILE : old, 0o600);
    for (;;) {
      await runEditor(console, DRAFT, `${CLOUD_CONFIG} is as it was, and ${DRAFT} as you left it`);
      const text = readText(DRAFT);
      const { errors, warnings } = validateDocument(text, DRAFT);
      for (const { message } of [...errors, ...warnings]) console.err(`${message}\n`);
      if (errors.length === 0) {
        replace(old, text);
        removeIfExists(DRAFT);
        return 0;
      }
      if (!(await asksAgain(console))) {
        throw new CommandFailure(`${CLOUD_CONFIG} is as it was; your text is in ${DRAFT}`);
      }
    }
  },
});

/** Somebody else may have changed the file while a person was typing. */
function replace(old: string, text: string): void {
  changeCloudConfig(CLOUD_CONFIG, (now) => {
    if (now !== old) {
      throw new CommandFailure(
        `${CLOUD_CONFIG} was changed by somebody else meanwhile; your text is in ${DRAFT}`,
      );
    }
    return text;
  });
}

async function asksAgain(console: Console): Promise<boolean> {
  if (!console.inputIsTerminal) return false;
  console.err('Edit again? [Y/n] ');
  const answer = await console.openInput().read();
  return answer !== null && !/^n/i.test(String.fromCharCode(...answer.subarray(0, 1)));
}
