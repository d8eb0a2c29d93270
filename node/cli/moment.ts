import { CommandFailure } from './command.js'
import { exitStatus } from './exit-status.js'

/**
 * The moment that `--expires` names. A day is its first moment in UTC: a credential that ends on 1 January does not count on
 * that day. Whether there is such a day and hour is for the node to say.
 * @throws `CommandFailure` for what is neither
 */
export function momentOf(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00Z`
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(text)) return text
  throw new CommandFailure(exitStatus.usage, ['--expires: give a moment such as 2027-01-01T00:00:00Z, or a day'])
}
