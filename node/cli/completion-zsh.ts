import type { Command, CommandOption } from './command.js'
import { firstWords, offerFor, quote, type FirstWord, type Offer } from './completion-offer.js'

/** The script for zsh, for a directory of `$fpath` or to be read at its start. */
export function completeInZsh(commands: readonly Command[]): string {
  const first = firstWords(commands)
  return `#compdef bronnet
# zsh completion for bronnet, made by: bronnet completion zsh
_bronnet() {
  if [[ \${words[2]} == help ]] && (( CURRENT > 2 )); then
    words=("\${words[1]}" "\${(@)words[3,-1]}")
    (( CURRENT -= 1 ))
  fi
  local -a offered
  if (( CURRENT == 2 )); then
    offered=(${described(first)})
    _describe command offered
    return
  fi
  case "\${words[2]}" in
${first
  .filter(({ seconds }) => seconds.length > 0)
  .map(
    ({ word, seconds }) => `    ${word})
      if (( CURRENT == 3 )); then
        offered=(${described(seconds)})
        _describe command offered
        return
      fi ;;`,
  )
  .join('\n')}
  esac
  case "\${words[2]} \${words[3]}" in
${commands
  .filter(({ name }) => name.includes(' '))
  .map((command) => `    ${quote(command.name)}) _bronnet_behind 2 ${specifications(command)}; return ;;`)
  .join('\n')}
  esac
  case "\${words[2]}" in
${commands
  .filter(({ name }) => !name.includes(' '))
  .map((command) => `    ${quote(command.name)}) _bronnet_behind 1 ${specifications(command)}; return ;;`)
  .join('\n')}
  esac
}
_bronnet_behind() {
  local count=$1
  shift
  words=("\${words[1]}" "\${(@)words[count+2,-1]}")
  (( CURRENT -= count ))
  _arguments -S "$@" '--help[how a command is used]'
}
if [[ \${funcstack[1]} == _bronnet ]]; then
  _bronnet "$@"
else
  compdef _bronnet bronnet
fi`
}

function described(words: readonly Pick<FirstWord, 'word' | 'summary'>[]): string {
  return words.map(({ word, summary }) => quote(`${word}:${summary}`)).join(' ')
}

function specifications({ options, operands = [], furtherOperands }: Command): string {
  return [
    ...options.map(optionSpecification),
    ...operands.map((operand, index) => `${String(index + 1)}:${operand}:${action(offerFor(operand))}`),
    ...(furtherOperands === undefined ? [] : [`*:${furtherOperands}: `]),
  ]
    .map(quote)
    .join(' ')
}

function optionSpecification({ name, value, about, repeated, choices }: CommandOption): string {
  const described = `[${about.replace(/[[\]\\:]/g, String.raw`\$&`)}]`
  const many = repeated === true ? '*' : ''
  return value === undefined
    ? `${many}--${name}${described}`
    : `${many}--${name}=${described}:${value}:${action(offerFor(value, choices))}`
}

function action(offer: Offer): string {
  if (offer === 'nothing') return ' '
  if (offer === 'files') return '_files'
  return offer === 'directories' ? '_files -/' : `(${offer.join(' ')})`
}
