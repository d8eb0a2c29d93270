import type { Command, CommandOption } from './command.js'
import { firstWords, offerFor, quote, type Offer } from './completion-offer.js'

/** The script for fish 3 or later. */
export function completeInFish(commands: readonly Command[]): string {
  const first = firstWords(commands)
  return [
    `# fish completion for bronnet, made by: bronnet completion fish
function __bronnet_at
    set -l words (commandline -opc)[2..]
    if test "$words[1]" = help
        set -e words[1]
    end
    set -l given (string match -v -- '-*' $words)
    switch $argv[1]
        case only
            test "$given" = "$argv[2..]"
        case behind
            set -l count (math (count $argv) - 1)
            test (count $given) -ge $count; and test "$given[1..$count]" = "$argv[2..]"
    end
end
complete -c bronnet -f
complete -c bronnet -l help -d 'how a command is used'`,
    ...first.map(({ word, summary }) => offerWord('only', word, summary)),
    ...first.flatMap(({ word, seconds }) =>
      seconds.map((second) => offerWord(`only ${word}`, second.word, second.summary)),
    ),
    ...commands.flatMap((command) => [
      ...command.options.map((option) => offerOption(command, option)),
      ...(command.operands ?? []).slice(0, 1).flatMap((operand) => offerOperand(command, offerFor(operand))),
    ]),
  ].join('\n')
}

function offerWord(place: string, word: string, summary: string): string {
  return `complete -c bronnet -n '__bronnet_at ${place}' -a ${word} -d ${quote(summary)}`
}

function offerOption({ name }: Command, { name: option, value, about, choices }: CommandOption): string {
  const begin = `complete -c bronnet -n '__bronnet_at behind ${name}' -l ${option}`
  return `${begin}${value === undefined ? '' : valueOf(offerFor(value, choices))} -d ${quote(about)}`
}

function valueOf(offer: Offer): string {
  if (offer === 'nothing') return ' -x'
  if (offer === 'files') return ' -r -F'
  return offer === 'directories' ? ` -x -a '(__fish_complete_directories)'` : ` -x -a ${quote(offer.join(' '))}`
}

function offerOperand({ name }: Command, offer: Offer): readonly string[] {
  if (offer === 'nothing') return []
  const what = offer === 'files' ? '-F' : offer === 'directories' ? '' : `-a ${quote(offer.join(' '))}`
  return [`complete -c bronnet -n '__bronnet_at behind ${name}' ${what}`]
}
