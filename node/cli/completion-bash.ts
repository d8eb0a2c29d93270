import type { Command, CommandOption } from './command.js'
import { firstWords, offerFor, quote, type Offer } from './completion-offer.js'

/** The script for bash 4 or later. */
export function completeInBash(commands: readonly Command[]): string {
  const first = firstWords(commands)
  const groups = first.filter(({ seconds }) => seconds.length > 0)
  const valued = [
    ...new Set(commands.flatMap(({ options }) => options.filter(hasValue)).map(({ name }) => `--${name}`)),
  ]
  return `# bash completion for bronnet, made by: bronnet completion bash
_bronnet() {
  local word=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD-1]} command='' behind='' i
  local -a words=()
  COMPREPLY=()
  # bash takes the = in --config=node.yaml for a word of its own.
  if [[ $word == = ]]; then word=''; elif [[ $option == = ]]; then option=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      =) ;;
      ${valued.join('|')}) behind=value ;;
      -*) ;;
      *) if [[ $behind == value ]]; then behind=''; else words+=("\${COMP_WORDS[i]}"); fi ;;
    esac
  done
  if [[ \${words[0]-} == help ]]; then words=("\${words[@]:1}"); fi
  case "\${words[0]-} \${words[1]-}" in
    ${namesOf(commands, 2).join('|')}) command="\${words[0]} \${words[1]}" ;;
    *) case \${words[0]-} in ${namesOf(commands, 1).join('|')}) command=\${words[0]} ;; esac ;;
  esac
  case "$command $option" in
${commands.flatMap(valueCases).join('\n')}
  esac
  if [[ $word == -* ]]; then
    case $command in
${commands.map(({ name, options }) => `      ${quote(name)}) _bronnet_words ${quote([...options.map((option) => `--${option.name}`), '--help'].join(' '))} ;;`).join('\n')}
      *) _bronnet_words '--help --version' ;;
    esac
  elif [[ -n $command ]]; then
    case $command in
${commands.flatMap(operandCases).join('\n')}
    esac
  elif ((\${#words[@]} == 0)); then
    _bronnet_words ${quote(first.map(({ word }) => word).join(' '))}
  elif ((\${#words[@]} == 1)); then
    case \${words[0]} in
${groups.map(({ word, seconds }) => `      ${word}) _bronnet_words ${quote(seconds.map((second) => second.word).join(' '))} ;;`).join('\n')}
    esac
  fi
}
_bronnet_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word")
}
_bronnet_paths() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$word")
}
complete -F _bronnet bronnet`
}

function hasValue({ value }: CommandOption): boolean {
  return value !== undefined
}

/** The names with so many words, for a `case`. */
function namesOf(commands: readonly Command[], words: number): readonly string[] {
  return commands.filter(({ name }) => name.split(' ').length === words).map(({ name }) => quote(name))
}

function valueCases({ name, options }: Command): readonly string[] {
  return options.flatMap(({ name: option, value, choices }) =>
    value === undefined ? [] : [`    ${quote(`${name} --${option}`)}) ${offered(offerFor(value, choices))}return ;;`],
  )
}

function operandCases({ name, operands = [] }: Command): readonly string[] {
  const [operand] = operands
  const offer = operand === undefined ? 'nothing' : offerFor(operand)
  return offer === 'nothing' ? [] : [`      ${quote(name)}) ${offered(offer).replace(/; $/, '')} ;;`]
}

function offered(offer: Offer): string {
  if (offer === 'nothing') return ''
  if (offer === 'files') return '_bronnet_paths -f; '
  return offer === 'directories' ? '_bronnet_paths -d; ' : `_bronnet_words ${quote(offer.join(' '))}; `
}
