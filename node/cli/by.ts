import { userInfo } from 'node:os'
import type { CommandOption, Given } from './command.js'

/** For commands of which the journal says who gave them. */
export const byOption: CommandOption = {
  name: 'by',
  value: 'NAME',
  about: 'who does this, for the journal; default: the user of the operating system',
}

/** Who gave the command, as far as is known. */
export function operatorOf(given: Given): string {
  return given.value('by') ?? `${userName()} (operating system)`
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A process may have a number without a name, as in containers.
    return `user ${String(process.getuid?.() ?? 'unknown')}`
  }
}
