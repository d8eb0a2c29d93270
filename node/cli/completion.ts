import { completeInBash } from './completion-bash.js'
import { completeInFish } from './completion-fish.js'
import { shells } from './completion-offer.js'
import { completeInZsh } from './completion-zsh.js'
import { CommandFailure, type Command } from './command.js'
import { exitStatus } from './exit-status.js'

const makers = { bash: completeInBash, zsh: completeInZsh, fish: completeInFish }

/**
 * `bronnet completion`: a script that makes a shell complete commands, options and files. It is made from the table of
 * commands and asks no node anything.
 */
export function completionCommand(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: `print what makes a shell complete commands and options: ${shells.join(', ')}`,
    operands: ['SHELL'],
    options: [],
    examples: [
      'bronnet completion bash > /etc/bash_completion.d/bronnet',
      'bronnet completion zsh > /usr/local/share/zsh/site-functions/_bronnet',
      'bronnet completion fish > ~/.config/fish/completions/bronnet.fish',
    ],
    run({ operands }, terminal) {
      const shell = shells.find((known) => known === operands[0])
      if (shell === undefined) throw new CommandFailure(exitStatus.usage, [`give one of ${shells.join(', ')}`])
      terminal.say(makers[shell](commands()))
      return Promise.resolve(exitStatus.good)
    },
  }
}
