/** Durations in the words of Docker's `ps`. */
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** `About a minute`, `3 hours`, `2 weeks`: as in github.com/docker/go-units. */
export function durationText(totalSeconds: number): string {
  const seconds = Math.floor(totalSeconds);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < MINUTE) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / HOUR);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(seconds / DAY)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(seconds / WEEK)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(seconds / MONTH)} months`;
  return `${Math.floor(seconds / YEAR)} years`;
}
