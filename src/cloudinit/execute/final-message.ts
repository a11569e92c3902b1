/** `final_message` of cloud-init. */
import { monotonicMilliseconds, timestamp } from '../../linux/clock.ts';

/** The message with the variables filled in that stand in it as `$NAME`, `${NAME}` or in cloud-init's templates. */
export function fillInFinalMessage(message: string, version: string): string {
  const values: Readonly<Record<string, string>> = {
    version,
    timestamp: timestamp(),
    uptime: (monotonicMilliseconds() / 1000).toFixed(2),
  };
  const variable = /\$\{?([A-Za-z]+)\}?|\{\{ *([A-Za-z]+) *\}\}/g;
  return message
    .trim()
    .replace(
      variable,
      (whole, one?: string, other?: string) => values[(one ?? other ?? '').toLowerCase()] ?? whole,
    );
}
